"""What is captured, whichever way it was written."""
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import TestCase, override_settings

from felagar.models import Member
from member_sync.actor import acting_as
from member_sync.capture import triggers
from member_sync.models import MemberSyncQueue

from .base import SSN, SyncTestCase, make_member


class Rollback(Exception):
    pass


class CapturedBySave:
    """What both capture modes see."""

    def test_a_create_is_one_row_with_its_values(self):
        with transaction.atomic():
            make_member(gender=0)
        row = self.one()
        self.assertEqual(row["action"], "create")
        self.assertEqual(row["fields_changed"]["gender"], 0)
        self.assertEqual(row["fields_changed"]["status"], "active")
        self.assertEqual(row["record"]["address"]["city"], "Reykjavík")
        self.assertEqual((row["life"], row["ssn"]), ("alive", SSN))

    def test_a_save_names_only_what_changed(self):
        member = make_member()
        self.drain()
        member.name = "Jóna"
        member.save()
        row = self.one()
        self.assertEqual((row["action"], row["fields_changed"]), ("update", {"name": "Jóna"}))

    def test_a_save_that_changes_nothing_is_nothing(self):
        member = make_member()
        self.drain()
        member.save()
        member.contact_info.save()
        self.none()

    def test_a_related_table_alone_is_seen(self):
        member = make_member()
        self.drain()
        member.contact_info.email = "ny@example.is"
        member.contact_info.save()
        self.assertEqual(self.one()["fields_changed"], {"email": "ny@example.is"})

    def test_three_tables_in_one_transaction_are_one_row_with_the_committed_values(self):
        member = make_member()
        self.drain()
        with transaction.atomic():
            member.name = "fyrst"
            member.save()
            member.contact_info.phone = "1"
            member.contact_info.save()
            member.address.city = "Akureyri"
            member.address.save()
            member.name = "Síðast"
            member.save()
        row = self.one()
        self.assertEqual(row["fields_changed"], {"name": "Síðast", "phone": "1", "city": "Akureyri"})
        self.assertEqual(row["record"]["profile"]["name"], "Síðast")

    def test_two_transactions_are_two_rows(self):
        member = make_member()
        self.drain()
        for name in ("a", "b"):
            member.name = name
            member.save()
        self.assertEqual([row["fields_changed"] for row in self.drain()], [{"name": "a"}, {"name": "b"}])

    def test_a_rollback_leaves_nothing(self):
        member = make_member()
        self.drain()
        before = self.revision()
        with self.assertRaises(Rollback), transaction.atomic():
            member.name = "x"
            member.save()
            raise Rollback
        self.none()
        self.assertEqual(self.revision(), before)

    def test_a_rolled_back_savepoint_leaves_only_what_stayed(self):
        member = make_member()
        self.drain()
        with transaction.atomic():
            try:
                with transaction.atomic():
                    member.name = "x"
                    member.save()
                    raise Rollback
            except Rollback:
                pass
            member.contact_info.phone = "2"
            member.contact_info.save()
            member.address.city = "Höfn"
            member.address.save()
        self.assertEqual(self.one()["fields_changed"], {"phone": "2", "city": "Höfn"})

    def test_a_savepoint_of_the_host_s_own_making(self):
        member = make_member()
        self.drain()
        with acting_as("user:7"), transaction.atomic():
            savepoint = transaction.savepoint()
            Member.objects.get().save()
            member.name = "x"
            member.save()
            transaction.savepoint_rollback(savepoint)
            member.contact_info.phone = "2"
            member.contact_info.save()
            member.address.city = "Höfn"
            member.address.save()
        row = self.one()
        self.assertEqual((row["fields_changed"], row["actor"]), ({"phone": "2", "city": "Höfn"}, "user:7"))

    def test_a_cascade_delete_is_one_delete(self):
        member = make_member()
        pk = member.pk
        self.drain()
        member.delete()
        row = self.one()
        self.assertEqual((row["action"], row["life"], row["record"]), ("delete", "missing", None))
        self.assertEqual((row["fields_changed"], row["django_id"]), ({"ssn": SSN}, pk))

    def test_a_related_row_that_goes_clears_its_fields(self):
        member = make_member()
        self.drain()
        member.address.delete()
        row = self.one()
        self.assertEqual(row["fields_changed"], {"street": None, "postal_code": None, "city": None})
        self.assertEqual(row["record"]["address"], {"street": None, "postal_code": None, "city": None})

    def test_clearing_a_value_is_a_change_to_null(self):
        member = make_member(gender=0)
        self.drain()
        member.gender = None
        member.save()
        self.assertEqual(self.one()["fields_changed"], {"gender": None})

    def test_deactivating_reads_as_deleted(self):
        member = make_member()
        self.drain()
        member.is_active = False
        member.save()
        row = self.one()
        self.assertEqual((row["fields_changed"], row["life"]), ({"status": "inactive"}, "deleted"))
        self.assertEqual(row["record"]["membership"]["status"], "inactive")

    def test_a_corrected_kennitala_carries_the_old_one(self):
        member = make_member()
        self.drain()
        before = self.revision()
        with transaction.atomic():
            member.contact_info.phone = "3"
            member.contact_info.save()
            member.ssn = "0202303069"
            member.save()
        row = self.one()
        self.assertEqual((row["ssn"], row["previous_ssn"]), ("0202303069", SSN))
        self.assertEqual(row["record"]["profile"]["phone"], "3")
        self.assertGreater(self.revision(), before)

    def test_what_waits_under_the_old_kennitala_goes_along(self):
        member = make_member()
        member.ssn = "0202303069"
        member.save()
        self.assertEqual({row["ssn"] for row in self.drain()}, {"0202303069"})

    def test_a_dash_makes_no_second_member(self):
        member = make_member(ssn="010130-2989")
        self.assertEqual({row["ssn"] for row in self.drain()}, {SSN})
        member.ssn = SSN
        member.save()
        self.assertTrue(all(row["previous_ssn"] is None for row in self.drain()))

    def test_a_member_created_again_goes_on_with_its_revision(self):
        make_member().delete()
        before = self.revision()
        pk = make_member().pk
        last = self.drain()[-1]
        self.assertGreater(last["revision"], before)
        self.assertEqual(last["django_id"], pk)

    def test_the_actor_is_a_number_never_a_name(self):
        member = make_member()
        self.drain()
        with acting_as("user:7"):
            member.name = "Önnur"
            member.save()
        self.assertEqual(self.one()["actor"], "user:7")
        member.name = "Þriðja"
        member.save()
        self.assertIsNone(self.one()["actor"])

    def test_a_stale_instance_that_reverts_another_edit_is_seen(self):
        member = make_member(name="a")
        stale = Member.objects.get(pk=member.pk)
        member.name = "b"
        member.save()
        self.drain()
        stale.gender = 1
        stale.save()
        self.assertEqual(self.one()["fields_changed"], {"name": "a", "gender": 1})

    def test_icelandic_letters_and_250_characters_come_through(self):
        name = ("Áslaug Ðóra Éljagrímur Ílón Ósk Úlfhildur Ýr Þórunn Æsa Örk d'Arc " * 5)[:250]
        make_member(name=name)
        self.assertEqual(self.drain()[0]["record"]["profile"]["name"], name)


