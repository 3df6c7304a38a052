"""The management commands and the system checks."""
import datetime
import io
import json

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from felagar.models import Member
from member_sync import checks, clock
from member_sync.capture import triggers
from member_sync.models import MemberSyncQueue, MemberSyncState, MemberSyncWrite

from .base import SSN, SyncTestCase, make_member, sql


def run(name, *args):
    out = io.StringIO()
    call_command(name, *args, stdout=out)
    return out.getvalue()


class Commands(SyncTestCase):
    def test_triggers(self):
        self.assertIn("installed", run("member_sync_triggers", "status"))
        run("member_sync_triggers", "drop")
        with self.assertRaises(CommandError):
            run("member_sync_triggers", "status")
        run("member_sync_triggers", "install")
        self.assertIn("0 written", run("member_sync_triggers", "install"))

    def test_an_outdated_trigger_is_seen_and_put_right(self):
        mapping = dict(settings.MEMBER_SYNC["FIELDS"])
        del mapping["profile.gender"]
        with override_settings(MEMBER_SYNC=dict(settings.MEMBER_SYNC, FIELDS=mapping)):
            self.assertIn("outdated", triggers.status().values())
            self.assertTrue(triggers.install())
            self.assertEqual(set(triggers.status().values()), {"installed"})
        triggers.install()

    def test_backfill_of_those_never_captured(self):
        triggers.drop()
        Member.objects.bulk_create([Member(ssn="010130%04d" % n, name="n") for n in range(7)])
        triggers.install()
        make_member()
        self.drain()
        with self.assertRaises(SystemExit) as stop:
            run("member_sync_backfill", "--dry-run")
        self.assertEqual(stop.exception.code, 3)
        self.none()
        self.assertIn("7 members", run("member_sync_backfill", "--batch", "3"))
        rows = self.drain()
        self.assertEqual({(row["action"], row["record"]["profile"]["name"]) for row in rows}, {("create", "n")})
        self.assertIn("0 members", run("member_sync_backfill"))
        self.assertIn("8 members", run("member_sync_backfill", "--all"))
        self.assertEqual({row["action"] for row in self.drain()}, {"update"})

    def test_backfill_of_everyone_tells_of_the_removed_again(self):
        make_member()
        Member.objects.get(ssn=SSN).delete()
        self.drain()
        self.assertIn("0 members", run("member_sync_backfill"))
        self.assertIn("1 members", run("member_sync_backfill", "--all"))
        row, = self.drain()
        self.assertEqual((row["action"], row["life"], row["record"]), ("delete", "missing", None))

    def test_prune_keeps_what_waits(self):
        make_member()
        self.drain()
        self.apply(self.command({"profile.name": "x"}))
        Member.objects.update(name="bíður")
        old = clock.now() - datetime.timedelta(days=100)
        MemberSyncQueue.objects.filter(synced_at__isnull=False).update(synced_at=old)
        MemberSyncWrite.objects.update(applied_at=old)
        MemberSyncState.objects.update(changed_at=old)
        synced = MemberSyncQueue.objects.filter(synced_at__isnull=False).count()
        self.assertIn("%d outbox rows and 1 write ids would" % synced, run("member_sync_prune", "--dry-run"))
        self.assertIn("%d outbox rows and 1 write ids deleted" % synced, run("member_sync_prune"))
        self.assertEqual(self.one()["fields_changed"], {"name": "bíður"})
        self.assertEqual(MemberSyncState.objects.count(), 1)

    def test_verify_finds_and_repairs_what_was_not_captured(self):
        make_member()
        gone = make_member(ssn="0202303069")
        self.drain()
        self.assertIn("0 problems", run("member_sync_verify"))
        triggers.drop()
        gone.delete()
        Member.objects.create(ssn="0303303079", name="Óséð")
        with self.assertRaises(CommandError):
            run("member_sync_verify")
        self.none()
        run("member_sync_verify", "--repair")
        self.assertEqual({(row["ssn"], row["life"]) for row in self.drain()}, {("0202303069", "missing"), ("0303303079", "alive")})
        self.assertIn("0 problems", run("member_sync_verify"))

    def test_status(self):
        make_member()
        figures = json.loads(run("member_sync_status", "--json"))
        self.assertEqual((figures["pending"], figures["capture"]), (MemberSyncQueue.objects.count(), "triggers"))
        self.assertIn("pending", run("member_sync_status"))
        self.assertNotIn(SSN, run("member_sync_status"))


class Checks(SyncTestCase):
    def ids(self, **changed):
        with override_settings(MEMBER_SYNC=dict(settings.MEMBER_SYNC, **changed)):
            found = checks.check_mapping(None) + checks.check_secrets(None) + checks.check_database(None)
        return {message.id[-4:] for message in found}

    def test_what_is_wrong_is_said(self):
        self.assertEqual(self.ids(TOKENS=["ok"]), set())
        self.assertEqual(self.ids(TOKENS=[]), {"W001"})
        self.assertEqual(self.ids(TOKENS=["ok\n"]), {"W002"})
        for fields in ({"profile.name": "nafn"}, {"profile.name": "contact.name"}, {"profile.name": "contact_info.x"},
                       {"profile.name": "a.b.c"}, {"name": "name"}, {"profile.contact": "contact_info"}):
            self.assertIn("E001", self.ids(FIELDS=fields, GROUPS=[]), fields)
        self.assertIn("E001", self.ids(MODEL="felagar.Nobody"))
        self.assertIn("E001", self.ids(KEY="kt"))
        self.assertIn("E002", self.ids(KEY="name"))
        self.assertIn("E009", self.ids(KEY="gender"))
        self.assertIn("E003", self.ids(GROUPS=[["profile.shoes"]]))
        self.assertIn("E004", self.ids(STATUS={"active": True}))
        self.assertIn("W003", self.ids(NUDGE_URL="http://x"))
        self.assertIn("E005", self.ids(NUDGE_URL="x.is/hooks"))
        self.assertIn("E006", self.ids(NUDGE_URL="http://x", NUDGE_SECRETS=["whsec_þ"]))
        self.assertIn("E007", self.ids(CAPTURE="magic"))
        self.assertIn("W004", self.ids(CAPTURE="signals"))

    def test_missing_triggers(self):
        self.assertEqual(checks.check_triggers(None, databases=["default"]), [])
        triggers.drop()
        try:
            self.assertEqual([m.id for m in checks.check_triggers(None, databases=["default"])], ["member_sync.W006"])
        finally:
            triggers.install()

    def test_sqlite_with_a_deferred_begin(self):
        class Plain:
            settings_dict = {"OPTIONS": {}}

        self.assertFalse(checks._begins_immediate(Plain))
        Plain.settings_dict = {"OPTIONS": {"transaction_mode": "IMMEDIATE"}}
        self.assertTrue(checks._begins_immediate(Plain))
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode")
                self.assertEqual(cursor.fetchone()[0], "wal")


class AnotherRole(SyncTestCase):
    def test_a_program_without_rights_on_our_tables_is_captured(self):
        if connection.vendor != "postgresql":
            return
        make_member()
        self.drain()
        sql("CREATE ROLE other; GRANT SELECT, UPDATE ON felagar_member TO other")
        try:
            sql("SET ROLE other")
            sql("UPDATE felagar_member SET name = 'þeirra'")
        finally:
            sql("RESET ROLE; REVOKE ALL ON felagar_member FROM other; DROP ROLE other")
        self.assertEqual(self.one()["fields_changed"], {"name": "þeirra"})
