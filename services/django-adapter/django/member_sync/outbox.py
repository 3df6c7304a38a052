"""Reads the outbox and marks it. A row is done when it is marked, never because a later one was read: rows become
visible in the order of their commits, not of their ids."""
import decimal
import json

from django.db.models import Min

from . import clock, members
from .kennitala import chunks
from .mapping import get_mapping
from .models import MemberSyncQueue
from .wire import to_wire


def rows():
    return MemberSyncQueue.objects.using(get_mapping().alias)


def pending(after=0, limit=100, since=None):
    """One page of what waits, oldest first, with each member as it stands now."""
    query = rows().filter(synced_at__isnull=True, id__gt=after).order_by("id")
    if since is not None:
        query = query.filter(created_at__gt=since)
    found = list(query[: limit + 1])
    page = found[:limit]
    standing = members.read({row.ssn for row in page})
    return [_as_json(row, standing[row.ssn]) for row in page], page[-1].id if len(found) > limit else None


def _as_json(row, standing):
    return {
        "id": row.id, "ssn": row.ssn, "action": row.action, "fields_changed": fields_of(row),
        "created_at": clock.iso(row.created_at), "revision": standing.revision, "record": standing.record,
        "life": standing.life, "actor": row.actor, "write_id": standing.write_id, "write_errors": standing.write_errors,
        "django_id": standing.pk, "previous_ssn": row.previous_ssn,
    }


def fields_of(row):
    by_short = get_mapping().by_short
    raw = json.loads(row.fields_changed or "{}", parse_float=decimal.Decimal)
    return {
        short: to_wire(by_short[short], value) if short in by_short else str(value)
        for short, value in raw.items() if short in by_short or short == "ssn"
    }


def mark(ids):
    """Marks rows as synced; returns how many were not yet."""
    marked = 0
    for part in chunks(ids, 500):
        waiting = rows().filter(id__in=part, synced_at__isnull=True)
        marked += waiting.update(synced_at=clock.now(), sync_status="synced")
    return marked


def mark_own(tx, ssns):
    """What this transaction wrote to these members was ours: it is known already."""
    for part in chunks(ssns):
        rows().filter(tx=tx, ssn__in=part, synced_at__isnull=True).update(
            synced_at=clock.now(), sync_status="synced", origin="apply")


def counts():
    waiting = rows().filter(synced_at__isnull=True)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return {
        "pending": waiting.count(),
        "synced": rows().filter(synced_at__isnull=False).count(),
        "failed": rows().filter(sync_status="failed").count(),
        "oldest_pending": clock.iso(oldest),
    }
