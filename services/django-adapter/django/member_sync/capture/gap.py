"""SQLite has no triggers while it migrates: what a data migration does to members is found by looking before and after."""
from ..actor import acting_as
from ..kennitala import normalise
from ..mapping import get_mapping
from .record import record_change
from .sqlite import quoted

_seen = {}


def look(connection):
    """Remembers every member; called before the triggers go."""
    _seen[connection.alias] = members(connection)


def close(connection):
    """Records what differs from the last look; called when the triggers are back."""
    before = _seen.pop(connection.alias, None)
    if before is None:
        return
    after = members(connection)
    with acting_as("migration"):
        for pk, (ssn, values) in after.items():
            old_ssn, old = before.pop(pk, (None, {}))
            changed = {k: v for k, v in values.items() if k in old and old[k] != v}
            if old_ssn is None:
                record_change(ssn, pk, "create", values)
            elif changed or old_ssn != ssn:
                record_change(ssn, pk, "update", changed, previous_ssn=old_ssn if old_ssn != ssn else None)
        for pk, (ssn, _) in before.items():
            record_change(ssn, pk, "delete", {"ssn": ssn})


def members(connection):
    """{pk: (ssn, {short name: raw value})}, of the columns that are there at this point of the migrations."""
    mapping = get_mapping()
    meta = mapping.model._meta
    found = {}
    links = {t: t.relation.column if t.kind == "forward" else t.relation.field.target_field.column
             for t in mapping.tables[1:]}
    for row, values in _rows(connection, mapping.root, [meta.pk.column, mapping.key.column] + list(links.values())):
        pk, key = row[:2]
        if key:
            found[pk] = (normalise(key) or key, values, dict(zip(links, row[2:])))
    for table in links:
        target = table.relation.target_field.column if table.kind == "forward" else table.relation.field.column
        related = {row[0]: values for row, values in _rows(connection, table, [target])}
        for _, values, linked in found.values():
            values.update(related.get(linked[table], {}))
    return {pk: (ssn, values) for pk, (ssn, values, _) in found.items()}


def _rows(connection, table, keys):
    with connection.cursor() as cursor:
        present = set()
        if table.name in connection.introspection.table_names(cursor):
            present = {column.name for column in connection.introspection.get_table_description(cursor, table.name)}
        if not set(keys) <= present:
            return []
        columns = [column for column in table.columns if column.field.column in present]
        names = keys + [column.field.column for column in columns]
        cursor.execute("SELECT %s FROM %s" % (", ".join(quoted(name) for name in names), quoted(table.name)))
        return [(row[:len(keys)], {c.short: v for c, v in zip(columns, row[len(keys):])}) for row in cursor.fetchall()]
