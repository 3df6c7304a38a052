"""Triggers for SQLite.

A trigger body works on a set of members (`SELECT ssn, django_id`): for the member's own table that is the row itself,
for a related table the members it belongs to. Nothing here relies on a conflict clause: the outer statement's own
(`INSERT OR REPLACE`) would override it.
"""

NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
TX = "(SELECT tx FROM member_sync_context WHERE id = 1)"


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def text(value):
    return "'%s'" % value.replace("'", "''")


def key_of(row, mapping):
    return "replace(replace(%s.%s, '-', ''), ' ', '')" % (row, quoted(mapping.key.column))


def pk_of(row, mapping):
    return "%s.%s" % (row, quoted(mapping.model._meta.pk.column))


def own(row, mapping):
    return "SELECT %s AS ssn, CAST(%s AS TEXT) AS django_id WHERE %s.%s <> ''" % (
        key_of(row, mapping), pk_of(row, mapping), row, quoted(mapping.key.column))


def owners(table, row, mapping):
    """The members that a row of a related table belongs to."""
    if table.kind == "reverse":
        link, target = table.relation.field.column, table.relation.field.target_field.column
        where = "r.%s = %s.%s" % (quoted(target), row, quoted(link))
    else:
        link, target = table.relation.column, table.relation.target_field.column
        where = "r.%s = %s.%s" % (quoted(link), row, quoted(target))
    return "SELECT %s AS ssn, CAST(%s AS TEXT) AS django_id FROM %s r WHERE %s AND r.%s <> ''" % (
        key_of("r", mapping), pk_of("r", mapping), quoted(mapping.root.name), where, quoted(mapping.key.column))


def diff(parts):
    """JSON of (short name, value, condition) triples."""
    if not parts:
        return "'{}'"
    selects = ["SELECT %s AS k, %s AS v WHERE %s" % (text(k), value, condition) for k, value, condition in parts]
    return "(SELECT json_group_object(k, v) FROM (%s))" % " UNION ALL ".join(selects)


def merged(new):
    return (
        "(SELECT json_group_object(k, v) FROM (SELECT o.key AS k, o.value AS v FROM json_each(fields_changed) o"
        " WHERE o.key NOT IN (SELECT n.key FROM json_each({new}) n)"
        " UNION ALL SELECT n.key, n.value FROM json_each({new}) n))"
    ).format(new=new)


def body(members, action, changed, previous="NULL"):
    """State first, then the outbox: into this transaction's row of that member, or a new one."""
    fields = changed if action == "delete" else merged(changed)
    act = "action" if action == "update" else text(action)
    return """
  INSERT INTO member_sync_state (ssn, revision, write_id, django_id, is_present, changed_at)
    SELECT m.ssn, 0, NULL, m.django_id, {present}, {now} FROM ({members}) m
    WHERE NOT EXISTS (SELECT 1 FROM member_sync_state s WHERE s.ssn = m.ssn);
  UPDATE member_sync_state SET revision = revision + 1, changed_at = {now}, is_present = {present},
    django_id = (SELECT m.django_id FROM ({members}) m WHERE m.ssn = member_sync_state.ssn)
    WHERE ssn IN (SELECT m.ssn FROM ({members}) m);
  UPDATE member_sync_queue SET action = {act}, fields_changed = {fields},
    revision = (SELECT s.revision FROM member_sync_state s WHERE s.ssn = member_sync_queue.ssn)
    WHERE tx = {tx} AND synced_at IS NULL AND ssn IN (SELECT m.ssn FROM ({members}) m);
  INSERT INTO member_sync_queue (ssn, previous_ssn, django_id, action, fields_changed, created_at, synced_at,
    sync_status, error_message, revision, actor, origin, tx)
    SELECT m.ssn, {previous}, m.django_id, {action}, {changed}, {now}, NULL, 'pending', '',
      (SELECT s.revision FROM member_sync_state s WHERE s.ssn = m.ssn),
      (SELECT actor FROM member_sync_context WHERE id = 1), '', {tx}
    FROM ({members}) m
    WHERE NOT EXISTS (SELECT 1 FROM member_sync_queue q WHERE q.tx = {tx} AND q.ssn = m.ssn AND q.synced_at IS NULL);
""".format(now=NOW, tx=TX, members=members, act=act, action=text(action), fields=fields, changed=changed,
           previous=previous, present=0 if action == "delete" else 1)


def rekeyed(mapping):
    """The old key's revision grows too, and what still waits under it goes along to the new key."""
    old, new = key_of("OLD", mapping), key_of("NEW", mapping)
    return """
  UPDATE member_sync_state SET revision = revision + 1, changed_at = {now}, is_present = 0
    WHERE ssn = {old} AND {old} <> {new};
  UPDATE member_sync_queue SET previous_ssn = coalesce(previous_ssn, {old}), ssn = {new}
    WHERE ssn = {old} AND synced_at IS NULL AND {old} <> {new};
""".format(now=NOW, old=old, new=new)


def trigger(table, operation, when, statements):
    name = "member_sync_%s_%s" % (table.name, operation.lower())
    return name, "CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW WHEN %s BEGIN%sEND" % (
        quoted(name), operation, quoted(table.name), when, statements)


