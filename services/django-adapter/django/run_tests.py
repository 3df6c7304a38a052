#!/usr/bin/env python3
"""Runs the tests: `run_tests.py [--database sqlite|postgres|both] [name …]`.

Finds a Python that has Django, starts a PostgreSQL of its own and takes it down again. The last line is
`N passed, N failed, N skipped`.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TOTALS = re.compile(r"^(\d+) passed, (\d+) failed, (\d+) skipped$")


def python_with(module):
    """The first of the usual Pythons that can import a module."""
    virtual = os.environ.get("VIRTUAL_ENV")
    candidates = [
        os.environ.get("MEMBER_SYNC_PYTHON"), virtual and os.path.join(virtual, "bin", "python"), sys.executable,
        "python3", "/usr/bin/python3", "python",
    ]
    for candidate in candidates:
        if not candidate or not shutil.which(candidate):
            continue
        probe = subprocess.run([candidate, "-c", "import " + module], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if probe.returncode == 0:
            return candidate
    return None


def run_on(database, python, url, names):
    """Runs the suite on one database in a process of its own; returns (passed, failed, skipped)."""
    print("== %s" % database, flush=True)
    environment = dict(os.environ, MEMBER_SYNC_DB=url, DJANGO_SETTINGS_MODULE="tests.settings")
    process = subprocess.Popen(
        [python, "-m", "tests.runner"] + names, cwd=HERE, env=environment, stdout=subprocess.PIPE, universal_newlines=True)
    last = ""
    for line in process.stdout:
        last = line.strip() or last
        if not TOTALS.match(line.strip()):
            sys.stdout.write(line)
            sys.stdout.flush()
    process.wait()
    found = TOTALS.match(last)
    return tuple(int(n) for n in found.groups()) if found else (0, 1, 0)


def run_sqlite(python, names):
    folder = tempfile.mkdtemp(prefix="member-sync-")
    try:
        return run_on("sqlite", python, "sqlite:///%s/test.sqlite3" % folder, names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_postgres(python, names):
    from tests.postgres import NotInstalled, Postgres

    probe = subprocess.run([python, "-c", "import psycopg2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if probe.returncode != 0:
            raise NotInstalled("psycopg2 is missing: apt-get install python3-psycopg2, or pip install psycopg2-binary")
        with Postgres() as server:
            return run_on("postgres", python, server.url, names)
    except NotInstalled as missing:
        print("postgres: %s. Without it: --database sqlite" % missing)
        return 0, 1, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("names", nargs="*", help="tests.test_apply and the like; all when none is given")
    options = parser.parse_args()
    python = python_with("django")
    totals = []
    if python is None:
        print("No Python here has Django: apt-get install python3-django, or pip install Django and set MEMBER_SYNC_PYTHON.")
        totals.append((0, 1, 0))
    else:
        if options.database in ("sqlite", "both"):
            totals.append(run_sqlite(python, options.names))
        if options.database in ("postgres", "both"):
            totals.append(run_postgres(python, options.names))
    passed, failed, skipped = (sum(column) for column in zip(*totals))
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped), flush=True)
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
