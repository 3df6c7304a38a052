"""The fallback for databases without our triggers: sees what goes through save() and delete(), nothing else.

What stood before is read from the database, never from the instance: an instance loaded earlier knows nothing of
edits made since.
"""
from django.db import connections
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from ..mapping import get_mapping
from ..wire import key_of, raw_json
from .mode import capture_mode
from .record import record_change

_BEFORE = "_member_sync_before"


def connect():
    for signal, receiver in (
        (pre_save, before_save), (post_save, after_save), (pre_delete, before_delete), (post_delete, after_delete),
    ):
        signal.connect(receiver, dispatch_uid="member_sync_" + receiver.__name__)


def _table_of(sender, using):
    mapping = get_mapping()
    if using != mapping.alias or capture_mode(connections[using]) != "signals":
        return None
    concrete = sender._meta.concrete_model
    return next((table for table in mapping.tables if table.model is concrete), None)


def _stored(table, instance, using):
    """{short name: raw value} of the row as it stands, with the members it belongs to."""
    row = table.model._base_manager.using(using).filter(pk=instance.pk).first()
    if row is None:
        return {}, []
    return {c.short: raw_json(getattr(row, c.field.attname)) for c in table.columns}, _members(table, row, using)


def _members(table, row, using):
    mapping = get_mapping()
    if table.kind == "root":
        return [(key_of(row), row.pk)]
    members = mapping.model._base_manager.using(using)
    if table.kind == "reverse":
        field = table.relation.field
        members = members.filter(**{field.target_field.name: getattr(row, field.attname)})
    else:
        target = table.relation.target_field
        members = members.filter(**{table.relation.attname: getattr(row, target.attname)})
    return [(key_of(member), member.pk) for member in members]


def before_save(sender, instance, using, **kwargs):
    table = _table_of(sender, using)
    if table is not None:
        setattr(instance, _BEFORE, _stored(table, instance, using) if instance.pk is not None else ({}, []))


def after_save(sender, instance, using, **kwargs):
    table = _table_of(sender, using)
    if table is None:
        return
    before, owners_before = getattr(instance, _BEFORE, ({}, []))
    after, owners = _stored(table, instance, using)
    changed = {k: v for k, v in after.items() if before.get(k) != v}
    if table.kind != "root":
        for owner in owners_before:
            if owner not in owners:
                record_change(owner[0], owner[1], "update", {k: None for k, v in before.items() if v is not None})
        for owner in owners:
            mine = changed if owner in owners_before else {k: v for k, v in after.items() if v is not None}
            if mine:
                record_change(owner[0], owner[1], "update", mine)
        return
    for ssn, pk in owners:
        old = owners_before[0][0] if owners_before else None
        if old is None:
            record_change(ssn, pk, "create", changed)
        elif changed or old != ssn:
            record_change(ssn, pk, "update", changed, previous_ssn=old if old != ssn else None)


def before_delete(sender, instance, using, **kwargs):
    table = _table_of(sender, using)
    if table is not None:
        setattr(instance, _BEFORE, _stored(table, instance, using))


def after_delete(sender, instance, using, **kwargs):
    table = _table_of(sender, using)
    if table is None:
        return
    before, owners = getattr(instance, _BEFORE, ({}, []))
    for ssn, pk in owners:
        if table.kind == "root":
            record_change(ssn, pk, "delete", {"ssn": ssn})
        else:
            gone = {k: None for k, v in before.items() if v is not None}
            if gone and table.kind == "reverse":
                record_change(ssn, pk, "update", gone)
