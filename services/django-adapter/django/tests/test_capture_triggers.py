"""What triggers see and signals do not: bulk writes, raw SQL, other programs."""
from django.db import connection, transaction

from felagar.models import ContactInfo, Member
from member_sync.actor import acting_as
from member_sync.capture import triggers
from member_sync.models import MemberSyncContext

from .base import SSN, SyncTestCase, make_member, sql


class TriggerCapture(SyncTestCase):
    def test_update_of_a_queryset(self):
        make_member()
        make_member(ssn="0202303069")
        self.drain()
        Member.objects.update(gender=2)
        rows = self.drain()
        self.assertEqual([row["fields_changed"] for row in rows], [{"gender": 2}] * 2)

    def test_bulk_create_and_bulk_update(self):
        Member.objects.bulk_create([Member(ssn="010130%04d" % n, name="n") for n in range(50)])
        self.assertEqual(len(self.drain()), 50)
        members = list(Member.objects.all())
        for member in members:
            member.name = "m"
        Member.objects.bulk_update(members, ["name"])
        self.assertEqual([row["fields_changed"] for row in self.drain()], [{"name": "m"}] * 50)

    def test_raw_sql_in_any_table(self):
        member = make_member()
        self.drain()
        sql("UPDATE felagar_address SET city = 'Ísafjörður' WHERE member_id = %s", [member.pk])
        self.assertEqual(self.one()["fields_changed"], {"city": "Ísafjörður"})
        sql("DELETE FROM felagar_contactinfo")
        self.assertEqual(set(self.one()["fields_changed"]), {"phone", "email", "facebook"})
        sql("UPDATE felagar_member SET updated = updated")
        self.none()

    def test_queryset_delete(self):
        make_member()
        self.drain()
        Member.objects.all().delete()
        self.assertEqual(self.one()["action"], "delete")

    def test_a_related_row_that_moves_tells_both_members(self):
        first = make_member()
        second = Member.objects.create(ssn="0202303069", name="b")
        self.drain()
        ContactInfo.objects.filter(member=first).update(member=second)
        rows = {row["ssn"]: row["fields_changed"] for row in self.drain()}
        self.assertIsNone(rows[SSN]["email"])
        self.assertEqual(rows["0202303069"]["email"], "jon@example.is")

    def test_ignored_and_replaced_inserts_keep_the_revision(self):
        Member.objects.create(ssn=SSN, name="fyrri")
        before = self.revision()
        Member.objects.bulk_create([Member(ssn=SSN, name="annar")], ignore_conflicts=True)
        self.assertEqual(self.revision(), before)
        if connection.vendor == "sqlite":
            sql("INSERT OR REPLACE INTO felagar_member (ssn, name, is_active, created, updated)"
                " VALUES (%s, 'x', 1, '2020-01-01', '2020-01-01')", [SSN])
            self.assertGreater(self.revision(), before)

    def test_the_context_never_outlives_its_transaction(self):
        with acting_as("user:1"), transaction.atomic():
            make_member()
        self.assertEqual(MemberSyncContext.objects.count(), 0)
        with acting_as("user:1"), transaction.atomic():
            Member.objects.update(name="x")
            with transaction.atomic():
                Member.objects.update(name="y")
                transaction.set_rollback(True)
        self.assertEqual(MemberSyncContext.objects.count(), 0)

    def test_another_program_makes_rows_of_its_own(self):
        member = make_member()
        self.drain()
        with transaction.atomic():
            member.name = "mitt"
            member.save()
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("UPDATE felagar_member SET name = 'þeirra'")
        finally:
            other.close()
        self.assertEqual([row["fields_changed"]["name"] for row in self.drain()], ["mitt", "þeirra"])

    def test_status_tells_a_missing_trigger(self):
        self.assertEqual(set(triggers.status().values()), {"installed"})
        triggers.drop()
        self.assertEqual(set(triggers.status().values()), {"missing"})
        triggers.install()
        self.assertEqual(set(triggers.status().values()), {"installed"})
        self.assertEqual(triggers.install(), [])
