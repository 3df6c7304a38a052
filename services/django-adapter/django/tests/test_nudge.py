"""The nudge: sent after commits, signed, and never in the way."""
import base64
import hashlib
import hmac
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from unittest import mock

from django.conf import settings
from django.db import transaction
from django.test import override_settings

from felagar.models import Member
from member_sync import nudge

from .base import SSN, SyncTestCase, make_member

KEYS = [b"a key of some length", b"another key, on its way in"]
SECRETS = ["whsec_" + base64.b64encode(key).decode() for key in KEYS]


class Receiver:
    """A server that keeps what it is sent; `arrived` is set by each request."""

    def __enter__(self):
        self.requests, self.arrived = [], threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append((self.path, dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()
                outer.arrived.set()

            def log_message(self, *args):
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    @property
    def settings(self):
        url = "http://127.0.0.1:%d/hooks/django" % self.server.server_port
        return override_settings(MEMBER_SYNC=dict(settings.MEMBER_SYNC, NUDGE_URL=url, NUDGE_SECRETS=SECRETS))

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


class Nudge(SyncTestCase):
    def test_a_commit_is_told_signed_with_both_secrets_and_without_data(self):
        with Receiver() as receiver, receiver.settings:
            make_member(name="Leynd")
            self.assertTrue(receiver.arrived.wait(5))
            path, headers, body = receiver.requests[0]
        headers = {name.lower(): value for name, value in headers.items()}
        self.assertEqual((path, body), ("/hooks/django", b'{"type": "django.changed"}'))
        signed = ("%s.%s." % (headers["webhook-id"], headers["webhook-timestamp"])).encode() + body
        expected = ["v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in KEYS]
        self.assertEqual(headers["webhook-signature"].split(" "), expected)

    def test_the_first_is_told_at_once_and_those_right_after_it_together(self):
        with Receiver() as receiver, receiver.settings, mock.patch.object(nudge, "COALESCE_SECONDS", 1.5):
            make_member()
            self.assertTrue(receiver.arrived.wait(1))
            receiver.arrived.clear()
            for name in "abcde":
                Member.objects.update(name=name)
            self.assertTrue(receiver.arrived.wait(5))
            time.sleep(0.2)
            self.assertEqual(len(receiver.requests), 2)

    def pokes_of(self, work):
        pokes = []
        original, nudge.poke = nudge.poke, lambda: pokes.append(1)
        try:
            work()
        finally:
            nudge.poke = original
        return len(pokes)

    def test_one_per_transaction_none_for_a_rollback_and_none_for_our_own(self):
        def rolled_back():
            with transaction.atomic():
                Member.objects.update(name="x")
                transaction.set_rollback(True)

        def together():
            with transaction.atomic():
                make_member()

        self.assertEqual(self.pokes_of(together), 1)
        self.assertEqual(self.pokes_of(rolled_back), 0)
        self.assertEqual(self.pokes_of(lambda: Member.objects.update(name="y")), 1)
        self.assertEqual(self.pokes_of(lambda: self.apply(self.command({"profile.name": "z"}))), 0)
        old_shape = {"kennitala": SSN, "action": "update", "changes": {"profile.name": "api"}}
        self.assertEqual(self.pokes_of(lambda: self.apply(old_shape)), 1)
        self.assertEqual(self.pokes_of(lambda: self.get("changes/")), 0)

    def test_a_rolled_back_savepoint_takes_only_its_own_nudge_along(self):
        def work():
            with transaction.atomic():
                with transaction.atomic():
                    Member.objects.update(name="x")
                    transaction.set_rollback(True)
                Member.objects.update(name="y")

        make_member()
        self.assertEqual(self.pokes_of(work), 1)

    def test_a_receiver_that_is_away_fails_no_save(self):
        with Receiver() as receiver:
            gone = receiver.settings
        failed = threading.Event()

        class Noticed(nudge.logging.Handler):
            def emit(self, record):
                failed.set()

        handler = Noticed()
        nudge.log.addHandler(handler)
        self.addCleanup(nudge.log.removeHandler, handler)
        nudge.log.setLevel("WARNING")
        self.addCleanup(nudge.log.setLevel, "NOTSET")
        nudge.log.propagate = False
        self.addCleanup(setattr, nudge.log, "propagate", True)
        with gone:
            make_member()
            self.assertTrue(failed.wait(5))
        self.assertEqual(Member.objects.count(), 1)

    def test_no_address_no_nudge(self):
        nudge._changed.clear()
        make_member()
        self.assertFalse(nudge._changed.is_set())
