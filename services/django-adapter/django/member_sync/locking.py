"""The rows of a batch, locked in one order everywhere: members by key, their related rows, their states."""
import json

import django

from . import clock, lineage
from .kennitala import chunks
from .mapping import get_mapping
from .members import keyed
from .models import MemberSyncState, MemberSyncWrite
from .wire import key_of
from .write import Target

# A row someone else inserts for the member checks its foreign key at commit; a full lock on the member would hold that up.
LIGHT = {"no_key": True} if django.VERSION >= (3, 2) else {}


class Locked:
    def __init__(self, targets, states, writes):
        #: The row of the present lineage; None where no change of the batch gives a lineage or a time.
        self.present = None
        self._targets = targets
        self._states = states
        self._touched = set()
        self._new_writes = []
        self.writes = writes

    def member(self, ssn):
        """(Target, state or None); read again when an earlier change of this batch wrote to it."""
        if ssn in self._touched:
            self._touched.discard(ssn)
            self._targets[ssn] = _targets([ssn]).get(ssn, Target())
            self._states[ssn] = _states([ssn]).get(ssn)
        return self._targets.setdefault(ssn, Target()), self._states.get(ssn)

    def why_foreign(self, change):
        """Why the change was not made for this history of the database, or None.

        A first create for a member names no lineage, because its sender has not heard of one. A copy of it that comes
        after a restore would bring its old values back as new ones: only the time shows that it is older.
        """
        if change.lineage is not None and change.lineage != self.present.lineage:
            return "The change was made for another history of this database."
        is_first = change.lineage is None and change.expected is None and change.emitted_at is not None
        if is_first and change.emitted_at <= clock.epoch_ms(self.present.since):
            return "The change was made before this history of the database began."
        return None

    def touch(self, ssn):
        self._touched.add(ssn)

    def remember(self, change, outcome):
        write = MemberSyncWrite(
            write_id=change.write_id, ssn=change.ssn, status=outcome.status, errors=json.dumps(outcome.errors),
            updated_fields=json.dumps(outcome.updated), applied_at=clock.now())
        self.writes[change.write_id] = write
        self._new_writes.append(write)

    def store_writes(self):
        MemberSyncWrite.objects.using(get_mapping().alias).bulk_create(self._new_writes)


def lock(changes):
    ssns = sorted({change.ssn for change in changes})
    targets = _targets(ssns)
    states = _states(ssns)
    # Only now: a racing duplicate has waited above, and sees what the winner stored.
    ids = [change.write_id for change in changes if change.guarded]
    writes = MemberSyncWrite.objects.using(get_mapping().alias).in_bulk(ids) if ids else {}
    locked = Locked(targets, states, writes)
    if any(change.lineage is not None or change.emitted_at is not None for change in changes):
        locked.present = lineage.row()
    return locked


def _states(ssns):
    rows = MemberSyncState.objects.using(get_mapping().alias).select_for_update()
    return {state.ssn: state for state in rows.filter(ssn__in=ssns).order_by("ssn")}


def _targets(ssns):
    mapping = get_mapping()
    members = mapping.model._base_manager.using(mapping.alias).select_for_update(**LIGHT)
    targets = {}
    for part in chunks(ssns):
        for member in members.filter(keyed(part)).order_by(mapping.key.name):
            targets.setdefault(key_of(member), Target(member))
    for table in mapping.tables[1:]:
        rows = table.model._base_manager.using(mapping.alias).select_for_update(**LIGHT).order_by("pk")
        if table.kind == "reverse":
            field = table.relation.field
            name, theirs, ours = field.name + "__in", field.attname, field.target_field.attname
        else:
            target = table.relation.target_field
            name, theirs, ours = target.name + "__in", target.attname, table.relation.attname
        wanted = {getattr(t.member, ours) for t in targets.values()} - {None}
        found = {getattr(row, theirs): row for part in chunks(sorted(wanted)) for row in rows.filter(**{name: part})}
        for target in targets.values():
            row = found.get(getattr(target.member, ours))
            if row is not None:
                target.related[table] = row
    return targets
