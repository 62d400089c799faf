"""Asking the database: prepared statements, and a dead connection that is noticed by the question itself."""

from collections.abc import Sequence
from functools import partial
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
    if connection.vendor == "postgresql" and not connection.queries_logged:
        return _fetch_prepared(connection, sql, params)
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


def _fetch_prepared(connection: Any, sql: str, params: Sequence[Any]) -> Rows:
    """The same without Django's cursor around the other, which takes as long as the other. Whoever wraps statements
    (`connection.execute_wrapper`) sees them, and hands on what comes back; who writes them down
    (`connection.queries_log`) gets Django's."""
    if connection.connection is None:
        connection.ensure_connection()
    connection.validate_no_broken_transaction()
    cursor, ask = _kept_cursor(connection, sql), _ask
    for wrapper in reversed(connection.execute_wrappers):
        ask = partial(wrapper, ask)
    return ask(sql, params, False, {"connection": connection, "cursor": cursor})


def _ask(sql: str, params: Sequence[Any], many: bool, context: dict[str, Any]) -> Rows:
    """As the innermost wrapper calls it."""
    with context["connection"].wrap_database_errors:
        rows: Rows = context["cursor"].ask(sql, params)
        return rows


def _kept_cursor(connection: BaseDatabaseWrapper, sql: str) -> Any:
    """One for each statement, as long as the connection lives: what psycopg finds out about a statement, how its values
    are written and its columns read, it keeps with the cursor."""
    kept = connection.connection.__dict__.setdefault("parley_cursors", {})
    cursor = kept.get(sql)
    if cursor is None:
        from rows.prepared import PreparingCursor  # where SQLite serves, psycopg need not be there

        if len(kept) >= MAX_KEPT:
            kept.clear()
        cursor = kept[sql] = PreparingCursor(connection.connection)
    return cursor
