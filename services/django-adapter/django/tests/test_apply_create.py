"""Members made from the other side, and the seed's old shape."""
from felagar.models import Member
from member_sync.models import MemberSyncState

from .base import SSN, SyncTestCase, make_member


class Create(SyncTestCase):
    def create(self, write_id="c1", **changes):
        values = {path.replace("__", "."): value for path, value in changes.items()}
        return self.command(values, write_id, None, action="create")

    def test_a_member_is_made_with_all_that_was_given(self):
        [result] = self.apply(self.create(
            profile__name="Anna", profile__email="a@b.is", profile__gender=0, address__city="Vík",
            membership__status="active", profile__kennitala="010130-2989"))
        self.assertEqual((result["status"], result["errors"]), ("success", {}))
        self.assertEqual(result["django_id"], Member.objects.get(ssn=SSN).pk)
        self.assertEqual(result["record"]["address"], {"street": "", "postal_code": "", "city": "Vík"})
        self.none()

    def test_again_after_a_lost_reply_it_is_the_same_row(self):
        command = self.create(profile__name="Anna")
        [first], [again] = self.apply(command), self.apply(command)
        self.assertEqual((again["status"], again["django_id"]), ("success", first["django_id"]))
        self.assertEqual(Member.objects.count(), 1)

    def test_one_who_is_there_is_stale_and_shown(self):
        make_member()
        [result] = self.apply(self.create(profile__name="Anna"))
        self.assertEqual((result["status"], result["record"]["profile"]["name"]), ("stale", "Jón"))

    def test_the_name_is_required(self):
        [result] = self.apply(self.create(profile__phone="1"))
        self.assertEqual((result["status"], result["errors"]["profile.name"]["code"]), ("rejected", "required"))
        self.assertEqual(result["life"], "missing")

    def test_after_a_delete_nothing_of_the_first_life_comes_back(self):
        make_member(gender=1).delete()
        before = self.revision()
        [result] = self.apply(self.command({"profile.name": "Anna"}, "c1", before, action="create"))
        self.assertEqual((result["status"], result["record"]["profile"]["gender"]), ("success", None))
        self.assertGreater(result["revision"], before)

    def test_a_create_that_does_not_know_of_the_delete_is_stale(self):
        make_member().delete()
        [result] = self.apply(self.create(profile__name="Anna"))
        self.assertEqual((result["status"], result["life"], result["revision"]), ("stale", "missing", self.revision()))
        self.assertFalse(Member.objects.exists())

    def test_temporary_ids_and_failing_check_digits_are_people_companies_are_not(self):
        for n, (ssn, status) in enumerate(
            [("8101302989", "success"), ("9101302989", "success"), ("0101300000", "success"), ("4101302989", "rejected")]
        ):
            [result] = self.apply(self.command({"profile.name": "x"}, "k%d" % n, None, ssn, "create"))
            self.assertEqual(result["status"], status, ssn)
        self.assertEqual(result["errors"]["profile.kennitala"]["code"], "invalid")

    def test_dash_and_spaces_are_the_same_member(self):
        for n, ssn in enumerate(["0101302989", "010130-2989", "010130 2989", " 0101302989 "]):
            [result] = self.apply(self.command({"profile.name": "x"}, "k%d" % n, None, ssn, "upsert"))
            self.assertEqual((result["ssn"], result["status"]), (SSN, "stale" if n else "success"))

    def test_malformed_changes_are_errors_of_their_own(self):
        good = self.create(profile__name="Anna")
        bad = [
            17, None, [], {"kennitala": "123", "changes": {}}, dict(good, write_id=5), dict(good, write_id=""),
            dict(good, action="drop"), dict(good, changes=[1]), dict(good, expected_revision="3"),
            {"kennitala": SSN, "write_id": "x", "changes": {}}, dict(good, expected_revision=True),
        ]
        results = self.apply(*(bad + [good]))
        self.assertEqual([r["status"] for r in results], ["error"] * len(bad) + ["success"])
        self.assertEqual(MemberSyncState.objects.count(), 1)


class OldShape(SyncTestCase):
    """Clients of the first design send no write id."""

    def test_an_update_is_applied_and_is_an_edit_by_the_api(self):
        make_member()
        self.drain()
        [result] = self.apply({"kennitala": "010130-2989", "django_id": 1, "action": "update",
                               "changes": {"profile.email": "new@email.is", "profile.phone": "555-1234"}})
        self.assertEqual((result["ssn"], result["status"]), (SSN, "success"))
        row = self.one()
        self.assertEqual((row["actor"], row["fields_changed"]), ("api", {"email": "new@email.is", "phone": "555-1234"}))

    def test_an_unknown_member_is_not_found(self):
        [result] = self.apply({"kennitala": SSN, "action": "update", "changes": {"profile.name": "x"}})
        self.assertEqual((result["status"], result["message"]), ("error", "Member not found"))

    def test_create_and_delete(self):
        [result] = self.apply({"kennitala": SSN, "action": "create", "changes": {"profile.name": "x"}})
        self.assertEqual(result["status"], "success")
        [result] = self.apply({"kennitala": SSN, "action": "delete", "changes": {}})
        self.assertEqual((result["status"], result["life"]), ("success", "deleted"))
        self.assertEqual(len(self.drain()), 2)

    def test_together_with_the_new_shape(self):
        make_member()
        self.drain()
        results = self.apply(
            {"kennitala": SSN, "action": "update", "changes": {"profile.name": "Gamla"}},
            {"kennitala": "0202303069", "action": "create", "changes": {"profile.name": "Nýja"}, "write_id": "w",
             "expected_revision": None})
        self.assertEqual([r["status"] for r in results], ["success", "success"])
        self.assertEqual(self.one()["actor"], "api")
