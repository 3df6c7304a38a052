"""The id of this database's history, and what it keeps apart."""
import datetime
import io

from django.core.management import call_command
from django.db import transaction

from felagar.models import Member
from member_sync import clock, lineage
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


def ms(moment):
    return int(clock.epoch_ms(moment))


class FirstCommands(SyncTestCase):
    """The first create for a member names no lineage: the sync has not heard of any. Its time shows for which history it was made."""

    def create(self, emitted_at, write_id="c1", **more):
        made = self.command({"profile.name": "Anna"}, write_id, None, action="create")
        return dict(made, emitted_at_ms=emitted_at, **more)

    def test_one_from_before_the_restore_makes_nobody(self):
        before = ms(clock.now())
        restored()
        for emitted_at in (0, before, ms(MemberSyncLineage.objects.get().since)):
            [result] = self.apply(self.create(emitted_at))
            self.assertEqual((result["status"], result["life"], result["revision"]), ("stale", "missing", 0))
        self.assertFalse(Member.objects.exists())
        self.none()

    def test_one_from_after_the_restore_is_carried_out(self):
        restored()
        [result] = self.apply(self.create(ms(MemberSyncLineage.objects.get().since) + 1))
        self.assertEqual((result["status"], Member.objects.get().name), ("success", "Anna"))

    def test_one_of_a_sender_that_gives_no_time_is_carried_out(self):
        restored()
        [result] = self.apply(self.create(None))
        self.assertEqual(result["status"], "success")

    def test_a_named_lineage_counts_and_not_the_time(self):
        [result] = self.apply(self.create(0, lineage=lineage.current()))
        self.assertEqual(result["status"], "success")
        [result] = self.apply(dict(self.create(ms(clock.now()) + 60000, "c2", lineage="other"), kennitala="0202303069"))
        self.assertEqual((result["status"], Member.objects.count()), ("stale", 1))

    def test_a_member_who_was_created_before_the_app_was_migrated_arrives_with_the_next_create(self):
        MemberSyncLineage.objects.all().delete()
        early = ms(clock.now() - datetime.timedelta(seconds=1))
        answer = self.post("apply/", {"changes": [self.create(early)]})
        self.assertEqual([result["status"] for result in answer["results"]], ["stale"])
        [result] = self.apply(self.create(early, "c2", lineage=answer["lineage"]))
        self.assertEqual((result["status"], Member.objects.get().name), ("success", "Anna"))

    def test_each_change_of_a_request_is_judged_by_itself(self):
        old, new = self.create(0), dict(self.create(ms(clock.now()) + 1, "c2"), kennitala="0202303069")
        stale, applied = self.apply(old, new)
        self.assertEqual((stale["status"], applied["status"], Member.objects.get().ssn), ("stale", "success", "0202303069"))

    def test_an_update_from_before_the_app_was_migrated_is_judged_by_its_revision_alone(self):
        make_member()
        self.drain()
        [result] = self.apply(dict(self.command({"profile.name": "Ný"}), emitted_at_ms=0))
        self.assertEqual((result["status"], Member.objects.get().name), ("success", "Ný"))

    def test_a_time_that_is_no_number_of_milliseconds_is_an_error(self):
        for given in ("2026-03-01T12:00:00Z", 1.5, -1, True, []):
            [result] = self.apply(self.create(given))
            self.assertEqual(result["status"], "error", given)
        [result] = self.apply(self.create(10 ** 30))
        self.assertEqual(result["status"], "success")

    def test_a_project_without_time_zones_compares_the_same_moment(self):
        moment = datetime.datetime(2026, 3, 1, 12, 0, 0, 500)
        self.assertEqual(clock.epoch_ms(moment), clock.epoch_ms(moment.replace(tzinfo=clock.UTC)))
        self.assertEqual(clock.epoch_ms(moment), 1772366400000.5)
