from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from member_sync.capture import triggers
from member_sync.capture.mode import HAS_TRIGGERS
from member_sync.mapping import get_mapping


class Command(BaseCommand):
    help = "Installs, drops or shows the triggers that capture member changes. Status exits with 1 when one is amiss."

    def add_arguments(self, parser):
        parser.add_argument("verb", choices=["install", "drop", "status"])

    def handle(self, verb, **options):
        vendor = connections[get_mapping().alias].vendor
        if vendor not in HAS_TRIGGERS:
            raise CommandError("There are no triggers for %s; changes are captured by signals." % vendor)
        if verb == "status":
            states = triggers.status()
            for name in sorted(states):
                self.stdout.write("%-10s %s" % (states[name], name))
            if set(states.values()) != {"installed"}:
                raise CommandError("Not all triggers are as they should be.")
            return
        names = triggers.install() if verb == "install" else triggers.drop()
        for name in sorted(names):
            self.stdout.write("%s %s" % ("installed" if verb == "install" else "dropped", name))
        self.stdout.write("%d %s." % (len(names), "written, the rest stood already" if verb == "install" else "dropped"))
