"""The id of this database's history.

Revisions count within one history. A database that was restored from a dump counts on from older revisions: the new id,
written by `member_sync_restored`, lets the sync recognise that.
"""
import uuid

from django.db import connections, transaction

from . import clock
from .mapping import get_mapping
from .models import MemberSyncLineage

ONLY = 1


def current():
    """The id; made where there is none yet."""
    return row().lineage


def row():
    """The row of the present lineage: its id, and `since`, the time at which it began. Made where there is none yet."""
    found = list(_rows().filter(pk=ONLY))
    return found[0] if found else _rows().get_or_create(pk=ONLY, defaults=_fresh())[0]


def since():
    """When the current id was made, as ISO 8601, or None."""
    return clock.iso(_rows().filter(pk=ONLY).values_list("since", flat=True).first())


def renew():
    """Gives the database a new id and returns it."""
    with transaction.atomic(using=get_mapping().alias):
        return _rows().update_or_create(pk=ONLY, defaults=_fresh())[0].lineage


def after_migrate(sender, using, **kwargs):
    """Makes the id in a new database. The table is not there after a migration back to zero."""
    if using != get_mapping().alias:
        return
    if MemberSyncLineage._meta.db_table in connections[using].introspection.table_names():
        current()


def _rows():
    return MemberSyncLineage.objects.using(get_mapping().alias)


def _fresh():
    return {"lineage": uuid.uuid4().hex, "since": clock.now()}
