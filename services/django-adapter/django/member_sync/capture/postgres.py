"""Triggers for PostgreSQL.

Columns are read through `to_jsonb(NEW)->'column'`, so that dropping a mapped column does not break every write.
The functions run as their owner: another program's role needs no rights on our tables. A migration replaces functions
only; a trigger is created once, since that takes an exclusive lock.
"""
import hashlib

from django.conf import settings
from django.db import connections

HELPER = "member_sync_record"


def quoted(name):
    return '"%s"' % name.replace('"', '""')


def text(value):
    return "'%s'" % value.replace("'", "''")


def _function(name, arguments, returns, body):
    digest = hashlib.sha256((arguments + body).encode("utf-8")).hexdigest()[:16]
    return digest, (
        "CREATE OR REPLACE FUNCTION %s(%s) RETURNS %s LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
        " AS $member_sync$ -- member_sync:%s\n%s$member_sync$" % (quoted(name), arguments, returns, digest, body)
    )


def helper_function():
    zone = "" if settings.USE_TZ else " AT TIME ZONE 'UTC'"
    return _function(HELPER, "p_key text, p_old_key text, p_id text, p_action text, p_changed jsonb", "void", """
DECLARE
  v_ssn text := replace(replace(p_key, '-', ''), ' ', '');
  v_old text := nullif(replace(replace(p_old_key, '-', ''), ' ', ''), replace(replace(p_key, '-', ''), ' ', ''));
  v_now {type} := clock_timestamp(){zone};
  v_tx text := txid_current()::text;
  v_revision bigint;
BEGIN
  IF coalesce(v_ssn, '') = '' OR length(v_ssn) > 32 THEN RETURN; END IF;
  IF v_old <> '' THEN
    UPDATE member_sync_state SET revision = revision + 1, changed_at = v_now, is_present = false WHERE ssn = v_old;
    UPDATE member_sync_queue SET previous_ssn = coalesce(previous_ssn, v_old), ssn = v_ssn
      WHERE ssn = v_old AND synced_at IS NULL;
  END IF;
  INSERT INTO member_sync_state AS s (ssn, revision, write_id, django_id, is_present, changed_at)
    VALUES (v_ssn, 1, NULL, p_id, p_action <> 'delete', v_now)
    ON CONFLICT (ssn) DO UPDATE SET revision = s.revision + 1, django_id = excluded.django_id,
      is_present = excluded.is_present, changed_at = excluded.changed_at
    RETURNING s.revision INTO v_revision;
  -- A row of this transaction is younger than its start: transaction ids begin anew in a restored cluster.
  UPDATE member_sync_queue q SET revision = v_revision,
      action = CASE WHEN p_action = 'update' THEN q.action ELSE p_action END,
      fields_changed = (CASE WHEN p_action = 'delete' THEN p_changed
                             ELSE q.fields_changed::jsonb || p_changed END)::text
    WHERE q.tx = v_tx AND q.ssn = v_ssn AND q.synced_at IS NULL AND q.created_at >= now(){zone};
  IF NOT FOUND THEN
    INSERT INTO member_sync_queue (ssn, previous_ssn, django_id, action, fields_changed, created_at, synced_at,
        sync_status, error_message, revision, actor, origin, tx)
      VALUES (v_ssn, v_old, p_id, p_action, p_changed::text, v_now, NULL, 'pending', '', v_revision,
        nullif(left(current_setting('member_sync.actor', true), 80), ''), '', v_tx);
  END IF;
END
""".format(type="timestamptz" if settings.USE_TZ else "timestamp", zone=zone))


def _compare(columns, condition="v_new->{c} IS DISTINCT FROM v_old->{c}"):
    lines = []
    for column in columns:
        lines.append("    IF %s THEN v_changed := v_changed || jsonb_build_object(%s, coalesce(v_new->%s, 'null')); END IF;" % (
            condition.format(c=text(column.field.column)), text(column.short), text(column.field.column)))
    return "\n".join(lines)


HEAD = """
DECLARE
  v_new jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}'::jsonb ELSE to_jsonb(NEW) END;
  v_old jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}'::jsonb ELSE to_jsonb(OLD) END;
  v_changed jsonb := '{}'::jsonb;
  v_member record;
BEGIN
"""


def root_body(table, mapping):
    key, pk = text(mapping.key.column), text(mapping.model._meta.pk.column)
    linked = []
    for related in (t for t in mapping.tables if t.kind == "forward"):
        values = ", ".join("%s, to_jsonb(f)->%s" % (text(c.short), text(c.field.column)) for c in related.columns)
        linked.append("""    IF coalesce(v_new->{link}, 'null') IS DISTINCT FROM coalesce(v_old->{link}, 'null') THEN
      v_changed := v_changed || coalesce((SELECT jsonb_build_object({values}) FROM {table} f
        WHERE to_jsonb(f)->{target} = v_new->{link}), {nothing});
    END IF;""".format(
            link=text(related.relation.column), target=text(related.relation.target_field.column), values=values,
            table=quoted(related.name),
            nothing="jsonb_build_object(%s)" % ", ".join("%s, NULL" % text(c.short) for c in related.columns)))
    links = "\n".join(linked)
    return HEAD + """
  IF TG_OP = 'DELETE' THEN
    PERFORM {helper}(v_old->>{key}, NULL, v_old->>{pk}, 'delete',
      jsonb_build_object('ssn', replace(replace(v_old->>{key}, '-', ''), ' ', '')));
  ELSIF TG_OP = 'INSERT' THEN
{given}
{links}
    PERFORM {helper}(v_new->>{key}, NULL, v_new->>{pk}, 'create', v_changed);
  ELSE
{compared}
{links}
    IF v_changed <> '{{}}'::jsonb OR v_new->>{key} IS DISTINCT FROM v_old->>{key} THEN
      PERFORM {helper}(v_new->>{key}, v_old->>{key}, v_new->>{pk}, 'update', v_changed);
    END IF;
  END IF;
  RETURN NULL;
END
""".format(helper=HELPER, key=key, pk=pk, links=links, compared=_compare(table.columns),
           given=_compare(table.columns, "v_new->>{c} IS NOT NULL"))