class TriggerCapture(CapturedBySave, SyncTestCase):
    """The rule, on PostgreSQL and SQLite."""


@override_settings(MEMBER_SYNC=dict(settings.MEMBER_SYNC, CAPTURE="signals"))
class SignalCapture(CapturedBySave, SyncTestCase):
    """The fallback, on a database without triggers."""

    def setUp(self):
        super().setUp()
        triggers.drop()
        self.addCleanup(triggers.install)

    def test_status_says_signals(self):
        self.assertEqual(self.get("status/")["capture"], "signals")


class InsideTestCase(TestCase):
    """A host's own tests run in a transaction that never commits."""

    def test_rows_are_written_and_rolled_back_with_it(self):
        make_member()
        self.assertEqual(MemberSyncQueue.objects.filter(ssn=SSN).count(), 1)


class ActorOfARequest(SyncTestCase):
    def test_staff_in_the_admin_are_named_by_their_number(self):
        admin = get_user_model().objects.create_superuser("stjorn", "s@example.is", "pw")
        member = make_member()
        self.drain()
        self.client.force_login(admin)
        page = "/felagar/admin/felagar/member/%d/change/" % member.pk
        form = {
            "ssn": member.ssn, "name": "Breytt", "birthday": "", "gender": "", "is_active": "on",
            "contact_info-TOTAL_FORMS": 0, "contact_info-INITIAL_FORMS": 0,
            "address-TOTAL_FORMS": 0, "address-INITIAL_FORMS": 0,
        }
        self.assertEqual(self.client.post(page, form).status_code, 302)
        row = self.one()
        self.assertEqual((row["actor"], row["fields_changed"]), ("user:%d" % admin.pk, {"name": "Breytt"}))
