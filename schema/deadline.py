"""The deadline of a request: looked at before every SQL statement and before the fields of every object.

What has passed it raises TimedOut, so that a change is rolled back; a statement that is running already is ended by the
database (config/database.py). What ends a transaction is always let through.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, connection
from graphql import ExecutionContext

ENDINGS = ("ROLLBACK", "RELEASE")  # of savepoints: what would be undone must not stay for want of time

_end: ContextVar[float] = ContextVar("end of the request", default=math.inf)


class TimedOut(DatabaseError):
    """The request has taken too long. An error of the database to those who clean up after one."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """For what is done inside; 0 is no deadline."""
    token = _end.set(time.monotonic() + seconds if seconds else math.inf)
    try:
        with connection.execute_wrapper(_hold_before_statement):
            yield
    finally:
        _end.reset(token)


def hold() -> None:
    """Raises TimedOut after the deadline."""
    if time.monotonic() > _end.get():
        raise TimedOut


def _hold_before_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not str(sql).startswith(ENDINGS):
        hold()
    return execute(sql, params, many, context)


class PunctualExecution(ExecutionContext):
    """Looks at the deadline for each object, not for each field: a field without a statement takes microseconds."""

    def execute_fields(self, *args: Any) -> Any:
        hold()
        return super().execute_fields(*args)
