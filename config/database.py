"""The time-outs that PostgreSQL keeps for the processes that serve.

They are set on each connection of these processes alone: what `manage.py` does, migrations and cleaning up, may take
as long as it takes.
"""

from typing import Any

from django.conf import settings
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
