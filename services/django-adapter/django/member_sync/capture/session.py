"""What capture must know of each database connection: its transaction, and whether the database was told who writes.

PostgreSQL knows its transactions; the actor goes into a transaction-local setting. SQLite has neither session
variables nor transaction ids, so both stand in a one-row table that is written before the first tracked write of a
transaction and emptied just before its commit: no other program ever sees the row.
"""
import re
import uuid

from django.db import transaction

from .. import nudge
from ..actor import current_actor, is_applying
from ..mapping import get_mapping
from .mode import capture_mode

_WRITE = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH|MERGE)\b", re.IGNORECASE)


class Session:
    """The state of one connection. `told_at`: the savepoints under which the context was written."""

    def __init__(self, connection):
        self.connection = connection
        self.has_context_table = False
        self.forget()

    def forget(self):
        self.tx = None
        self.told_at = None

    def __call__(self, execute, sql, params, many, context):
        """Runs around each statement that goes through Django."""
        if not is_tracked(sql, self.connection.alias):
            return execute(sql, params, many, context)
        connection = self.connection
        in_transaction = connection.in_atomic_block or not connection.autocommit
        if not in_transaction:
            if current_actor() is None:
                result = execute(sql, params, many, context)
                nudge.poke()
                return result
            with transaction.atomic(using=connection.alias):
                return self(execute, sql, params, many, context)
        is_first = self.enter()
        result = execute(sql, params, many, context)
        if is_first and not is_applying():
            transaction.on_commit(nudge.poke, using=connection.alias)
        return result

    def enter(self):
        """Tells the database who writes, once per transaction and again after a savepoint was left."""
        savepoints = tuple(self.connection.savepoint_ids)
        if self.told_at is not None and savepoints[: len(self.told_at)] == self.told_at:
            return False
        self.tx = self.tx or uuid.uuid4().hex
        if capture_mode(self.connection) == "triggers":
            if self.connection.vendor == "sqlite":
                self._write_context()
            elif current_actor() is not None:
                with self.connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('member_sync.actor', %s, true)", [current_actor()])
        self.told_at = savepoints
        return True

    def _write_context(self):
        raw = self.connection.connection
        with self.connection.wrap_database_errors:
            if not self.has_context_table:
                found = raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'member_sync_context'").fetchone()
                self.has_context_table = found is not None
            if self.has_context_table:
                raw.execute(
                    "INSERT OR REPLACE INTO member_sync_context (id, tx, actor) VALUES (1, ?, ?)",
                    (self.tx, current_actor()),
                )

    def before_commit(self):
        if self.told_at is not None and self.connection.vendor == "sqlite" and self.has_context_table:
            with self.connection.wrap_database_errors:
                self.connection.connection.execute("DELETE FROM member_sync_context")

    def give_way(self):
        """In a deadlock with staff it is we who stop: well before the database looks for one, which takes a second."""
        if self.connection.vendor == "postgresql":
            with self.connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '500ms'")

    def transaction_id(self):
        """What the rows of this transaction carry in `tx`."""
        if self.connection.vendor == "postgresql" and capture_mode(self.connection) == "triggers":
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT txid_current()::text")
                return cursor.fetchone()[0]
        return self.tx


def is_tracked(sql, alias):
    if isinstance(sql, str) and not _WRITE.match(sql):
        return False
    mapping = get_mapping()
    text = sql if isinstance(sql, str) else repr(sql)
    return alias == mapping.alias and any(table.name in text for table in mapping.tables)


def session_of(connection):
    """The session of a connection, attached to it on first use."""
    session = getattr(connection, "_member_sync_session", None)
    return session if session is not None else attach(connection)


def attach(connection):
    session = Session(connection)
    connection._member_sync_session = session
    connection.execute_wrappers.append(session)
    commit, rollback = connection._commit, connection._rollback

    def commit_and_forget():
        session.before_commit()
        commit()
        session.forget()

    def rollback_and_forget():
        session.forget()
        rollback()

    # Django offers hooks after a commit only; the context must be gone with it, not after it.
    connection._commit, connection._rollback = commit_and_forget, rollback_and_forget
    return session


def on_connection_created(sender, connection, **kwargs):
    session_of(connection).forget()
