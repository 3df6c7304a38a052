"""The example project's own API, which edits as staff do."""
import json

from felagar.models import Member

from .base import SSN, SyncTestCase

ANNA = {
    "ssn": "010130-2989", "name": "Anna Ýr", "birthday": "1930-01-01", "gender": 0,
    "contact_info": {"phone": "555 1234", "email": "anna@example.is", "facebook": ""},
    "address": {"street": "Laugavegur 1", "postal_code": "101", "city": "Reykjavík"},
}


class Api(SyncTestCase):
    def call(self, method, path="", body=None, status=200):
        text = body if isinstance(body, str) else json.dumps(body)
        response = self.client.generic(method, "/felagar/api/members/" + path, "" if body is None else text)
        self.assertEqual(response.status_code, status, response.content)
        return json.loads(response.content.decode())

    def test_create_read_change_delete(self):
        made = self.call("POST", "", ANNA, 201)
        self.assertEqual(made, dict(ANNA, ssn=SSN, id=made["id"], is_active=True))
        self.assertEqual(self.call("GET", "010130-2989/"), made)
        row = self.one()
        self.assertEqual((row["action"], row["actor"]), ("create", "api"))
        changed = self.call("PATCH", SSN + "/", {"gender": None, "contact_info": {"email": None, "phone": None}})
        self.assertEqual((changed["gender"], changed["contact_info"]), (None, {"phone": "", "email": None, "facebook": ""}))
        self.assertEqual(self.one()["fields_changed"], {"gender": None, "email": None, "phone": ""})
        self.assertEqual(self.call("PATCH", SSN + "/", {"is_active": False})["is_active"], False)
        self.assertEqual(self.one()["life"], "deleted")
        self.call("DELETE", SSN + "/")
        self.assertEqual(self.one()["life"], "missing")
        self.call("GET", SSN + "/", status=404)
        self.call("PATCH", SSN + "/", {"name": "x"}, 404)
        self.call("DELETE", SSN + "/", status=404)

    def test_refusals(self):
        self.call("POST", "", ANNA, 201)
        self.assertIn("error", self.call("POST", "", ANNA, 409))
        self.call("POST", "", dict(ANNA, ssn=SSN), 409)
        bad = [
            {}, [], "{", dict(ANNA, ssn="12"), dict(ANNA, ssn="0202303069", name=""), dict(ANNA, ssn="0202303069", age=3),
            dict(ANNA, ssn="0202303069", birthday="1.1.1930"), dict(ANNA, ssn="0202303069", gender="1"),
            dict(ANNA, ssn="0202303069", contact_info={"email": "x"}), dict(ANNA, ssn="0202303069", address=[]),
            dict(ANNA, ssn="0202303069", name="x" * 251), dict(ANNA, ssn="0202303069", name="\ud800"),
        ]
        for body in bad:
            self.call("POST", "", body, 400)
        self.assertEqual(Member.objects.count(), 1)
        self.call("POST", "", dict(ANNA, ssn="0202303069"), 201)
        self.call("PATCH", SSN + "/", {"ssn": "0202303069"}, 409)

    def test_a_corrected_kennitala(self):
        self.call("POST", "", ANNA, 201)
        self.drain()
        self.assertEqual(self.call("PATCH", SSN + "/", {"ssn": "020230-3069"})["ssn"], "0202303069")
        self.assertEqual(self.one()["previous_ssn"], SSN)

    def test_many_in_one_transaction_or_none(self):
        members = [dict(ANNA, ssn="010130%04d" % n) for n in range(60)]
        self.assertEqual(self.call("POST", "bulk/", {"members": members}, 201), {"created": 60})
        self.assertEqual(len(self.drain()), 60)
        page = self.call("GET", "?limit=50")
        self.assertEqual((page["count"], self.call("GET", "?limit=50&after=" + page["next"])["count"]), (50, 10))
        self.call("POST", "bulk/", {"members": [dict(ANNA, ssn="0202303069"), members[0]]}, 409)
        self.assertEqual(Member.objects.count(), 60)
