import datetime

from django.core.management.base import BaseCommand, CommandError

from member_sync import clock, outbox
from member_sync.mapping import get_mapping
from member_sync.models import MemberSyncWrite


class Command(BaseCommand):
    help = "Deletes synced outbox rows and old write ids. What waits is never deleted."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=30, help="age of synced outbox rows")
        parser.add_argument("--write-days", type=int, default=60, help="age of write ids; longer than any redelivery")
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, **options):
        if min(options["days"], options["write_days"]) < 0:
            raise CommandError("Days cannot be negative.")
        row_limit = clock.now() - datetime.timedelta(days=options["days"])
        write_limit = clock.now() - datetime.timedelta(days=options["write_days"])
        rows = outbox.rows().filter(synced_at__lt=row_limit)
        writes = MemberSyncWrite.objects.using(get_mapping().alias).filter(applied_at__lt=write_limit)
        if options["dry_run"]:
            self.stdout.write("%d outbox rows and %d write ids would be deleted." % (rows.count(), writes.count()))
            return
        self.stdout.write("%d outbox rows and %d write ids deleted." % (rows.delete()[0], writes.delete()[0]))
