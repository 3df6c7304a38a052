import argparse

from django.core.management.base import BaseCommand

from member_sync import lineage, outbox

NEXT = """Next:
  1. manage.py member_sync_verify           are the triggers there, and was everything captured?
  2. start Django and the adapter again     the sync recognises the new id, stops taking over what this database holds, and alerts
  3. confirm the restore in member-sync     what differs is then decided by the policies, and no longer counts as edits
  4. manage.py member_sync_backfill --all   every member into the outbox, to be compared with the other side
"""


class Command(BaseCommand):
    help = (
        "Tells the sync that this database was restored from a backup. Gives the database a new lineage,\n"
        "the id of the history that its revisions belong to."
    )
    epilog = """\
When to run it:
  after each restore of the member tables from a dump, a snapshot or a replica that lagged, and before Django serves
  its first request. Without it the sync takes the older contents for new edits or for old news: it would overwrite
  newer values on the other side, or leave both sides different.

What it does:
  writes one row of the table member_sync_lineage. It changes no member, no revision and no outbox row. Commands that
  were made for the restored database's former history are answered as stale and write nothing.

Run by mistake, it costs one confirmation in member-sync, and no data.

""" + NEXT

    def add_arguments(self, parser):
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = self.epilog
        parser.add_argument("--dry-run", action="store_true", help="show the present lineage and change nothing")

    def handle(self, **options):
        former, since = lineage.current(), lineage.since()
        if options["dry_run"]:
            self.stdout.write("The lineage is %s, since %s. It would be renewed." % (former, since))
            return
        self.stdout.write("The lineage was %s, since %s." % (former, since))
        self.stdout.write("The lineage is now %s." % lineage.renew())
        self.stdout.write("%d outbox rows of the restored database wait to be sent." % outbox.counts()["pending"])
        self.stdout.write(NEXT)
