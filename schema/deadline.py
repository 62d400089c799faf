"""The deadline of a request: looked at before every SQL statement and before the fields of every object.

What has passed it raises TimedOut, so that a change is rolled back; a statement that is running already is ended by the
database (config/database.py). What a mutation has committed is answered, however late: TIMEOUT at a mutation always
means that it has changed nothing.
"""

import math
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, connection, transaction
from graphql import ExecutionContext

CHANGING_NOTHING = ("SELECT", "BEGIN")  # SQLite is told by a statement that a transaction begins
ENDINGS = ("ROLLBACK", "RELEASE")  # of savepoints: what would be undone must not stay for want of time


class TimedOut(DatabaseError):
    """The request has taken too long. An error of the database to those who clean up after one."""


class Deadline:
    """Of what is done inside of it, in so many seconds; 0 is no deadline."""

    __slots__ = ("_before", "_wrappers", "end", "is_change", "is_counting")

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds if seconds else math.inf
        self.is_counting, self.is_change = True, False

    def __enter__(self) -> None:
        self._before = _current.set(self)
        self._wrappers = connection.execute_wrappers
        self._wrappers.append(_hold_before_statement)

    def __exit__(self, *_: object) -> None:
        self._wrappers.remove(_hold_before_statement)
        _current.reset(self._before)


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def hold() -> None:
    """Raises TimedOut after the deadline."""
    current = _current.get()
    if current is not None and current.is_counting and time.monotonic() > current.end:
        raise TimedOut


def begin_change() -> None:
    """A mutation field begins: from here to its commit the deadline counts."""
    current = _current.get()
    if current is not None:
        current.is_counting = current.is_change = True


def _hold_before_statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    if not str(sql).startswith(ENDINGS):
        hold()
    current = _current.get()
    if current is None or not current.is_change:
        return execute(sql, params, many, context)
    is_one_of_several = context["connection"].in_atomic_block
    if is_one_of_several:
        _stop_at_commit()
    answer = execute(sql, params, many, context)
    if not is_one_of_several and not str(sql).startswith(CHANGING_NOTHING):
        _stop()  # a transaction of its own, committed with its answer
    return answer


def _stop_at_commit() -> None:
    """Once a transaction; what a savepoint has taken back with it is asked for again by the next statement."""
    if not any(hook[1] is _stop for hook in connection.run_on_commit):
        transaction.on_commit(_stop)


def _stop() -> None:
    current = _current.get()
    if current is not None:
        current.is_counting = False


class PunctualExecution(ExecutionContext):
    """Looks at the deadline for each object, not for each field: a field without a statement takes microseconds."""

    def execute_fields(self, *args: Any) -> Any:
        hold()
        return super().execute_fields(*args)
