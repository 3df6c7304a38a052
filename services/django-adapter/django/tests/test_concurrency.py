"""Many at once, on connections of their own."""
import json
import random
import threading
import time

from django.db import IntegrityError, connection, transaction
from django.test import Client

from felagar.models import ContactInfo, Member
from member_sync.models import MemberSyncQueue, MemberSyncWrite

from .base import SSN, SyncTestCase, in_threads, make_member


class Polling(SyncTestCase):
    def test_writers_that_commit_late_lose_nothing(self):
        """Polled without pause while rows become visible out of their order."""
        writers, edits = 4, 25
        for n in range(writers):
            Member.objects.create(ssn="010130%04d" % n, name="-")
        self.drain()
        done, seen, chance = threading.Event(), {}, random.Random(7)
        pauses = [[chance.random() * 0.01 for _ in range(edits)] for _ in range(writers)]

        def write(n):
            for edit in range(edits):
                with transaction.atomic():
                    Member.objects.filter(ssn="010130%04d" % n).update(name="nafn %d" % edit)
                    # The row has its id and is not yet visible: on purpose, and no wait for anything.
                    time.sleep(pauses[n][edit] if connection.vendor == "postgresql" else 0)

        def poll():
            while not done.is_set():
                for row in self.drain():
                    seen[row["id"]] = row

        reader = threading.Thread(target=lambda: (poll(), connection.close()))
        reader.start()
        try:
            in_threads(writers, write)
        finally:
            done.set()
            reader.join(30)
        for row in self.drain():
            seen[row["id"]] = row
        self.assertEqual(len(seen), writers * edits)
        self.assertEqual(MemberSyncQueue.objects.filter(synced_at__isnull=True).count(), 0)
        for n in range(writers):
            mine = [seen[i] for i in sorted(seen) if seen[i]["ssn"] == "010130%04d" % n]
            self.assertEqual([row["fields_changed"]["name"] for row in mine], ["nafn %d" % e for e in range(edits)])

    def test_a_record_is_never_of_another_revision(self):
        """The name tells at which revision it was written."""
        member = make_member(name="0")
        self.drain()
        start, stop = self.revision(), threading.Event()

        def write():
            n = 0
            while not stop.is_set():
                n += 1
                with transaction.atomic():
                    Member.objects.filter(pk=member.pk).update(name=str(n))
                    ContactInfo.objects.filter(member=member).update(phone=str(n))
            connection.close()

        writer = threading.Thread(target=write)
        writer.start()
        try:
            reads = [self.get("member/%s/" % SSN) for _ in range(150)]
        finally:
            stop.set()
            writer.join(30)
        for read in reads:
            profile = read["record"]["profile"]
            self.assertEqual(read["revision"], start + 2 * int(profile["name"]))
            self.assertIn(profile["phone"], (profile["name"], "5551234"))


class Applying(SyncTestCase):
    def send(self, body):
        deadline = time.monotonic() + 30
        while True:
            response = Client(HTTP_AUTHORIZATION="Token first-token").post(
                self.url("apply/"), json.dumps(body), content_type="application/json")
            if response.status_code != 503 or time.monotonic() > deadline:
                return json.loads(response.content.decode())["results"]

    def test_one_command_sent_by_many_at_once_is_applied_once(self):
        commands = [self.command({"profile.name": "m%d" % n, "profile.phone": "1"}, "w%d" % n, None, "010130%04d" % n)
                    for n in range(10)]
        statuses = []
        in_threads(8, lambda n: statuses.extend(r["status"] for r in self.send({"changes": commands})))
        self.assertEqual(set(statuses), {"success"})
        self.assertEqual((Member.objects.count(), MemberSyncWrite.objects.count()), (10, 10))
        self.none()

    def test_of_many_commands_for_one_revision_one_is_written(self):
        make_member()
        self.drain()
        expected, statuses = self.revision(), []

        def compete(n):
            [result] = self.send({"changes": [self.command({"profile.name": "n%d" % n}, "w%d" % n, expected)]})
            statuses.append(result["status"])

        in_threads(8, compete)
        self.assertEqual(sorted(statuses), ["stale"] * 7 + ["success"])

    def test_counting_by_compare_and_set_misses_no_step(self):
        make_member(name="0")
        self.drain()

        def count(n):
            done, attempt = 0, 0
            while done < 5:
                attempt += 1
                now = json.loads(Client(HTTP_AUTHORIZATION="Token first-token").get(self.url("member/%s/" % SSN)).content.decode())
                change = {"profile.name": str(int(now["profile"]["name"]) + 1)}
                [result] = self.send({"changes": [self.command(change, "w%d-%d" % (n, attempt), now["revision"])]})
                done += result["status"] == "success"

        in_threads(4, count)
        self.assertEqual(Member.objects.get().name, "20")

    def test_a_row_that_staff_insert_meanwhile_is_neither_lost_nor_in_the_way(self):
        """Its foreign key is checked at commit, when we may hold the member."""
        Member.objects.create(ssn=SSN, name="0")
        member = Member.objects.get()
        self.drain()

        def staff():
            for n in range(15):
                try:
                    with transaction.atomic():
                        ContactInfo.objects.create(member=member, facebook="f%d" % n)
                except IntegrityError:
                    pass  # the sync made the row first, and staff are told so
                ContactInfo.objects.filter(member=member).delete()

        def sync():
            for n in range(15):
                self.send({"changes": [self.command({"profile.phone": "s%d" % n}, "s%d" % n, self.revision())]})

        in_threads(2, lambda n: (staff, sync)[n % 2]())
        read = self.get("member/%s/" % SSN)
        self.assertEqual(read["revision"], self.revision())

    def test_staff_and_sync_at_once_undo_nothing_of_each_other(self):
        member = make_member(name="0")
        self.drain()

        def staff():
            for n in range(20):
                Member.objects.filter(pk=member.pk).update(gender=n)

        def sync():
            for n in range(10):
                self.send({"changes": [self.command({"profile.phone": "s%d" % n}, "s%d" % n, self.revision())]})

        in_threads(2, lambda n: (staff, sync)[n]())
        self.assertEqual(Member.objects.get().gender, 19)
        ours = MemberSyncWrite.objects.filter(status="success").count()
        self.assertEqual(MemberSyncQueue.objects.filter(origin="apply").count(), ours)
        self.assertEqual(len([r for r in self.changes() if "gender" in r["fields_changed"]]), 20)
