"""Connections to the database in the processes that serve: their time-outs, and how long they are kept.

The time-outs are set on each connection of these processes alone: what `manage.py` does, migrations and cleaning up,
may take as long as it takes.
"""

from typing import Any

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, reset_queries
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def serve_in_time() -> None:
    """For the entry points: connections made from now on have time-outs, and plans for the disks of today."""
    connection_created.connect(set_timeouts, dispatch_uid="parley.timeouts")
    connection_created.connect(expect_fast_disks, dispatch_uid="parley.planner")
    look_once_a_request()


def look_once_a_request() -> None:
    """Django looks for connections at both ends of a request. Once is enough, and that is before they are used: after
    a pause they may be older than CONN_MAX_AGE. The rest is for what nothing here does."""
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)  # neither of CACHES has anything to close
    request_finished.disconnect(reset_urlconf)  # there is one, and the next request sets it again
    if not settings.DEBUG:
        request_started.disconnect(reset_queries)  # nobody keeps them


def set_timeouts(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """`statement_timeout`, `lock_timeout`, `idle_in_transaction_session_timeout` (PostgreSQL, 19.11.1)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for name, seconds in settings.DATABASE_TIMEOUTS.items():
            cursor.execute("SELECT set_config(%s, %s, false)", [name, f"{round(seconds * 1000)}ms"])


def expect_fast_disks(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """`random_page_cost` (PostgreSQL, 19.7.2) for what is in memory or on a disk without a head. With the default of 4
    PostgreSQL reads the whole table of people for each conversation of an inbox, as long as they are some thousands."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('random_page_cost', '1.1', false)")


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
