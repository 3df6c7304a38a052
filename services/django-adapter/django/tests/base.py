"""What the tests share: a clean database that commits for real, a client with the token, and sample members."""
import json
import threading

from django.db import connection, connections
from django.test import Client, TransactionTestCase

from felagar.models import Address, ContactInfo, Member
from member_sync.models import MemberSyncContext, MemberSyncQueue, MemberSyncState, MemberSyncWrite
from tests.hostapp.models import Home, Person

TABLES = [Address, ContactInfo, Member, Person, Home, MemberSyncQueue, MemberSyncState, MemberSyncWrite, MemberSyncContext]
SSN = "0101302989"


def sql(statement, params=None):
    """Straight to the database, as another program would write."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


class SyncTestCase(TransactionTestCase):
    """Commits for real; cleans only its own tables, which is ten times faster than a flush."""

    def _fixture_teardown(self):
        for model in TABLES:
            sql('DELETE FROM "%s"' % model._meta.db_table)
        sql("DELETE FROM django_admin_log")
        sql("DELETE FROM django_session")
        sql("DELETE FROM auth_user")

    def setUp(self):
        self.client = Client(HTTP_AUTHORIZATION="Token first-token")

    def url(self, path):
        return "/felagar/api/sync/" + path

    def get(self, path, status=200):
        response = self.client.get(self.url(path))
        self.assertEqual(response.status_code, status, response.content[:300])
        return json.loads(response.content.decode())

    def post(self, path, body, status=200):
        text = body if isinstance(body, (str, bytes)) else json.dumps(body)
        response = self.client.post(self.url(path), text, content_type="application/json")
        self.assertEqual(response.status_code, status, response.content[:300])
        return json.loads(response.content.decode())

    def changes(self):
        return self.get("changes/")["changes"]

    def drain(self):
        """Reads what waits and marks it."""
        found = self.changes()
        self.post("mark-synced/", {"sync_ids": [row["id"] for row in found]})
        return found

    def one(self):
        found = self.drain()
        self.assertEqual(len(found), 1, found)
        return found[0]

    def none(self):
        self.assertEqual(self.changes(), [])

    def apply(self, *changes):
        return self.post("apply/", {"changes": list(changes)})["results"]

    def revision(self, ssn=SSN):
        return MemberSyncState.objects.get(ssn=ssn).revision

    def command(self, changes, write_id="w1", expected="now", ssn=SSN, action="update"):
        if expected == "now":
            expected = self.revision(ssn)
        return {"kennitala": ssn, "action": action, "changes": changes, "write_id": write_id, "expected_revision": expected}


def make_member(ssn=SSN, name="Jón", **own):
    member = Member.objects.create(ssn=ssn, name=name, **own)
    ContactInfo.objects.create(member=member, phone="5551234", email="jon@example.is")
    Address.objects.create(member=member, street="Laugavegur 1", postal_code="101", city="Reykjavík")
    return member


def in_threads(count, work):
    """Runs work(n) in threads at once, each with a connection of its own; raises what they raise."""
    errors, barrier = [], threading.Barrier(count)

    def run(n):
        try:
            barrier.wait(10)
            work(n)
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]
