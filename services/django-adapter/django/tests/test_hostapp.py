"""A host with quite different models: nothing here may depend on the example."""
from django.db import connection
from django.test import override_settings

from member_sync.capture import triggers
from member_sync.mapping import forget_mapping
from tests.hostapp.models import MEMBER_SYNC, Home, Person

from .base import SSN, SyncTestCase, sql


class OtherHost(SyncTestCase):
    def setUp(self):
        super().setUp()
        settings = override_settings(MEMBER_SYNC=MEMBER_SYNC)
        settings.enable()
        triggers.install()

        def back():
            settings.disable()
            forget_mapping()
            triggers.install()

        self.addCleanup(back)
        self.home = Home.objects.create(street="Gata 1", town="Vík")
        self.person = Person.objects.create(kt="010130-2989", full_name="Jón", mail="j@x.is", home=self.home, fee="10.50")

    def test_create_shows_the_shared_home(self):
        row = self.one()
        self.assertEqual(row["record"], {
            "profile": {"kennitala": SSN, "name": "Jón", "email": "j@x.is", "fee": "10.50"},
            "address": {"street": "Gata 1", "city": "Vík"}, "membership": {"status": "active"}})
        self.assertEqual(row["fields_changed"]["city"], "Vík")
        self.assertEqual(row["fields_changed"]["fee"], "10.50")

    def test_an_edit_of_the_home_tells_all_who_live_there(self):
        Person.objects.create(kt="0202303069", full_name="Anna", home=self.home)
        self.drain()
        sql("UPDATE hostapp_home SET town = 'Höfn'")
        self.assertEqual({row["ssn"]: row["fields_changed"] for row in self.drain()},
                         {SSN: {"city": "Höfn"}, "0202303069": {"city": "Höfn"}})

    def test_moving_house_and_losing_it(self):
        self.drain()
        self.person.home = Home.objects.create(street="Ný 2", town="Hella")
        self.person.save()
        self.assertEqual(self.one()["fields_changed"], {"street": "Ný 2", "city": "Hella"})
        Home.objects.all().delete()
        self.assertEqual(self.one()["fields_changed"], {"street": None, "city": None})

    def test_a_home_is_made_for_one_who_has_none(self):
        self.person.home = None
        self.person.save()
        self.drain()
        [result] = self.apply(self.command({"address.city": "Vík", "address.street": "Ný 3"}))
        self.assertEqual((result["status"], result["record"]["address"]["street"]), ("success", "Ný 3"))
        self.none()

    def test_the_neighbours_hear_of_what_we_wrote_to_a_shared_home(self):
        Person.objects.create(kt="0202303069", full_name="Anna", home=self.home)
        self.drain()
        self.apply(self.command({"address.city": "Höfn", "address.street": "Gata 1"}))
        row = self.one()
        self.assertEqual((row["ssn"], row["fields_changed"]), ("0202303069", {"city": "Höfn"}))

    def test_a_status_of_letters(self):
        Person.objects.update(state="H")
        self.assertEqual(self.get("member/%s/" % SSN)["life"], "alive")
        [result] = self.apply(self.command({"membership.status": "inactive"}))
        self.assertEqual((result["life"], Person.objects.get().state), ("deleted", "X"))

    def test_a_unique_value_is_refused_and_the_rest_applied(self):
        self.drain()
        [result] = self.apply(self.command(
            {"profile.name": "Anna", "profile.email": "j@x.is"}, "c1", None, "0202303069", "create"))
        self.assertEqual((result["status"], result["errors"]["profile.email"]["code"]), ("success", "unique"))
        self.assertNotIn("j@x.is", str(result["errors"]))
        self.assertIsNone(result["record"]["profile"]["email"])
        self.assertEqual(Person.objects.get(pk=result["django_id"]).kt, "020230-3069")

    def test_a_cleared_unique_value_is_null_as_often_as_wanted(self):
        Person.objects.create(kt="0202303069", full_name="Anna", mail="a@x.is")
        results = self.apply(self.command({"profile.email": None}, "w1"),
                             self.command({"profile.email": ""}, "w2", ssn="0202303069"))
        self.assertEqual([r["status"] for r in results], ["success"] * 2)
        self.assertEqual(Person.objects.filter(mail__isnull=True).count(), 2)

    def test_what_the_hosts_save_makes_of_it_is_answered(self):
        [result] = self.apply(self.command({"profile.email": "STOR@X.IS"}))
        self.assertEqual((result["status"], result["record"]["profile"]["email"]), ("success", "stor@x.is"))

    def test_a_unique_clash_that_only_the_database_sees(self):
        """The host lower-cases after we looked."""
        Person.objects.create(kt="0202303069", full_name="Anna", mail="a@x.is")
        good = self.command({"profile.name": "Áfram"}, "w1")
        clash = self.command({"profile.email": "A@X.IS"}, "w2", ssn="0202303069")
        bad = self.command({"profile.email": "A@X.IS"}, "w3")
        results = self.apply(dict(bad), clash)
        self.assertEqual([r["status"] for r in results], ["rejected", "success"])
        [again] = self.apply(bad)
        self.assertEqual((again["status"], again["errors"]), ("rejected", results[0]["errors"]))
        self.assertEqual(self.apply(good)[0]["status"], "success")

    def test_an_exception_of_the_host_is_an_error_of_that_item(self):
        Person.objects.create(kt="0202303069", full_name="Anna")
        with self.assertLogs("member_sync.apply", "ERROR"):
            results = self.apply(self.command({"profile.name": "Bannað"}),
                                 self.command({"profile.name": "Leyft"}, "w2", ssn="0202303069"))
        self.assertEqual([r["status"] for r in results], ["error", "success"])
        self.assertNotIn("Bannað", results[0]["message"])

    def test_too_long_for_this_host(self):
        [result] = self.apply(self.command({"profile.name": "x" * 21}))
        self.assertEqual((result["status"], result["errors"]["profile.name"]["code"]), ("rejected", "too_long"))

    def test_decimals_come_back_as_they_were_sent(self):
        for n, (sent, stored) in enumerate([("7", "7.00"), (7.5, "7.50"), (None, None)]):
            [result] = self.apply(self.command({"profile.fee": sent}, "w%d" % n))
            self.assertEqual((result["status"], result["record"]["profile"]["fee"]), ("success", stored))

    def test_a_dropped_column_breaks_no_write(self):
        if connection.vendor != "postgresql":
            return
        sql("ALTER TABLE hostapp_person DROP COLUMN fee")
        try:
            sql("UPDATE hostapp_person SET full_name = 'Enn'")
        finally:
            sql("ALTER TABLE hostapp_person ADD COLUMN fee numeric(8, 2)")
        self.assertEqual(self.drain()[-1]["fields_changed"]["name"], "Enn")
