"""Runs the suite on the database of MEMBER_SYNC_DB and prints the totals alone on the last line."""
import sys
import time
import unittest

import django
from django.db.backends.signals import connection_created


def without_waiting_for_the_disk(connection, **kwargs):
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA synchronous = OFF")


def main(names):
    django.setup()
    from django.test.utils import setup_test_environment, teardown_test_environment
    from django.test.runner import DiscoverRunner

    connection_created.connect(without_waiting_for_the_disk)
    setup_test_environment()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    loader = unittest.defaultTestLoader
    suite = loader.loadTestsFromNames(names) if names else loader.discover("tests", top_level_dir=".")
    started = time.monotonic()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    runner.teardown_databases(databases)
    teardown_test_environment()
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    for test, reason in result.skipped:
        print("skipped %s: %s" % (test, reason))
    print("%.1f s, Django %s" % (time.monotonic() - started, django.get_version()))
    passed = result.testsRun - failed - len(result.skipped)
    print("%d passed, %d failed, %d skipped" % (passed, failed, len(result.skipped)), flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
