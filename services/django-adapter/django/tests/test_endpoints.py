"""Shapes, pages, authentication and what is malformed."""
import datetime
import json
import logging
from unittest import mock

from django.db import OperationalError
from django.test import Client, override_settings

from felagar.models import Member
from member_sync import clock, members, repair
from member_sync.models import MemberSyncQueue

from .base import SSN, SyncTestCase, make_member

GETS = ["changes/", "status/", "digest/", "members/", "member/%s/" % SSN]
POSTS = ["apply/", "mark-synced/", "members/read/"]


class Endpoints(SyncTestCase):
    def test_the_seeds_keys_are_there(self):
        make_member()
        answer = self.get("changes/")
        self.assertEqual(set(answer), {"changes", "count", "next", "lineage", "now"})
        self.assertLessEqual({"id", "ssn", "action", "fields_changed", "created_at"}, set(answer["changes"][0]))
        self.assertRegex(answer["changes"][0]["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        ids = [row["id"] for row in answer["changes"]]
        self.assertEqual(self.post("mark-synced/", {"sync_ids": ids}), {"success": True, "marked_synced": len(ids)})
        self.assertEqual(self.post("mark-synced/", {"sync_ids": ids})["marked_synced"], 0)
        self.none()

    def test_pages_of_changes(self):
        for n in range(5):
            Member.objects.create(ssn="010130%04d" % n, name="n")
        first = self.get("changes/?limit=2")
        self.assertEqual((first["count"], first["next"]), (2, first["changes"][-1]["id"]))
        second = self.get("changes/?limit=2&after=%d" % first["next"])
        third = self.get("changes/?limit=2&after=%d" % second["next"])
        self.assertEqual((third["count"], third["next"]), (1, None))

    def test_since_reads_any_iso_time(self):
        make_member()
        for earlier in ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.123456+00:00", "2020-01-01 00:00:00", "2020-01-01T00:00"):
            self.assertTrue(self.client.get(self.url("changes/"), {"since": earlier}).json()["changes"])
        self.assertEqual(self.get("changes/?since=2100-01-01T00:00:00Z")["changes"], [])
        self.assertEqual(self.get("changes/?since=2100-01-01T00:00:00+00:00")["changes"], [])
        for bad in ("yesterday", "2020-13-01T00:00:00Z", "12", "2020-01-01"):
            self.get("changes/?since=" + bad, 400)

    def test_the_record_is_as_it_stands_now(self):
        member = make_member()
        member.name = "Síðast"
        member.save()
        self.assertEqual({row["record"]["profile"]["name"] for row in self.changes()}, {"Síðast"})
        self.assertEqual({row["revision"] for row in self.changes()}, {self.revision()})

    def test_status(self):
        make_member()
        answer = self.get("status/")
        waiting = MemberSyncQueue.objects.count()
        self.assertEqual((answer["pending"], answer["synced"], answer["failed"]), (waiting, 0, 0))
        self.assertEqual((answer["members"], answer["capture"]), (1, "triggers"))
        self.assertTrue(answer["oldest_pending"].endswith("Z"))

    def test_one_member_with_and_without_dash(self):
        member = make_member(gender=0)
        plain, dashed = self.get("member/%s/" % SSN), self.get("member/010130-2989")
        self.assertEqual(plain, dashed)
        self.assertEqual((plain["django_id"], plain["record"]["profile"]["gender"]), (member.pk, 0))
        self.assertEqual(plain["profile"], plain["record"]["profile"])
        self.assertEqual(self.get("member/0202303069/", 404), {"error": "Member not found"})
        self.get("member/abc/", 404)

    def test_pages_of_members_and_their_digests(self):
        for n in (3, 1, 2):
            Member.objects.create(ssn="01013%d-0000" % n, name="n")
        page = self.get("members/?limit=2")
        self.assertEqual([m["ssn"] for m in page["members"]], ["0101310000", "0101320000"])
        rest = self.get("members/?limit=2&after=" + page["next"])
        self.assertEqual(([m["ssn"] for m in rest["members"]], rest["next"]), (["0101330000"], None))
        self.assertEqual(len({m["digest"] for m in page["members"] + rest["members"]}), 3)

    def test_a_digest_changes_with_its_bucket_only(self):
        for n in range(40):
            Member.objects.create(ssn="010130%04d" % n, name="n")
        before = self.get("digest/?buckets=8")
        self.assertEqual((before["count"], len(before["buckets"])), (40, 8))
        Member.objects.filter(ssn="0101300007").update(name="m")
        after = self.get("digest/?buckets=8")
        self.assertEqual(sum(a != b for a, b in zip(before["buckets"], after["buckets"])), 1)

    def test_a_page_costs_the_same_number_of_queries_at_any_length(self):
        for n in range(30):
            make_member(ssn="010130%04d" % n)
        with self.assertNumQueries(3):
            self.get("changes/?limit=5")
        with self.assertNumQueries(3):
            self.get("changes/?limit=90")

    def test_reading_members_that_come_and_go(self):
        make_member().delete()
        standing = members.read([SSN, "0202303069"])
        self.assertEqual((standing[SSN].life, standing[SSN].revision), ("missing", self.revision()))
        self.assertEqual((standing["0202303069"].life, standing["0202303069"].revision), ("missing", 0))


class ReadingSome(SyncTestCase):
    def read(self, *ssns):
        return self.post("members/read/", {"ssn": list(ssns)})

    def test_members_are_read_by_kennitala_in_the_order_asked_each_once(self):
        member = make_member(gender=0)
        make_member(ssn="0202303069").delete()
        answer = self.read("0202303069", SSN, "010130-2989", "0303303079")
        self.assertEqual((answer["count"], [m["ssn"] for m in answer["members"]]), (3, ["0202303069", SSN, "0303303079"]))
        removed, there, never = answer["members"]
        self.assertEqual((removed["life"], removed["record"]), ("missing", None))
        self.assertEqual(removed["revision"], self.revision("0202303069"))
        self.assertEqual((there["life"], there["django_id"], there["revision"]), ("alive", member.pk, self.revision()))
        self.assertEqual(there["record"], self.get("member/%s/" % SSN)["record"])
        self.assertEqual((never["life"], never["revision"], never["write_id"]), ("missing", 0, None))

    def test_it_writes_nothing_and_tells_the_last_write(self):
        make_member()
        self.drain()
        self.apply(self.command({"profile.name": "Ný", "profile.email": "x"}))
        [member] = self.read(SSN)["members"]
        self.assertEqual((member["write_id"], list(member["write_errors"])), ("w1", ["profile.email"]))
        self.none()

    def test_a_member_whose_stored_key_is_spelled_otherwise_is_not_found_and_verify_counts_it(self):
        for key in ("010130\u20132989", "020230\u00a03069", "0303303079  "):
            Member.objects.create(ssn=key, name="n")
        lives = [m["life"] for m in self.read("0101302989", "0202303069")["members"]]
        self.assertEqual(lives, ["missing", "missing"])
        self.assertEqual(repair.verify()["members that cannot be found under their key"], 3)

    def test_many_cost_no_more_queries_than_one(self):
        ssns = ["010130%04d" % n for n in range(200)]
        for ssn in ssns:
            Member.objects.create(ssn=ssn, name="n")
        with self.assertNumQueries(2):
            self.assertEqual(self.read(*ssns)["count"], 200)

    def test_what_is_no_list_of_kennitolur_is_refused_without_repeating_it(self):
        for given in (None, SSN, {}, [17], [None], ["123"], [SSN, "abcdefghij"]):
            answer = self.post("members/read/", {"ssn": given}, 400)
            self.assertNotIn("abcdefghij", json.dumps(answer))
        self.assertIn("ssn[1]", answer["error"])
        self.post("members/read/", {}, 400)
        self.assertEqual(self.read(*[SSN] * 500)["count"], 1)
        self.post("members/read/", {"ssn": [SSN] * 501}, 413)
        self.assertEqual(self.read()["members"], [])


class Authentication(SyncTestCase):
    def statuses(self, **headers):
        client = Client(**headers)
        answers = [client.get(self.url(path)) for path in GETS]
        answers += [client.post(self.url(path), "{}", content_type="application/json") for path in POSTS]
        answers.append(client.get("/felagar/api/members/"))
        self.assertTrue(all("error" in answer.json() for answer in answers if answer.status_code == 401))
        return {answer.status_code for answer in answers}

    def test_nobody_gets_in_without_a_token(self):
        for header in ("", "Token", "Token ", "Token wrong", "Basic first-token", "first-token", "Token first-token x",
                       "Token first-toke", "Token þ"):
            self.assertEqual(self.statuses(HTTP_AUTHORIZATION=header), {401}, header)
        self.assertEqual(self.statuses(), {401})

    def test_every_token_in_use_opens_trimmed(self):
        for header in ("Token first-token", "Token second-token", "Bearer second-token", "token first-token "):
            self.assertNotIn(401, self.statuses(HTTP_AUTHORIZATION=header), header)

    @override_settings(MEMBER_SYNC={"MODEL": "felagar.Member", "TOKENS": ["", " \n", None]})
    def test_a_blank_token_opens_nothing(self):
        self.assertEqual(self.statuses(HTTP_AUTHORIZATION="Token "), {401})


class Malformed(SyncTestCase):
    def test_bodies_that_are_not_what_they_should_be(self):
        for path in POSTS:
            for body in ("", "{", "[]", "null", "17", '{"changes": NaN}', b"\xff\xfe", "[" * 100000, '{"a":' * 20000):
                self.assertIn("error", self.post(path, body, 400))
        self.post("apply/", {"changes": {}}, 400)
        for ids in ("1", [None], ["1"], [1.0], [True], [-1], [2 ** 63], {}):
            self.post("mark-synced/", {"sync_ids": ids}, 400)
        self.assertEqual(self.post("mark-synced/", {"sync_ids": [2 ** 63 - 1]})["marked_synced"], 0)

    def test_too_much(self):
        self.post("apply/", '{"changes": "%s"}' % ("x" * 5300000), 413)
        self.post("apply/", {"changes": [{}] * 501}, 413)
        self.assertEqual(len(self.post("apply/", {"changes": [{}] * 500})["results"]), 500)
        # Larger than Django's own limit for bodies, smaller than ours.
        self.post("apply/", {"changes": [], "filler": "x" * 3000000})

    def test_numbers_in_the_query(self):
        for query in ("after=x", "after=-1", "limit=0", "limit=1.5", "limit=99999999999999999999"):
            self.get("changes/?" + query, 400)
        self.get("changes/?limit=5000")

    def test_methods(self):
        for path in GETS:
            self.assertEqual(self.client.delete(self.url(path)).status_code, 405)
        for path in POSTS:
            self.assertEqual(self.client.get(self.url(path)).status_code, 405)

    def test_prototype_names_are_plain_unmapped_paths(self):
        make_member()
        [result] = self.apply(self.command({"__proto__": 1, "constructor": {}, "profile.__class__": "x", "": 1}))
        self.assertEqual({e["code"] for e in result["errors"].values()}, {"unmapped"})


class Busy(SyncTestCase):
    def test_a_database_that_is_away_is_503_and_says_no_more(self):
        with mock.patch("member_sync.outbox.counts", side_effect=OperationalError("host=secret")):
            with self.assertLogs("member_sync.http", "WARNING"):
                response = self.client.get(self.url("status/"))
        self.assertEqual((response.status_code, response["Retry-After"]), (503, "1"))
        self.assertNotIn(b"secret", response.content)

    def test_commands_that_meet_a_locked_row_may_come_again_at_once_in_smaller_parts(self):
        make_member()
        with mock.patch("member_sync.apply.lock", side_effect=OperationalError("locked")):
            with self.assertLogs("member_sync.http", "WARNING"):
                body = json.dumps({"changes": [self.command({"profile.name": "x"})]})
                response = self.client.post(self.url("apply/"), body, content_type="application/json")
        self.assertEqual(response.status_code, 503)
        self.assertFalse(response.has_header("Retry-After"))


class Logs(SyncTestCase):
    def test_no_kennitala_is_logged_for_a_refused_request(self):
        with self.assertLogs("django", "DEBUG") as logs:
            logging.getLogger("django").debug("so that there is one line")
            self.get("member/%s/" % SSN, 404)
            self.client.get("/felagar/api/members/%s/" % SSN)
            self.assertEqual(Client().get(self.url("member/%s/" % SSN)).status_code, 401)
            make_member()
            self.apply(self.command({"profile.email": "x"}))
        self.assertNotIn(SSN, "".join(line for line in logs.output if "django.db.backends" not in line))


class Times(SyncTestCase):
    def test_naive_is_utc_and_offsets_are_honoured(self):
        moment = clock.parse("2026-11-22T12:00:00.5+01:30")
        self.assertEqual(clock.iso(moment), "2026-11-22T10:30:00.500000Z")
        self.assertEqual(clock.iso(datetime.datetime(2026, 1, 2, 3, 4, 5)), "2026-01-02T03:04:05.000000Z")
        self.assertIsNone(clock.iso(None))
        with override_settings(USE_TZ=False):
            self.assertIsNone(clock.parse("2026-11-22T12:00:00Z").tzinfo)


    def test_answers_about_members_tell_what_time_it_is_here(self):
        make_member()
        answers = [self.get("changes/"), self.post("apply/", {"changes": []}), self.post("members/read/", {"ssn": [SSN]})]
        for answer in answers:
            self.assertRegex(answer["now"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
            self.assertLess(abs(clock.now() - clock.parse(answer["now"])), datetime.timedelta(minutes=1))


class TheJson(SyncTestCase):
    def test_icelandic_letters_are_sent_as_they_are(self):
        make_member(name="Þórdís Æsa d'Arc")
        response = self.client.get(self.url("member/%s/" % SSN))
        self.assertIn("Þórdís Æsa d'Arc".encode("utf-8"), response.content)
        self.assertEqual(json.loads(response.content.decode())["record"]["profile"]["name"], "Þórdís Æsa d'Arc")
