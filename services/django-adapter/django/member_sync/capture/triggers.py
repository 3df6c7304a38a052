"""Installs, drops and reports the triggers of whichever database is at hand, and steps aside for migrations."""
from django.db import connections

from ..mapping import get_mapping
from . import gap, postgres, sqlite
from .mode import capture_mode

OUR_TABLES = ("member_sync_queue", "member_sync_state", "member_sync_context")


def _backend(connection):
    return {"sqlite": sqlite, "postgresql": postgres}.get(connection.vendor)


def have_our_tables(connection):
    return set(OUR_TABLES) <= set(connection.introspection.table_names())


def install(using=None):
    mapping = get_mapping()
    connection = connections[using or mapping.alias]
    return _backend(connection).install(connection, mapping)


def drop(using=None):
    connection = connections[using or get_mapping().alias]
    return _backend(connection).drop(connection)


def status(using=None):
    mapping = get_mapping()
    connection = connections[using or mapping.alias]
    return _backend(connection).status(connection, mapping)


def before_migrate(sender, using, plan=None, **kwargs):
    """SQLite rebuilds tables by renaming, which our triggers would break; and no trigger may outlive our tables."""
    connection = connections[using]
    backend = _backend(connection)
    if backend is None or using != get_mapping().alias or not plan:
        return
    leaves = any(migration.app_label == "member_sync" and backwards for migration, backwards in plan)
    if connection.vendor == "sqlite" and not leaves and have_our_tables(connection):
        gap.look(connection)
    if connection.vendor == "sqlite" or leaves:
        backend.drop(connection)


def after_migrate(sender, using, **kwargs):
    connection = connections[using]
    backend = _backend(connection)
    if backend is None or using != get_mapping().alias:
        return
    if have_our_tables(connection) and capture_mode(connection) == "triggers":
        backend.install(connection, get_mapping())
        gap.close(connection)
    else:
        backend.drop(connection)
