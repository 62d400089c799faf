"""Asking the database: prepared statements, and a dead connection that is noticed by the question itself."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

Rows = Sequence[Sequence[Any]]
MAX_KEPT = 100  # cursors of a connection; psycopg keeps so many statements prepared


def fetch(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> Rows:
    """All rows of a reading statement, through Django's cursor, so that everything that watches statements sees it.

    A connection that has died since the last request is opened anew, outside of transactions, where nothing can be lost
    with it. So what is asked first needs no question before it whether the connection is alive (CONN_HEALTH_CHECKS).
    """
    try:
        rows = _fetch(connection, sql, params)
    except (OperationalError, InterfaceError):
        if connection.connection is None or connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        rows = _fetch(connection, sql, params)
    connection.health_check_done = True  # type: ignore[attr-defined]
    return rows


def execute(sql: str, params: Sequence[Any]) -> Rows:
    """What a writing statement returns. Nothing is tried twice."""
    return _fetch(connections[DEFAULT_DB_ALIAS], sql, params)


def _fetch(connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any]) -> Rows:
    with _cursor(connection, sql) as cursor:
        cursor.execute(sql, params)
        rows: Rows = cursor.fetchall()
        return rows


def _cursor(connection: BaseDatabaseWrapper, sql: str) -> CursorWrapper:
    """Django's cursor; for PostgreSQL one that sends the values beside the text, so that it can be prepared
    (`PREPARED_STATEMENTS`), where Django's puts them into it."""
    if connection.vendor != "postgresql":
        return connection.cursor()
    connection.ensure_connection()
    kept: CursorWrapper = connection._prepare_cursor(_kept_cursor(connection, sql))  # type: ignore[attr-defined]
    return kept


def _kept_cursor(connection: BaseDatabaseWrapper, sql: str) -> Any:
    """One for each statement, as long as the connection lives: what psycopg finds out about a statement, how its values
    are written and its columns read, it keeps with the cursor."""
    kept = connection.connection.__dict__.setdefault("parley_cursors", {})
    cursor = kept.get(sql)
    if cursor is None:
        if len(kept) >= MAX_KEPT:
            kept.clear()
        cursor = kept[sql] = preparing_cursor()(connection.connection)
    return cursor


@cache
def preparing_cursor() -> Any:
    """Made when it is first asked for: where SQLite serves, psycopg need not be there."""
    from django.db.backends.postgresql.base import ServerBindingCursor
    from psycopg.pq import Format

    cursor: Any = ServerBindingCursor

    class PreparingCursor(cursor):  # type: ignore[misc]
        """Asks for binary values, which psycopg reads in C: times in text are read by Django, ten times slower, to call
        their zone `datetime.UTC` where this one says `ZoneInfo("UTC")`."""

        def __init__(self, connection: Any) -> None:
            super().__init__(connection)
            self.format = Format.BINARY

        def _convert_query(self, *args: Any) -> Any:
            """Kept, so that Django can say what was executed: of what is prepared psycopg forgets it."""
            self._query = super()._convert_query(*args)
            return self._query

        def close(self) -> None:
            """Lets go of what was found, and is there for the next time."""
            if self.pgresult is not None:
                self._tx.set_pgresult(None)
            self._reset()

    return PreparingCursor
