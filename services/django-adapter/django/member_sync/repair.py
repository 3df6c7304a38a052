"""Finds what capture missed and puts it into the outbox: members never captured, and rows that came or went unseen."""
from django.db import transaction

from .capture.record import record_change
from .kennitala import is_plain
from .mapping import get_mapping
from .models import MemberSyncState
from .members import members_query
from .wire import key_of


def to_backfill(everyone=False):
    """(ssn, pk) of the members to send."""
    query = members_query().order_by("pk")
    if not everyone:
        query = query.filter(sync_revision__isnull=True)
    return query.values_list("sync_key", "pk").iterator()


def backfill(everyone=False, batch=500):
    """Puts members into the outbox; returns how many. `everyone`: also those who were removed, whose removal may have
    been lost on its way."""
    done, group = _record_removed() if everyone else 0, []
    for item in list(to_backfill(everyone)):
        group.append(item)
        if len(group) >= batch:
            done += _record(group, "update" if everyone else "create")
            group = []
    return done + _record(group, "update" if everyone else "create")


def _record(members, action):
    """Under lock: a member that was deleted meanwhile is not sent as if it were there."""
    mapping = get_mapping()
    done = 0
    with transaction.atomic(using=mapping.alias):
        pks = [pk for _, pk in members]
        rows = mapping.model._base_manager.using(mapping.alias).select_for_update().filter(pk__in=pks)
        for row in rows.order_by(mapping.key.name):
            record_change(key_of(row), row.pk, action, {}, origin="backfill")
            done += 1
    return done


def _record_removed():
    gone = list(MemberSyncState.objects.using(get_mapping().alias).filter(is_present=False))
    for state in gone:
        record_change(state.ssn, state.django_id, "delete", {"ssn": state.ssn}, origin="backfill")
    return len(gone)


def verify(repair=False):
    """{finding: count}."""
    unseen = list(to_backfill())
    vanished = list(_vanished())
    keys = members_query().values_list(get_mapping().key.name, flat=True)
    odd = sum(1 for key in keys if not is_plain(key))
    if repair:
        _record(unseen, "create")
        for state in vanished:
            record_change(state.ssn, state.django_id, "delete", {"ssn": state.ssn}, origin="repair")
    return {
        "members never captured": len(unseen),
        "members that vanished unseen": len(vanished),
        "members that cannot be found under their key": odd,
    }


def _vanished():
    present = set(members_query().values_list("sync_key", flat=True))
    states = MemberSyncState.objects.using(get_mapping().alias).filter(is_present=True)
    return (state for state in states.iterator() if state.ssn not in present)
