"""Connections to the database in the processes that serve: their time-outs, and how long they are kept.

The time-outs are set on each connection of these processes alone: what `manage.py` does, migrations and cleaning up,
may take as long as it takes.
"""

from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def serve_in_time() -> None:
    """For the entry points: connections made from now on have time-outs."""
    connection_created.connect(set_timeouts, dispatch_uid="parley.timeouts")


def set_timeouts(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """`statement_timeout`, `lock_timeout`, `idle_in_transaction_session_timeout` (PostgreSQL, 19.11.1)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name, seconds in settings.DATABASE_TIMEOUTS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, f"{round(seconds * 1000)}ms"])


def keep_none_after_requests() -> None:
    """For an ASGI server. Each request has a thread of its own there, and nobody uses the connection of one that has
    ended: CONN_MAX_AGE would keep it until the garbage is collected. (The threads of live connections keep theirs.)
    """
    request_finished.connect(close_connections, dispatch_uid="parley.connections")


def close_connections(**_: Any) -> None:
    """Those of this thread that are in no transaction."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
