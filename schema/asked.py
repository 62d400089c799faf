"""What is being answered here and now, for whoever writes it down: the log, and what watches over the server."""

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol

from django.http import HttpRequest

if TYPE_CHECKING:
    from schema.documents import Operation

MAX_NAME_LENGTH = 100  # an operation's name is the client's own text, and no reason for a long line


class Asked(Protocol):
    """A request, which has an `operation` once it was read; or what a live connection has subscribed to."""

    @property
    def id(self) -> str: ...


class Subscribed(NamedTuple):
    id: str
    operation: "Operation | None" = None


current: ContextVar[Asked | None] = ContextVar("current", default=None)


def note_codes(request: HttpRequest | None, codes: list[str]) -> None:
    """For whoever writes down how the request went: why something of it was refused, or went wrong."""
    if request is not None:
        request.codes = codes_of(request) + codes  # type: ignore[attr-defined]


def codes_of(request: HttpRequest) -> list[str]:
    codes: list[str] = getattr(request, "codes", [])
    return codes


def name_of(asked: Asked) -> str | None:
    """What the client calls its operation; None too as long as nobody has read the request, or when that failed."""
    name: str | None = getattr(getattr(asked, "operation", None), "name", None)
    return name[:MAX_NAME_LENGTH] if name else None
