"""The example as it is started by `npm start`: a process of its own."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from .base import SSN

SERVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "example", "serve.py")


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="member-sync-serve-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        environment = dict(
            os.environ, DJANGO_SETTINGS_MODULE="project.settings", MEMBER_SYNC_DB="sqlite:///%s/db.sqlite3" % self.folder,
            MEMBER_SYNC_TOKEN=" t \n", MEMBER_SYNC_ADMIN_USER="stjorn", MEMBER_SYNC_ADMIN_PASSWORD="pw",
            MEMBER_SYNC_SECRET_KEY="k")
        self.process = subprocess.Popen([sys.executable, SERVE, "127.0.0.1:0"], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.addCleanup(self.stop)
        line = self.process.stdout.readline()
        self.assertTrue(line.startswith("ready http://127.0.0.1:"), line)
        self.connection = http.client.HTTPConnection(line.strip().rsplit("/", 1)[1], timeout=10)
        self.addCleanup(self.connection.close)

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def call(self, method, path, body=None):
        headers = {"Authorization": "Token t"}
        self.connection.request(method, "/felagar/" + path, body and json.dumps(body), headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def test_it_answers_on_one_connection_without_delay_and_ends_when_told(self):
        self.assertEqual(self.call("POST", "api/members/", {"ssn": SSN, "name": "Anna"})[0], 201)
        took = []
        for _ in range(50):
            started = time.monotonic()
            self.assertEqual(self.call("GET", "api/sync/member/%s/" % SSN)[0], 200)
            took.append(time.monotonic() - started)
        # Nagle with delayed acknowledgement costs 40 ms each; a busy machine does not slow the quickest that much.
        self.assertLess(min(took), 0.03)
        self.assertEqual(self.call("GET", "api/sync/member/0202303069/")[0], 404)
        self.assertEqual(self.call("POST", "api/sync/apply/", {"x": "y" * 6000000})[0], 413)
        self.assertEqual(self.call("GET", "api/sync/status/")[0], 200)
        self.assertIn(b"csrfmiddlewaretoken", self.call("GET", "admin/login/")[1])
        self.connection.request("GET", "/static/admin/css/base.css")
        self.assertEqual(self.connection.getresponse().read()[:1] != b"", True)
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=10)
        self.assertLess(time.monotonic() - started, 3)
        self.assertEqual(self.process.returncode, 0)
        self.assertNotIn(SSN, out + err)
        self.assertNotIn("0202303069", out + err)
