"""The id of this database's history, and what it keeps apart."""
import io

from django.core.management import call_command
from django.db import transaction

from felagar.models import Member
from member_sync import lineage
from member_sync.management.commands.member_sync_restored import Command as Restored
from member_sync.models import MemberSyncLineage, MemberSyncQueue

from .base import SSN, SyncTestCase, in_threads, make_member


def restored(*args):
    out = io.StringIO()
    call_command("member_sync_restored", *args, stdout=out)
    return out.getvalue()


class Lineage(SyncTestCase):
    def test_migrate_makes_it_and_keeps_it(self):
        self.assertEqual(MemberSyncLineage.objects.count(), 1)
        before = lineage.current()
        call_command("migrate", verbosity=0)
        self.assertEqual(lineage.current(), before)
        MemberSyncLineage.objects.all().delete()
        call_command("migrate", verbosity=0)
        self.assertEqual(MemberSyncLineage.objects.count(), 1)

    def test_a_missing_row_is_made_by_who_asks_first_and_all_see_the_same(self):
        MemberSyncLineage.objects.all().delete()
        seen = []
        in_threads(4, lambda n: seen.append(lineage.current()))
        self.assertEqual(set(seen), {lineage.current()})
        MemberSyncLineage.objects.all().delete()
        with transaction.atomic():
            self.assertRegex(lineage.current(), r"^[0-9a-f]{32}$")

    def test_every_answer_about_members_names_it(self):
        make_member()
        own = lineage.current()
        answers = [self.get(path) for path in ("changes/", "members/", "member/%s/" % SSN, "status/")]
        answers += [self.post("apply/", {"changes": []}), self.post("members/read/", {"ssn": [SSN]})]
        self.assertEqual([answer["lineage"] for answer in answers], [own] * 6)


class Restore(SyncTestCase):
    def test_the_command_renews_it_and_touches_nothing_else(self):
        make_member()
        former, revision, rows = lineage.current(), self.revision(), list(MemberSyncQueue.objects.values())
        said = restored()
        self.assertNotEqual(lineage.current(), former)
        for text in (former, lineage.current(), "%d outbox rows" % len(rows), "member_sync_backfill --all", "confirm the restore"):
            self.assertIn(text, said)
        self.assertEqual((self.revision(), list(MemberSyncQueue.objects.values())), (revision, rows))
        self.assertNotIn(SSN, said)

    def test_a_dry_run_renews_nothing(self):
        former = lineage.current()
        self.assertIn(former, restored("--dry-run"))
        self.assertEqual(lineage.current(), former)

    def test_a_database_without_the_row_gets_one(self):
        MemberSyncLineage.objects.all().delete()
        restored()
        self.assertEqual(MemberSyncLineage.objects.count(), 1)

    def test_the_help_says_when_to_run_it_line_by_line(self):
        text = Restored().create_parser("manage.py", "member_sync_restored").format_help()
        for line in ("When to run it:", "  3. confirm the restore in member-sync"):
            self.assertTrue(any(each.startswith(line) for each in text.splitlines()), text)
        self.assertIn("--dry-run", text)


class Commands(SyncTestCase):
    """Commands of the sync may name the history that their expected revision was counted in."""

    def setUp(self):
        super().setUp()
        make_member()
        self.drain()

    def test_a_command_for_this_history_is_carried_out(self):
        [result] = self.apply(dict(self.command({"profile.name": "Ný"}), lineage=lineage.current()))
        self.assertEqual((result["status"], Member.objects.get().name), ("success", "Ný"))
        [result] = self.apply(dict(self.command({"profile.name": "Nýrri"}, "w2"), lineage=None))
        self.assertEqual(result["status"], "success")

    def test_a_command_for_another_history_is_stale_at_the_very_revision_it_expects(self):
        former = lineage.current()
        restored()
        command = dict(self.command({"profile.name": "Ný"}), lineage=former)
        good = dict(self.command({"profile.phone": "1"}, "w2"), lineage=lineage.current())
        stale, applied = self.apply(command, good)
        self.assertEqual((stale["status"], stale["record"]["profile"]["name"]), ("stale", "Jón"))
        self.assertEqual((applied["status"], Member.objects.get().name), ("success", "Jón"))

    def test_neither_is_the_old_shape_written_for_another_history(self):
        [result] = self.apply({"kennitala": SSN, "changes": {"profile.name": "Ný"}, "lineage": "other"})
        self.assertEqual((result["status"], Member.objects.get().name), ("stale", "Jón"))
        self.none()

    def test_a_create_for_another_history_makes_nobody(self):
        command = self.command({"profile.name": "Ný"}, "w1", None, "0202303069", "create")
        [result] = self.apply(dict(command, lineage="other"))
        self.assertEqual((result["status"], result["life"], Member.objects.count()), ("stale", "missing", 1))

    def test_a_lineage_that_is_no_text_is_an_error(self):
        for given in (17, "", "x" * 65, []):
            [result] = self.apply(dict(self.command({"profile.name": "Ný"}), lineage=given))
            self.assertEqual(result["status"], "error")
