import json

from django.core.management.base import BaseCommand
from django.db import connections

from member_sync import __version__, lineage, outbox
from member_sync.capture.mode import capture_mode
from member_sync.mapping import get_mapping


class Command(BaseCommand):
    help = "Shows what waits in the outbox and how changes are captured."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true")

    def handle(self, **options):
        connection = connections[get_mapping().alias]
        figures = dict(outbox.counts(), capture=capture_mode(connection), database=connection.vendor, version=__version__,
                       lineage=lineage.current())
        if options["json"]:
            self.stdout.write(json.dumps(figures))
            return
        for name, value in figures.items():
            self.stdout.write("%-15s %s" % (name, "-" if value is None else value))
