"""Applies changes from the other side: one transaction for all of them, and one each where that fails."""
import json
import logging

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connections, transaction

from . import clock, members, outbox
from .actor import acting_as, applying
from .capture.session import session_of
from .change import Change, Outcome, rejected
from .locking import lock
from .mapping import get_mapping
from .models import MemberSyncState, MemberSyncWrite
from .write import write

log = logging.getLogger("member_sync.apply")


class NotCaptured(Exception):
    """A write left no trace in the outbox: capture is broken, and nothing may be called done."""


def apply_batch(raw_changes):
    """One result per change, in their order."""
    changes = [Change(raw) for raw in raw_changes]
    good = [change for change in changes if change.problem is None]
    results = {}
    kinds = {change.guarded for change in good}
    if good and len(kinds) == 1:
        try:
            results = _together(good)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.info("a batch failed as a whole (%s); applying item by item", type(error).__name__)
    for change in good:
        if change not in results:
            results[change] = _alone(change)
    return [results.get(change) or _malformed(change) for change in changes]


def _together(changes):
    alias = get_mapping().alias
    if not changes[0].guarded:
        with acting_as("api"), transaction.atomic(using=alias):
            return _run(changes)
    with applying(), transaction.atomic(using=alias):
        return _run(changes)


def _run(changes):
    alias = get_mapping().alias
    session = session_of(connections[alias])
    # On SQLite this is the transaction's first statement and takes the write lock: no reading before it.
    session.enter()
    session.give_way()
    locked = lock(changes)
    tx = session.transaction_id()
    before, outcomes = {}, {}
    for change in changes:
        target, state = locked.member(change.ssn)
        before.setdefault(change.ssn, (state.revision if state else 0, target.values() if target.member else None))
        outcome = _decide(change, target, state, locked)
        outcomes[change] = outcome
        if outcome.status == "success" and not outcome.kept:
            locked.touch(change.ssn)
        if change.guarded and not outcome.kept and outcome.status in ("success", "rejected"):
            locked.remember(change, outcome)
    last = {change.ssn: change for change in changes if outcomes[change].status == "success" and not outcomes[change].kept}
    if changes[0].guarded:
        _stamp(last, alias)
        outbox.mark_own(tx, last)
        locked.store_writes()
    standing = members.read({change.ssn for change in changes})
    for ssn, change in last.items():
        _verify(change, standing[ssn], before[ssn])
    return {change: _result(change, outcomes[change], standing[change.ssn]) for change in changes}


def _decide(change, target, state, locked):
    foreign = locked.why_foreign(change)
    if foreign is not None:
        # Made for another history: its expected revision means other contents here, or, in a first create, nothing guards it.
        return Outcome("stale", foreign)
    if change.guarded:
        kept = locked.writes.get(change.write_id)
        if kept is not None and kept.ssn != change.ssn:
            return Outcome("error", "This write id was used for another member.")
        if kept is not None:
            if kept.status == "rejected":
                return rejected(json.loads(kept.errors), kept=True)
            return Outcome(kept.status, "Already applied.", json.loads(kept.updated_fields), json.loads(kept.errors), kept=True)
        if change.action == "cancel":
            return Outcome("rejected", "Cancelled.")
        # No revision expected: the member was never here. One that was leaves its revision behind, so that a create
        # which comes late does not bring back somebody who was deleted meanwhile.
        revision = state.revision if state else 0
        is_current = change.expected == revision or (change.expected is None and target.member is None and revision == 0)
        if not is_current:
            return Outcome("stale", "The member has changed since.")
    if target.member is None:
        if change.action == "delete" and change.guarded:
            return Outcome("success", "There is no such member.")
        is_creating = change.action in ("create", "upsert") or (change.guarded and change.expected is None)
        if not is_creating:
            return Outcome("error", "Member not found")
    return write(change, target)


def _stamp(last, alias):
    """Puts the write ids on the members' states. By plain statements: bulk_update() took a fifth of the time of a batch."""
    states = MemberSyncState.objects.using(alias)
    known = set(states.filter(ssn__in=list(last)).values_list("ssn", flat=True))
    states.bulk_create([
        MemberSyncState(ssn=ssn, write_id=change.write_id, changed_at=clock.now(), is_present=change.action != "delete")
        for ssn, change in last.items() if ssn not in known])
    meta, quote = MemberSyncState._meta, connections[alias].ops.quote_name
    names = [quote(name) for name in (meta.db_table, meta.get_field("write_id").column, meta.get_field("ssn").column)]
    with connections[alias].cursor() as cursor:
        cursor.executemany("UPDATE %s SET %s = %%s WHERE %s = %%s" % tuple(names), [
            (change.write_id, ssn) for ssn, change in last.items() if ssn in known])


def _verify(change, standing, before):
    """Nothing is called done that was not done."""
    revision, values = before
    if change.guarded and standing.write_id != change.write_id:
        raise NotCaptured("the write id does not stand on the member")
    if standing.record is None:
        if change.action == "delete":
            return
        raise NotCaptured("the member is not there after the write")
    after = {path: standing.record[path.split(".", 1)[0]][path.split(".", 1)[1]] for path in get_mapping().columns}
    if after != values and standing.revision == revision:
        raise NotCaptured("the write left no trace in the outbox")


def _alone(change):
    try:
        return _together([change])[change]
    except (OperationalError, InterfaceError):
        raise
    except ValidationError as error:
        outcome = rejected(_host_refusal(change, error))
    except (IntegrityError, DataError):
        refused = {"code": "invalid", "message": "The database does not accept these values together."}
        outcome = rejected({path: refused for path in change.values})
    except Exception as error:
        log.error("a change failed: %s", type(error).__name__)
        outcome = Outcome("error", "The change failed (%s)." % type(error).__name__)
    if change.guarded and outcome.status == "rejected":
        MemberSyncWrite.objects.using(get_mapping().alias).get_or_create(
            write_id=change.write_id,
            defaults=dict(ssn=change.ssn, status="rejected", errors=json.dumps(outcome.errors), applied_at=clock.now()),
        )
    return _result(change, outcome, members.read({change.ssn})[change.ssn])


def _host_refusal(change, error):
    """A ValidationError from the host's own save(), by path where it names fields."""
    named = set(error.message_dict) if hasattr(error, "error_dict") else set()
    columns = get_mapping().columns
    paths = [p for p in change.values if p in columns and columns[p].field.name in named] or list(change.values)
    return {path: {"code": "invalid", "message": "The application does not accept this value."} for path in paths}


def _result(change, outcome, standing):
    return {
        "ssn": change.ssn, "status": outcome.status, "message": outcome.message, "updated_fields": outcome.updated,
        "write_id": change.write_id, "revision": standing.revision, "record": standing.record, "life": standing.life,
        "django_id": standing.pk, "errors": outcome.errors, "warnings": outcome.warnings,
        "changed_at": clock.iso(standing.changed_at), "last_write_id": standing.write_id,
        "last_write_errors": standing.write_errors,
    }


def _malformed(change):
    ssn = change.given_ssn if isinstance(change.given_ssn, str) else None
    return {
        "ssn": ssn, "status": "error", "message": change.problem, "updated_fields": [],
        "write_id": change.write_id if isinstance(change.write_id, str) else None, "revision": None, "record": None,
        "life": None, "django_id": None, "errors": {}, "warnings": {}, "changed_at": None, "last_write_id": None,
        "last_write_errors": None,
    }
