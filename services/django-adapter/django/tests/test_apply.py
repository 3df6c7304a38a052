"""Changes from the other side."""
import json

from django.db import connection

from felagar.models import Address, ContactInfo, Member
from member_sync.capture import triggers
from member_sync.models import MemberSyncQueue, MemberSyncWrite

from .base import SSN, SyncTestCase, make_member, sql


class Apply(SyncTestCase):
    def setUp(self):
        super().setUp()
        self.member = make_member(gender=1)
        self.drain()

    def test_a_write_is_stored_and_never_comes_back_as_an_edit(self):
        before = self.revision()
        [result] = self.apply(self.command({"profile.phone": "5557777", "profile.name": "Ný", "address.city": "Höfn"}))
        self.assertEqual(result["status"], "success")
        self.assertEqual(sorted(result["updated_fields"]), ["address.city", "profile.name", "profile.phone"])
        self.assertEqual(ContactInfo.objects.get().phone, "5557777")
        self.assertEqual(Address.objects.get().city, "Höfn")
        self.assertEqual((result["write_id"], result["last_write_id"]), ("w1", "w1"))
        self.assertGreater(result["revision"], before)
        self.assertEqual(result["revision"], self.revision())
        self.assertEqual(result["record"]["profile"]["phone"], "5557777")
        self.assertTrue(result["changed_at"].endswith("Z"))
        self.none()
        own = MemberSyncQueue.objects.order_by("-id").first()
        self.assertEqual((own.origin, own.sync_status), ("apply", "synced"))

    def test_an_edit_after_ours_carries_our_write_id(self):
        self.apply(self.command({"profile.phone": "1"}))
        Member.objects.update(name="Starfsmaður")
        row = self.one()
        self.assertEqual((row["write_id"], row["fields_changed"]), ("w1", {"name": "Starfsmaður"}))

    def test_an_edit_after_ours_tells_what_we_were_refused(self):
        command = self.command({"profile.name": "Ný", "profile.email": "ekki netfang"})
        [result] = self.apply(command)
        self.assertEqual(result["last_write_errors"], result["errors"])
        Member.objects.update(gender=2)
        self.assertEqual(self.changes()[0]["write_errors"], result["errors"])
        self.assertEqual(self.get("member/%s/" % SSN)["write_errors"], result["errors"])
        [late] = self.apply(self.command({"profile.name": "Of seint"}, "w2", expected=1))
        self.assertEqual((late["status"], late["last_write_errors"]), ("stale", result["errors"]))
        self.apply(self.command({"profile.name": "Nýrri"}, "w3"))
        Member.objects.update(gender=1)
        self.assertEqual({json.dumps(row["write_errors"]) for row in self.changes()}, {"{}"})

    def test_of_a_write_that_was_pruned_nobody_can_tell_what_was_refused(self):
        self.apply(self.command({"profile.name": "Ný"}))
        Member.objects.update(gender=2)
        MemberSyncWrite.objects.all().delete()
        self.assertEqual([row["write_errors"] for row in self.changes()], [None])

    def test_another_revision_writes_nothing_and_shows_what_stands(self):
        command = self.command({"profile.name": "Ný"})
        Member.objects.update(name="Á undan")
        [result] = self.apply(command)
        self.assertEqual((result["status"], result["record"]["profile"]["name"]), ("stale", "Á undan"))
        self.assertEqual((result["revision"], result["write_id"], result["last_write_id"]), (self.revision(), "w1", None))
        self.assertEqual(Member.objects.get().name, "Á undan")

    def test_a_higher_revision_than_stands_is_stale_too(self):
        [result] = self.apply(self.command({"profile.name": "Ný"}, expected=self.revision() + 1))
        self.assertEqual(result["status"], "stale")

    def test_the_same_write_id_again_changes_nothing(self):
        command = self.command({"profile.name": "Ný", "profile.email": "ekki netfang"})
        [first] = self.apply(command)
        Member.objects.update(name="Síðar")
        [again] = self.apply(command)
        self.assertEqual((again["status"], again["errors"]), ("success", first["errors"]))
        self.assertEqual(again["record"]["profile"]["name"], "Síðar")
        self.assertEqual((again["last_write_id"], again["revision"]), ("w1", self.revision()))
        self.assertEqual(MemberSyncWrite.objects.count(), 1)

    def test_a_cancelled_write_id_is_never_applied_and_an_applied_one_cannot_be_cancelled(self):
        command = self.command({"profile.name": "Ný"})
        cancel = dict(command, action="cancel", changes={})
        [result] = self.apply(cancel)
        self.assertEqual((result["status"], result["errors"], result["revision"]), ("rejected", {}, self.revision()))
        self.assertEqual(result["record"]["profile"]["name"], "Jón")
        [late], [again] = self.apply(command), self.apply(cancel)
        self.assertEqual((late["status"], again["status"], Member.objects.get().name), ("rejected", "rejected", "Jón"))
        self.assertEqual((late["last_write_id"], MemberSyncWrite.objects.count()), (None, 1))
        self.apply(dict(command, write_id="w2"))
        [applied] = self.apply(dict(cancel, write_id="w2"))
        self.assertEqual((applied["status"], applied["last_write_id"]), ("success", "w2"))
        self.none()

    def test_a_cancel_is_taken_wherever_the_member_stands_and_needs_a_write_id(self):
        [result] = self.apply(self.command({}, "w1", 99, action="cancel"))
        self.assertEqual(result["status"], "rejected")
        [result] = self.apply(self.command({}, "w2", 5, "0202303069", "cancel"))
        self.assertEqual((result["status"], result["life"]), ("rejected", "missing"))
        [result] = self.apply({"kennitala": SSN, "action": "cancel"})
        self.assertEqual(result["status"], "error")

    def test_twice_in_one_request_is_once(self):
        command = self.command({"profile.name": "Ný"})
        first, again = self.apply(command, command)
        self.assertEqual((first["status"], again["status"]), ("success", "success"))
        self.assertEqual(MemberSyncWrite.objects.count(), 1)

    def test_two_writes_to_one_member_in_one_request(self):
        first = self.command({"profile.name": "Ein"}, "w1")
        second = self.command({"profile.name": "Tvær"}, "w2", expected=self.revision() + 1)
        third = self.command({"profile.name": "Þrjár"}, "w3")
        self.assertEqual([r["status"] for r in self.apply(first, second, third)], ["success", "success", "stale"])
        self.assertEqual(Member.objects.get().name, "Tvær")

    def test_a_write_that_changes_nothing_still_stands_with_its_id(self):
        before = self.revision()
        [result] = self.apply(self.command({"profile.name": self.member.name}))
        self.assertEqual((result["status"], result["last_write_id"], result["revision"]), ("success", "w1", before))

    def test_a_refused_value_does_not_hold_up_the_others(self):
        [result] = self.apply(self.command({"profile.email": "ekki netfang", "profile.phone": "1", "profile.name": "Ný"}))
        self.assertEqual(result["status"], "success")
        self.assertEqual(sorted(result["updated_fields"]), ["profile.name", "profile.phone"])
        self.assertEqual(result["errors"]["profile.email"], {"code": "invalid", "message": "Enter a valid email address."})
        self.assertNotIn("ekki netfang", json.dumps(result["errors"]))
        self.assertEqual(result["record"]["profile"]["email"], "jon@example.is")

    def test_nothing_left_to_write_is_rejected_and_stays_so(self):
        command = self.command({"profile.email": "x", "profile.shoes": 43})
        [result] = self.apply(command)
        self.assertEqual(result["status"], "rejected")
        self.assertEqual({p: e["code"] for p, e in result["errors"].items()},
                         {"profile.email": "invalid", "profile.shoes": "unmapped"})
        [again] = self.apply(command)
        self.assertEqual((again["status"], again["errors"]), ("rejected", result["errors"]))

    def test_too_long_is_refused_never_cut(self):
        [result] = self.apply(self.command({"profile.name": "á" * 251}))
        self.assertEqual((result["status"], result["errors"]["profile.name"]["code"]), ("rejected", "too_long"))
        [result] = self.apply(self.command({"profile.name": "á" * 250}, "w2"))
        self.assertEqual(result["record"]["profile"]["name"], "á" * 250)

    def test_an_address_is_refused_as_a_whole(self):
        [result] = self.apply(self.command({
            "address.street": "Aðalgata 1", "address.postal_code": "1" * 30, "address.city": "Höfn", "profile.phone": "2"}))
        self.assertEqual(result["updated_fields"], ["profile.phone"])
        self.assertEqual({e["code"] for e in result["errors"].values()}, {"too_long"})
        self.assertEqual(len(result["errors"]), 3)
        self.assertEqual(Address.objects.get().street, "Laugavegur 1")

    def test_clearing(self):
        [result] = self.apply(self.command({
            "profile.email": None, "profile.phone": None, "profile.gender": None, "profile.birthday": None}))
        profile = result["record"]["profile"]
        self.assertEqual([profile[k] for k in ("email", "phone", "gender", "birthday")], [None, "", None, None])
        self.assertEqual(result["errors"], {})

    def test_the_name_cannot_be_cleared(self):
        for n, value in enumerate((None, "")):
            [result] = self.apply(self.command({"profile.name": value}, "w%d" % n))
            self.assertEqual((result["status"], result["errors"]["profile.name"]["code"]), ("rejected", "required"))

    def test_gender_zero_is_zero_and_an_unknown_one_is_kept_and_named(self):
        [result] = self.apply(self.command({"profile.gender": 0}))
        self.assertEqual((result["record"]["profile"]["gender"], result["warnings"]), (0, {}))
        [result] = self.apply(self.command({"profile.gender": 7}, "w2"))
        self.assertEqual(result["record"]["profile"]["gender"], 7)
        self.assertEqual(result["warnings"]["profile.gender"]["code"], "unknown_choice")

    def test_values_of_the_wrong_kind_are_refused(self):
        wrong = [
            ("profile.gender", True), ("profile.gender", 1.5), ("profile.gender", "kona"), ("profile.gender", 2 ** 63),
            ("profile.name", 5), ("profile.name", {"a": 1}), ("profile.name", ["x"]), ("profile.name", "a\x00b"),
            ("profile.name", "\ud800"), ("profile.birthday", "2000-13-01"), ("profile.birthday", "1.1.2000"),
            ("profile.birthday", "2000-01-01T23:00:00Z"), ("profile.birthday", 20000101),
            ("membership.status", "gone"), ("membership.status", False), ("membership.status", None),
        ]
        for n, (path, value) in enumerate(wrong):
            [result] = self.apply(self.command({path: value}, "w%d" % n))
            self.assertEqual((result["status"], result["errors"].get(path, {}).get("code")), ("rejected", "invalid"), (path, value))

    def test_a_date_is_that_date(self):
        [result] = self.apply(self.command({"profile.birthday": "2000-02-29"}))
        self.assertEqual(result["record"]["profile"]["birthday"], "2000-02-29")
        self.assertEqual(Member.objects.get().birthday.isoformat(), "2000-02-29")

    def test_a_related_row_that_is_missing_is_made(self):
        ContactInfo.objects.all().delete()
        self.drain()
        [result] = self.apply(self.command({"profile.email": "ny@example.is", "profile.phone": None}))
        self.assertEqual(result["record"]["profile"]["email"], "ny@example.is")
        self.none()
        ContactInfo.objects.all().delete()
        [result] = self.apply(self.command({"profile.email": None}, "w2"))
        self.assertEqual((result["status"], ContactInfo.objects.count()), ("success", 0))

    def test_delete_deactivates_and_active_revives(self):
        [result] = self.apply(self.command({}, action="delete"))
        self.assertEqual((result["status"], result["life"]), ("success", "deleted"))
        self.assertFalse(Member.objects.get().is_active)
        [result] = self.apply(self.command({"membership.status": "active"}, "w2"))
        self.assertEqual(result["life"], "alive")

    def test_another_field_never_revives(self):
        Member.objects.update(is_active=False)
        [result] = self.apply(self.command({"profile.phone": "1"}))
        self.assertEqual((result["status"], result["life"]), ("success", "deleted"))

    def test_delete_of_one_who_is_gone_is_done(self):
        self.member.delete()
        [result] = self.apply(self.command({}, action="delete"))
        self.assertEqual((result["status"], result["life"], result["last_write_id"]), ("success", "missing", "w1"))

    def test_update_of_one_who_is_gone_is_no_success(self):
        command = self.command({"profile.name": "x"})
        self.member.delete()
        [result] = self.apply(command)
        self.assertEqual((result["status"], result["life"], result["record"]), ("stale", "missing", None))
        [result] = self.apply(self.command({"profile.name": "x"}, "w2"))
        self.assertEqual(result["status"], "error")

    def test_the_kennitala_itself_is_not_changed(self):
        [result] = self.apply(self.command({"profile.kennitala": "0202303069", "profile.phone": "1"}))
        self.assertEqual(result["errors"]["profile.kennitala"]["code"], "not_supported")
        [result] = self.apply(self.command({"profile.kennitala": "010130-2989"}, "w2"))
        self.assertEqual((result["status"], result["errors"]), ("success", {}))

    def test_the_fourth_of_ten_is_refused_and_nine_are_applied(self):
        commands = [self.command({"profile.name": "n%d" % n}, "b%d" % n, None, "020230%04d" % n) for n in range(10)]
        commands[3]["changes"]["profile.name"] = ""
        results = self.apply(*commands)
        self.assertEqual([r["write_id"] for r in results], ["b%d" % n for n in range(10)])
        self.assertEqual([r["status"] for r in results].count("success"), 9)
        self.assertEqual(results[3]["status"], "rejected")

    def test_a_trigger_that_is_gone_makes_no_success(self):
        triggers.drop()
        try:
            with self.assertLogs("member_sync.apply", "ERROR"):
                [result] = self.apply(self.command({"profile.name": "Ný"}))
        finally:
            triggers.install()
        self.assertEqual(result["status"], "error")
        self.assertEqual(Member.objects.get().name, "Jón")

    def test_what_another_trigger_makes_of_it_is_what_is_answered(self):
        if connection.vendor != "sqlite":
            sql("CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name);"
                " RETURN NEW; END $$")
            sql("CREATE TRIGGER shout BEFORE UPDATE ON felagar_member FOR EACH ROW EXECUTE PROCEDURE shout()")
            undo = "DROP FUNCTION shout() CASCADE"
        else:
            sql("CREATE TRIGGER shout AFTER UPDATE OF name ON felagar_member BEGIN"
                " UPDATE felagar_member SET name = upper(NEW.name) WHERE id = NEW.id; END")
            undo = "DROP TRIGGER shout"
        try:
            [result] = self.apply(self.command({"profile.name": "anna"}))
        finally:
            sql(undo)
        self.assertEqual(result["record"]["profile"]["name"], "ANNA")
        self.assertEqual(result["revision"], self.revision())

    def test_an_update_that_touches_no_row_is_an_error(self):
        if connection.vendor == "sqlite":
            sql("CREATE TRIGGER swallow BEFORE UPDATE ON felagar_member BEGIN SELECT RAISE(IGNORE); END")
            undo = "DROP TRIGGER swallow"
        else:
            sql("CREATE RULE swallow AS ON UPDATE TO felagar_member DO INSTEAD NOTHING")
            undo = "DROP RULE swallow ON felagar_member"
        try:
            with self.assertLogs("member_sync.apply", "ERROR"):
                [result] = self.apply(self.command({"profile.name": "x"}))
        finally:
            sql(undo)
        self.assertEqual(result["status"], "error")
        self.assertNotEqual(result["last_write_id"], "w1")
