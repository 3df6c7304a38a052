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
    """The state of one connection: the transaction's id, whether the context was written in it, and a nudge planned."""

    def __init__(self, connection):
        self.connection = connection
        self.has_context_table = False
        self.forget()

    def forget(self):
        self.tx = None
        self.lose()

    def lose(self):
        """What a savepoint that is rolled back may have taken along."""
        self.is_told = False
        self.has_nudge = False

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
        self.enter()
        result = execute(sql, params, many, context)
        if not is_applying() and not self.has_nudge:
            self.has_nudge = True
            transaction.on_commit(nudge.poke, using=connection.alias)
        return result

    def enter(self):
        """Tells the database who writes, once per transaction and again after a savepoint was rolled back."""
        if self.is_told:
            return
        self.tx = self.tx or uuid.uuid4().hex
        if capture_mode(self.connection) == "triggers":
            if self.connection.vendor == "sqlite":
                self._write_context()
            elif current_actor() is not None:
                with self.connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('member_sync.actor', %s, true)", [current_actor()])
        self.is_told = True

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
        if self.tx is not None and self.connection.vendor == "sqlite" and self.has_context_table:
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
    commit, rollback, to_savepoint = connection._commit, connection._rollback, connection._savepoint_rollback

    def commit_and_forget():
        session.before_commit()
        commit()
        session.forget()

    def rollback_and_forget():
        session.forget()
        rollback()

    def rollback_to_savepoint(sid):
        session.lose()
        to_savepoint(sid)

    # Django offers hooks after a commit only; the context must be gone with it, not after it.
    connection._commit, connection._rollback = commit_and_forget, rollback_and_forget
    connection._savepoint_rollback = rollback_to_savepoint
    return session


def on_connection_created(sender, connection, **kwargs):
    session_of(connection).forget()
