"""What is being answered here and now, for whoever writes it down: the log, and what watches over the server."""

from contextvars import ContextVar
from typing import NamedTuple, Protocol

from schema.documents import Operation

MAX_NAME_LENGTH = 100  # an operation's name is the client's own text, and no reason for a long line


class Asked(Protocol):
    """A request, which has an `operation` once it was read; or what a live connection has subscribed to."""

    @property
    def id(self) -> str: ...


class Subscribed(NamedTuple):
    id: str
    operation: Operation | None = None


current: ContextVar[Asked | None] = ContextVar("current", default=None)


def name_of(asked: Asked) -> str | None:
    """What the client calls its operation."""
    operation = getattr(asked, "operation", None)
    return operation.name[:MAX_NAME_LENGTH] if isinstance(operation, Operation) and operation.name else None