def related_body(table, mapping):
    """Members are told by the link's value; both of them when a row moves from one to another."""
    if table.kind == "reverse":
        link, target = table.relation.field.column, table.relation.field.target_field
    else:
        link, target = table.relation.target_field.column, table.relation
    link = text(link)
    # The cast goes to the value, so that the index on the member's column is used.
    loop = """    FOR v_member IN SELECT r.{key} AS key, r.{pk} AS id FROM {root} r WHERE r.{target} = (%s->>{link})::{type} LOOP
      PERFORM {helper}(v_member.key::text, NULL, v_member.id::text, 'update', v_changed);
    END LOOP;""".format(
        key=quoted(mapping.key.column), pk=quoted(mapping.model._meta.pk.column), root=quoted(mapping.root.name),
        target=quoted(target.column), type=target.rel_db_type(connections[mapping.alias]), link=link, helper=HELPER)
    return HEAD + """
  IF TG_OP = 'UPDATE' AND v_new->{link} IS DISTINCT FROM v_old->{link} THEN
{nulled}
{old_loop}
    v_changed := '{{}}'::jsonb;
    v_old := '{{}}'::jsonb;
  END IF;
{compared}
  IF v_changed <> '{{}}'::jsonb THEN
    IF TG_OP = 'DELETE' THEN
{old_loop}
    ELSE
{new_loop}
    END IF;
  END IF;
  RETURN NULL;
END
""".format(link=link, old_loop=loop % "v_old", new_loop=loop % "v_new",
           nulled=_compare(table.columns, "v_old->>{c} IS NOT NULL").replace("coalesce(v_new", "coalesce('{}'::jsonb"),
           compared=_compare(table.columns, "v_new->>{c} IS DISTINCT FROM v_old->>{c}"))


def expected(mapping):
    """{function name: (table, digest, statement)}; the helper has no table."""
    functions = {HELPER: (None,) + helper_function()}
    for table in mapping.tables:
        body = root_body(table, mapping) if table.kind == "root" else related_body(table, mapping)
        name = ("member_sync_capture_" + table.name)[:63]
        functions[name] = (table.name,) + _function(name, "", "trigger", body)
    return functions


OUR_FUNCTIONS = """SELECT p.proname, coalesce(substring(p.prosrc from 'member_sync:([0-9a-f]+)'), '')
  FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace
  AND (p.proname = 'member_sync_record' OR p.proname LIKE 'member\\_sync\\_capture\\_%')"""
OUR_TRIGGERS = """SELECT c.relname, t.tgenabled <> 'D' FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE t.tgname = 'member_sync_capture' AND c.relnamespace = current_schema()::regnamespace"""


def _present(connection):
    with connection.cursor() as cursor:
        cursor.execute(OUR_FUNCTIONS)
        functions = dict(cursor.fetchall())
        cursor.execute(OUR_TRIGGERS)
        return functions, dict(cursor.fetchall())


def install(connection, mapping):
    wanted = expected(mapping)
    functions, triggers = _present(connection)
    tables = set(connection.introspection.table_names())
    written = []
    with connection.cursor() as cursor:
        for table in set(triggers) - {table for table, _, _ in wanted.values()}:
            cursor.execute("DROP TRIGGER IF EXISTS member_sync_capture ON %s" % quoted(table))
        for name in set(functions) - set(wanted):
            cursor.execute("DROP FUNCTION IF EXISTS %s()" % quoted(name))
        for name, (table, digest, statement) in wanted.items():
            if functions.get(name) != digest:
                cursor.execute(statement)
                written.append(name)
            if table in tables and table not in triggers:
                cursor.execute(
                    "CREATE TRIGGER member_sync_capture AFTER INSERT OR UPDATE OR DELETE ON %s"
                    " FOR EACH ROW EXECUTE PROCEDURE %s()" % (quoted(table), quoted(name)))
                written.append("member_sync_capture on " + table)
    return written


def drop(connection):
    functions, triggers = _present(connection)
    with connection.cursor() as cursor:
        for table in triggers:
            cursor.execute("DROP TRIGGER IF EXISTS member_sync_capture ON %s" % quoted(table))
        for name in functions:
            arguments = "text, text, text, text, jsonb" if name == HELPER else ""
            cursor.execute("DROP FUNCTION IF EXISTS %s(%s)" % (quoted(name), arguments))
    return sorted(functions)


def status(connection, mapping):
    wanted = expected(mapping)
    functions, triggers = _present(connection)
    answer = {name: "unexpected" for name in functions if name not in wanted}
    for name, (table, digest, _) in wanted.items():
        if name not in functions or (table is not None and not triggers.get(table)):
            answer[name] = "missing"
        else:
            answer[name] = "installed" if functions[name] == digest else "outdated"
    return answer
