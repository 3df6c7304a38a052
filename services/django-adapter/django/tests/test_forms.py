"""A form left open while a sync lands."""
import re
from html import unescape

from django.contrib.auth import get_user_model

from felagar.models import Address, ContactInfo, Member

from .base import SyncTestCase, make_member

INPUT = re.compile(r"<input\b[^>]*>|<select\b.*?</select>|<textarea\b.*?</textarea>", re.S)


def attribute(tag, name):
    found = re.search(r'\b%s="([^"]*)"' % name, tag)
    return unescape(found.group(1)) if found else None


def filled_in(html):
    """What a browser would send of the page's form."""
    form = {}
    for tag in INPUT.findall(html):
        name = attribute(tag, "name")
        if not name or attribute(tag, "type") in ("submit", "button"):
            continue
        if tag.startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)"[^>]*\bselected', tag)
            form[name] = chosen.group(1) if chosen else ""
        elif attribute(tag, "type") == "checkbox":
            if "checked" in tag:
                form[name] = attribute(tag, "value") or "on"
        else:
            form[name] = attribute(tag, "value") or ""
    return {name: value for name, value in form.items() if "__prefix__" not in name and name != "csrfmiddlewaretoken"}


class OpenForm(SyncTestCase):
    def setUp(self):
        super().setUp()
        self.member = make_member(gender=1, birthday="1990-05-05")
        self.client.force_login(get_user_model().objects.create_superuser("stjorn", "s@example.is", "pw"))
        self.page = "/felagar/admin/felagar/member/%d/change/" % self.member.pk

    def open(self):
        html = self.client.get(self.page).content.decode()
        return filled_in(re.search(r'<form[^>]*id="member_form".*?</form>', html, re.S).group(0))

    def test_what_the_user_did_not_touch_stays_as_the_sync_left_it(self):
        form = self.open()
        self.apply(self.command({
            "profile.name": "Frá gátt", "profile.phone": "5559999", "profile.gender": 0, "profile.birthday": "1991-01-01",
            "profile.email": "gatt@example.is", "address.city": "Höfn", "address.street": "Ný gata", "address.postal_code": "780"}))
        form["contact_info-0-facebook"] = "fb"
        self.assertEqual(self.client.post(self.page, form).status_code, 302)
        member, contact = Member.objects.get(), ContactInfo.objects.get()
        self.assertEqual((member.name, member.gender, str(member.birthday)), ("Frá gátt", 0, "1991-01-01"))
        self.assertEqual((contact.phone, contact.email, contact.facebook), ("5559999", "gatt@example.is", "fb"))
        self.assertEqual(Address.objects.get().city, "Höfn")

    def test_a_field_changed_by_both_is_refused(self):
        form = self.open()
        self.apply(self.command({"profile.phone": "5559999"}))
        form["contact_info-0-phone"] = "5550000"
        response = self.client.post(self.page, form)
        self.assertEqual(response.status_code, 200)
        self.assertIn("while the form was open", response.content.decode())
        self.assertEqual(ContactInfo.objects.get().phone, "5559999")

    def test_both_to_the_same_value_is_no_clash(self):
        form = self.open()
        self.apply(self.command({"profile.name": "Sama"}))
        form["name"] = "Sama"
        self.assertEqual(self.client.post(self.page, form).status_code, 302)

    def test_an_ordinary_edit_is_saved(self):
        form = self.open()
        form.update({"name": "Ritstýrt", "birthday": "", "gender": "", "address-0-city": "Vík", "contact_info-0-email": ""})
        del form["is_active"]
        self.assertEqual(self.client.post(self.page, form).status_code, 302)
        member = Member.objects.get()
        self.assertEqual((member.name, member.birthday, member.gender, member.is_active), ("Ritstýrt", None, None, False))
        self.assertEqual((Address.objects.get().city, ContactInfo.objects.get().email), ("Vík", None))

    def test_a_stored_value_outside_the_choices_survives_a_save(self):
        Member.objects.update(gender=7)
        form = self.open()
        form["name"] = "Annað"
        self.assertEqual(self.client.post(self.page, form).status_code, 302)
        self.assertEqual((Member.objects.get().name, Member.objects.get().gender), ("Annað", 7))

    def test_a_request_without_the_shown_values_works_as_ever(self):
        form = {name: value for name, value in self.open().items() if not name.startswith("initial-")}
        form["name"] = "Beint"
        self.assertEqual(self.client.post(self.page, form).status_code, 302)
        self.assertEqual(Member.objects.get().name, "Beint")

    def test_a_new_member_with_its_relations(self):
        self.member.delete()
        self.drain()
        html = self.client.get("/felagar/admin/felagar/member/add/").content.decode()
        form = filled_in(re.search(r'<form[^>]*id="member_form".*?</form>', html, re.S).group(0))
        form.update({"ssn": "0202303069", "name": "Ný", "contact_info-0-phone": "1", "address-0-city": "Vík"})
        self.assertEqual(self.client.post("/felagar/admin/felagar/member/add/", form).status_code, 302)
        row = self.one()
        self.assertEqual((row["action"], row["record"]["address"]["city"]), ("create", "Vík"))


class OutboxPage(SyncTestCase):
    def setUp(self):
        super().setUp()
        make_member(name="Leyninafn")
        self.client.force_login(get_user_model().objects.create_superuser("stjorn", "s@example.is", "pw"))

    def test_it_shows_names_of_fields_and_no_person(self):
        row = self.get("changes/")["changes"][0]
        for page in ("", "%d/change/" % row["id"]):
            html = self.client.get("/felagar/admin/member_sync/membersyncqueue/" + page).content.decode()
            self.assertIn("010130-****", html)
            self.assertIn("birthday" if "birthday" in row["fields_changed"] else "name", html)
            self.assertNotIn("Leyninafn", html)
            self.assertNotIn("0101302989", html)

    def test_nothing_can_be_edited(self):
        self.assertEqual(self.client.get("/felagar/admin/member_sync/membersyncqueue/add/").status_code, 403)
        row = self.get("changes/")["changes"][0]
        page = "/felagar/admin/member_sync/membersyncqueue/%d/" % row["id"]
        self.assertEqual(self.client.post(page + "delete/", {"post": "yes"}).status_code, 403)
        self.assertEqual(self.client.post(page + "change/", {"action": "x"}).status_code, 403)
