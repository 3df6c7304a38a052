from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from member_sync import repair
from member_sync.capture import triggers
from member_sync.capture.mode import capture_mode
from member_sync.mapping import get_mapping


class Command(BaseCommand):
    help = "Looks for what capture missed: absent triggers, members without a state, rows that vanished unseen."

    def add_arguments(self, parser):
        parser.add_argument("--repair", action="store_true", help="install the triggers and put what was missed into the outbox")

    def handle(self, **options):
        problems = 0
        if capture_mode(connections[get_mapping().alias]) == "triggers":
            bad = sorted(name for name, state in triggers.status().items() if state != "installed")
            problems += len(bad)
            self.stdout.write("triggers amiss: %d %s" % (len(bad), " ".join(bad)))
            if options["repair"] and bad:
                triggers.install()
        findings = repair.verify(options["repair"])
        for name, count in sorted(findings.items()):
            self.stdout.write("%s: %d" % (name, count))
            problems += count
        if problems and not options["repair"]:
            raise CommandError("%d problems found; --repair puts right what can be." % problems)
        self.stdout.write("%d problems %s." % (problems, "repaired" if options["repair"] and problems else "found"))