def root_triggers(table, mapping):
    new, changed, watched = [], [], [mapping.key.column]
    for column in table.columns:
        c = quoted(column.field.column)
        new.append((column.short, "NEW." + c, "NEW.%s IS NOT NULL" % c))
        changed.append((column.short, "NEW." + c, "NEW.{0} IS NOT OLD.{0}".format(c)))
        watched.append(column.field.column)
    for related in (t for t in mapping.tables if t.kind == "forward"):
        link = quoted(related.relation.column)
        watched.append(related.relation.column)
        for column in related.columns:
            value = "(SELECT f.%s FROM %s f WHERE f.%s = NEW.%s)" % (
                quoted(column.field.column), quoted(related.name), quoted(related.relation.target_field.column), link)
            new.append((column.short, value, "NEW.%s IS NOT NULL" % link))
            changed.append((column.short, value, "NEW.{0} IS NOT OLD.{0}".format(link)))
    differs = " OR ".join("NEW.{0} IS NOT OLD.{0}".format(quoted(c)) for c in watched)
    previous = "CASE WHEN {0} <> {1} THEN {0} END".format(key_of("OLD", mapping), key_of("NEW", mapping))
    gone = "json_object('ssn', %s)" % key_of("OLD", mapping)
    yield trigger(table, "INSERT", "1", body(own("NEW", mapping), "create", diff(new)))
    yield trigger(table, "UPDATE", differs,
                  rekeyed(mapping) + body(own("NEW", mapping), "update", diff(changed), previous))
    yield trigger(table, "DELETE", "1", body(own("OLD", mapping), "delete", gone))


def reverse_triggers(table, mapping):
    columns = [(column.short, quoted(column.field.column)) for column in table.columns]
    link = quoted(table.relation.field.column)
    new = diff([(k, "NEW." + c, "NEW.%s IS NOT NULL" % c) for k, c in columns])
    changed = diff([(k, "NEW." + c, "NEW.{0} IS NOT OLD.{0}".format(c)) for k, c in columns])
    gone = diff([(k, "NULL", "OLD.%s IS NOT NULL" % c) for k, c in columns])
    has_new = " OR ".join("NEW.%s IS NOT NULL" % c for _, c in columns)
    has_old = " OR ".join("OLD.%s IS NOT NULL" % c for _, c in columns)
    differs = " OR ".join("NEW.{0} IS NOT OLD.{0}".format(c) for c in [link] + [c for _, c in columns])
    same = " AND NEW.{0} IS OLD.{0}".format(link)
    moved = " AND NEW.{0} IS NOT OLD.{0}".format(link)
    owner_new, owner_old = owners(table, "NEW", mapping), owners(table, "OLD", mapping)
    yield trigger(table, "INSERT", has_new, body(owner_new, "update", new))
    yield trigger(table, "UPDATE", differs, body(owner_new + same, "update", changed)
                  + body(owner_old + moved, "update", gone) + body(owner_new + moved, "update", new))
    yield trigger(table, "DELETE", has_old, body(owner_old, "update", gone))


def forward_triggers(table, mapping):
    columns = [(column.short, quoted(column.field.column)) for column in table.columns]
    differs = " OR ".join("NEW.{0} IS NOT OLD.{0}".format(c) for _, c in columns)
    changed = diff([(k, "NEW." + c, "NEW.{0} IS NOT OLD.{0}".format(c)) for k, c in columns])
    yield trigger(table, "UPDATE", differs, body(owners(table, "NEW", mapping), "update", changed))


BY_KIND = {"root": root_triggers, "reverse": reverse_triggers, "forward": forward_triggers}


def expected(mapping):
    """{trigger name: (table, statement)} for the whole mapping."""
    return {name: (table.name, sql) for table in mapping.tables for name, sql in BY_KIND[table.kind](table, mapping)}


def installed(connection):
    """{trigger name: statement} as they stand in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'member\\_sync\\_%' ESCAPE '\\'")
        return dict(cursor.fetchall())


def install(connection, mapping):
    """Makes the triggers what they should be; returns the names of those that were written."""
    wanted, present = expected(mapping), installed(connection)
    tables = set(connection.introspection.table_names())
    written = []
    with connection.cursor() as cursor:
        for name in set(present) - set(wanted):
            cursor.execute("DROP TRIGGER IF EXISTS %s" % quoted(name))
        for name, (table, sql) in wanted.items():
            if table in tables and present.get(name) != sql:
                cursor.execute("DROP TRIGGER IF EXISTS %s" % quoted(name))
                cursor.execute(sql)
                written.append(name)
    return written


def drop(connection):
    names = list(installed(connection))
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute("DROP TRIGGER IF EXISTS %s" % quoted(name))
    return names


def status(connection, mapping):
    """{trigger name: "installed" | "missing" | "outdated" | "unexpected"}"""
    wanted, present = expected(mapping), installed(connection)
    answer = {name: "unexpected" for name in present if name not in wanted}
    for name, (_, sql) in wanted.items():
        answer[name] = "missing" if name not in present else "installed" if present[name] == sql else "outdated"
    return answer
