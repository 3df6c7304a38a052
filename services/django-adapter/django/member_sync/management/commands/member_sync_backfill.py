from django.core.management.base import BaseCommand

from member_sync import repair


class Command(BaseCommand):
    help = "Puts members into the outbox: those never captured, or with --all every one, so that they are sent."

    def add_arguments(self, parser):
        parser.add_argument("--all", action="store_true", help="every member, not only those never captured")
        parser.add_argument("--dry-run", action="store_true", help="count only; exits with 3 when there is something to do")
        parser.add_argument("--batch", type=int, default=500)

    def handle(self, **options):
        if options["dry_run"]:
            count = sum(1 for _ in repair.to_backfill(options["all"]))
            self.stdout.write("%d members would be put into the outbox." % count)
            if count:
                raise SystemExit(3)
            return
        count = repair.backfill(options["all"], options["batch"])
        self.stdout.write("%d members put into the outbox." % count)
