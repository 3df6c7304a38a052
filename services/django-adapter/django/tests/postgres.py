"""A PostgreSQL server for one test run, in a folder of its own."""
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time


class NotInstalled(Exception):
    pass


def binaries():
    found = shutil.which("initdb")
    places = [os.path.dirname(found)] if found else []
    places += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True) + glob.glob("/opt/homebrew/opt/postgresql*/bin")
    for place in places:
        if os.path.exists(os.path.join(place, "postgres")):
            return place
    raise NotInstalled("the PostgreSQL server is missing: apt-get install postgresql")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    def __enter__(self):
        place = binaries()
        self.folder = tempfile.mkdtemp(prefix="member-sync-pg-")
        # PostgreSQL refuses to run as root.
        self.before = []
        if os.getuid() == 0:
            self.before = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            shutil.chown(self.folder, "nobody", "nogroup")
        self.port = free_port()
        data = os.path.join(self.folder, "data")
        self.log = open(os.path.join(self.folder, "log"), "wb")
        subprocess.run(
            self.before + [os.path.join(place, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                           "--no-locale", "--no-sync"],
            check=True, stdout=self.log, stderr=self.log, cwd=self.folder)
        self.server = subprocess.Popen(
            self.before + [os.path.join(place, "postgres"), "-D", data, "-p", str(self.port), "-k", self.folder,
                           "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "full_page_writes=off",
                           "-c", "max_connections=60"],
            stdout=self.log, stderr=self.log, cwd=self.folder)
        self._wait()
        return self

    def _wait(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.__exit__(None, None, None)
        raise RuntimeError("PostgreSQL did not start")

    @property
    def url(self):
        return "postgres://postgres@127.0.0.1:%d/postgres" % self.port

    def __exit__(self, *args):
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            try:
                self.server.wait(10)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
