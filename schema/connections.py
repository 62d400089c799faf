"""Relay connections over keyset cursors: a new message never shifts a page, and no page counts what is before it.

A resolver returns a `Listing`; the connection asks it for the `Slice` that `first`, `after`, `last` and `before` name.
A cursor is the place of a row in its order, so it holds when rows come and go (https://relay.dev/graphql/connections.htm).
"""

import base64
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, Self

import orjson
import strawberry
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from graphql import GraphQLError
from strawberry import UNSET, relay
from strawberry.relay.fields import ConnectionExtension
from strawberry.types.field import StrawberryField

from rows import Statement, pages, tables
from rows.statements import can_find_for_each
from rows.tables import Table
from schema.context import InfoOfAll
from schema.documents import UNSTORABLE
from schema.scalars import read_time

MAX_PAGE = 100
DEFAULT_PAGE = 50
MAX_COUNT = 10_000
LIMITS = (1, 2, 6, 11, 21, 51, MAX_PAGE + 1)


class PageRequest(NamedTuple):
    """Which part of a list is wanted: `size` rows, from its start or (`backwards`) its end, between two cursors."""

    size: int
    backwards: bool
    after: str | None
    before: str | None
    columns: frozenset[str] | None = None
    """What of the rows, as for `QuerySet.only`; None for everything."""

    @property
    def limit(self) -> int:
        """For a statement that is prepared: one more than wanted, or some more, as each limit makes one of its own."""
        return next(limit for limit in LIMITS if limit > self.size)

    @property
    def is_at_an_end(self) -> bool:
        """Whether it is the first or last page, behind and ahead of no cursor."""
        return self.after is None and self.before is None


@dataclass(slots=True)
class Slice:
    """A part of a list, in the list's order. Cursors are made when they are asked for."""

    rows: Sequence[Any]
    cursor_of: Callable[[Any], str]
    has_next: bool
    has_previous: bool
    count: Callable[[], int]
    node_of: Callable[[Any], Any] | None = None
    """What of a row is shown, where the row is only the way to it."""

    def cursor_at(self, place: int) -> str:
        rows = self.rows
        return self.cursor_of(rows.glance(place) if isinstance(rows, Table) else rows[place])

    @property
    def nodes(self) -> Sequence[Any]:
        return self.rows if self.node_of is None else [self.node_of(row) for row in self.rows]


class Listing(Protocol):
    """A list that can be cut. Iterating is what stock Relay fields expect of their resolvers; ours are only sliced."""

    newest_by_default: bool

    def slice(self, request: PageRequest) -> Slice: ...

    def __iter__(self) -> Iterator[Any]: ...


def page_request(
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    newest: bool,
    columns: frozenset[str] | None = None,
) -> PageRequest:
    """Raises ValidationError for sizes that make no sense."""
    page = _page(first, last, newest and after is None, columns)
    return page if after is None and before is None else page._replace(after=after, before=before)


@lru_cache(maxsize=1_000)
def _page(first: int | None, last: int | None, newest: bool, columns: frozenset[str] | None) -> PageRequest:
    """At an end: a cursor is a client's own text, and nothing to keep."""
    if first is not None and last is not None:
        raise ValidationError({"last": "Give `first` or `last`, not both."})
    for name, size in (("first", first), ("last", last)):
        if size is not None and not 0 <= size <= MAX_PAGE:
            raise ValidationError({name: f"A page has 0 to {MAX_PAGE} entries."})
    backwards = last is not None or (first is None and newest)
    size = next((size for size in (first, last) if size is not None), DEFAULT_PAGE)
    return PageRequest(size, backwards, None, None, columns)


# ── cursors ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def encode_cursor(order: str, *key: Any) -> str:
    """The place of a row in the named order, opaque to clients."""
    return base64.urlsafe_b64encode(orjson.dumps([order, *key])).decode()


def decode_cursor(cursor: str, order: str, *kinds: type) -> list[Any]:
    """Raises ValidationError for what is not a cursor of this order."""
    try:
        name, *values = orjson.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
        if name != order or len(values) != len(kinds):
            raise ValueError
        return [_read(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except (ValueError, TypeError, GraphQLError):
        raise ValidationError("This cursor does not belong to this list.") from None


def _read(value: Any, kind: Any) -> Any:
    if kind is datetime:
        return read_time(value)
    if type(value) is not kind:
        raise ValueError
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError
    if isinstance(value, str) and UNSTORABLE.search(value):
        raise ValueError
    return value


# ── lists of a table ────────────────────────────────────────────────────────────────────────────────────────────────


class Order(NamedTuple):
    """An order of rows: by one column or annotation, then by primary key unless it is `unique` by itself, so that every
    row has one place. `name` goes into the cursors; `kind` is the column's Python type.
    """

    name: str
    field: str
    kind: type
    descending: bool = False
    unique: bool = False

    def reversed(self) -> Self:
        return self._replace(descending=not self.descending)

    def fields(self) -> tuple[str, ...]:
        sign = "-" if self.descending else ""
        return (f"{sign}{self.field}",) if self.unique else (f"{sign}{self.field}", f"{sign}pk")

    def cursor(self, row: Model) -> str:
        key = getattr(row, self.field)
        return encode_cursor(self.name, key) if self.unique else encode_cursor(self.name, key, row.pk)

    def decode(self, cursor: str) -> list[Any]:
        return decode_cursor(cursor, self.name, *((self.kind,) if self.unique else (self.kind, int)))

    def beyond(self, cursor: str) -> Q:
        """The rows behind this cursor."""
        than = "lt" if self.descending else "gt"
        value, *pk = self.decode(cursor)
        further = Q(**{f"{self.field}__{than}": value})
        if not pk:
            return further
        # The first condition says nothing new; it lets the database start at the right place of its index.
        return Q(**{f"{self.field}__{than}e": value}) & (further | Q(**{self.field: value, f"pk__{than}": pk[0]}))


@dataclass(slots=True)
class Rows:
    """A list over a whole QuerySet."""

    find: Callable[[], QuerySet[Any]]
    order: Order
    newest_by_default: bool = False
    prepared: Callable[..., list[Any]] | None = None
    """The same by a statement, in an `order` and up to a `limit`."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.find())

    def slice(self, request: PageRequest) -> Slice:
        order = self.order.reversed() if request.backwards else self.order
        if self.prepared is not None and request.is_at_an_end:
            rows = self.prepared(order=order.fields(), limit=request.limit)
        else:
            found = _between(self.find(), self.order, request)
            rows = list(found.order_by(*order.fields())[: request.size + 1])
        part = cut(rows, request, self.order, lambda: count_to_limit(self.find()))
        pages.page(part.rows)
        return part


@dataclass(slots=True)
class NestedRows:
    """A list below each row of a page, cut for all of them in one statement.

    `find` makes the QuerySet for all parents; `parent_field` names the column that says whose row it is.
    """

    parent: Model
    key: tuple[Hashable, ...]
    find: Callable[[list[Any]], QuerySet[Any]]
    parent_field: str
    order: Order
    count: Callable[[], int] | None = None
    """How many the parent has, where that is written down; otherwise they are counted for the whole page at once."""
    newest_by_default: bool = False
    node: Callable[[Any], Any] | None = None
    """What of a row is shown, where the row is only the way to it."""
    settle: Callable[[Any, Any], None] | None = None
    """Tells a row what is known by its parent: what must be looked for may be gone by then."""
    prepared: Statement[Any] | None = None
    """What finds the same for one parent, in an `order` and up to a `limit`, and reads `only` some columns."""

    def __iter__(self) -> Iterator[Any]:
        return iter(self.find([self.parent]))

    def slice(self, request: PageRequest) -> Slice:
        rows = pages.load(self.parent, (*self.key, request), lambda parents: self._load(parents, request)) or []
        part = cut(rows, request, self.order, self.count or self._count)
        part.node_of = self.node
        return part

    def _count(self) -> int:
        def count_all(parents: list[Any]) -> dict[Any, int]:
            counted = self.find(parents).order_by().values(self.parent_field).annotate(total=Count("pk"))
            return dict(counted.values_list(self.parent_field, "total"))

        return min(pages.load(self.parent, (*self.key, "count"), count_all) or 0, MAX_COUNT)

    def _load(self, parents: list[Any], request: PageRequest) -> Mapping[Any, Sequence[Any]]:
        rows = together(self._rows(parents, request))
        if self.settle is not None:
            settle, by_key, name = self.settle, {parent.pk: parent for parent in parents}, self.parent_field
            tables.settle(rows, lambda row: settle(by_key[getattr(row, name)], row))
        return group(rows, self.parent_field)

    def _rows(self, parents: list[Any], request: PageRequest) -> Any:
        order = self.order.reversed() if request.backwards else self.order
        if self.prepared is not None and request.is_at_an_end and can_find_for_each(parents):
            return self.prepared.for_each(
                [[parent] for parent in parents], order=order.fields(), limit=request.limit, only=request.columns
            )
        found = _between(self.find(parents), self.order, request)
        if len(parents) == 1:
            return found.order_by(*order.fields())[: request.size + 1]
        place = Window(RowNumber(), partition_by=F(self.parent_field), order_by=order.fields())
        return found.annotate(place=place).filter(place__lte=request.size + 1).order_by(*order.fields())


def _between(queryset: QuerySet[Any], order: Order, request: PageRequest) -> QuerySet[Any]:
    if request.after is not None:
        queryset = queryset.filter(order.beyond(request.after))
    if request.before is not None:
        queryset = queryset.filter(order.reversed().beyond(request.before))
    return queryset


def together(rows: Iterable[Any]) -> Sequence[Any]:
    """All of them are one page, whoever's they are; those of a table are, if there are to be any."""
    return rows if isinstance(rows, Table) else pages.page(rows)


def group(rows: Sequence[Any], parent_field: str) -> Mapping[Any, Sequence[Any]]:
    """The rows by their parent."""
    if isinstance(rows, Table):
        return rows.grouped_by(parent_field)
    grouped: dict[Any, list[Any]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, parent_field), []).append(row)
    return grouped


def cut(rows: Sequence[Any], request: PageRequest, order: Order, count: Callable[[], int]) -> Slice:
    """A slice of rows that were read one more than wanted, in the direction of reading."""
    more = len(rows) > request.size
    rows = rows[: request.size]
    if request.backwards:
        rows = rows[::-1]
        has_next, has_previous = request.before is not None, more
    else:
        has_next, has_previous = more, request.after is not None
    return Slice(rows, order.cursor, has_next, has_previous, count)


def count_to_limit(queryset: QuerySet[Any]) -> int:
    """How many rows, 10,000 at most."""
    return queryset.order_by()[:MAX_COUNT].count()


# ── the GraphQL field and type ──────────────────────────────────────────────────────────────────────────────────────


@strawberry.type(name="Connection", description="One page of a list. Cursors stay good when rows come and go.")
class Connection(relay.Connection[relay.NodeType]):
    slice: strawberry.Private[Slice]

    @strawberry.field(description="Pagination data for this connection")  # type: ignore[untyped-decorator, misc]
    def page_info(self) -> relay.PageInfo:
        part = self.slice
        return relay.PageInfo(
            has_next_page=part.has_next,
            has_previous_page=part.has_previous,
            start_cursor=part.cursor_at(0) if part.rows else None,
            end_cursor=part.cursor_at(-1) if part.rows else None,
        )

    @strawberry.field(description="Contains the nodes in this connection")  # type: ignore[untyped-decorator, misc]
    def edges(self) -> list[relay.Edge[relay.NodeType]]:
        part = self.slice
        return [
            relay.Edge(cursor=part.cursor_of(row), node=node) for row, node in zip(part.rows, part.nodes, strict=True)
        ]

    @strawberry.field(description="The entries, without their cursors.")  # type: ignore[untyped-decorator]
    def nodes(self) -> list[relay.NodeType]:
        return self.slice.nodes  # type: ignore[return-value]

    @strawberry.field(  # type: ignore[untyped-decorator]
        description="How many entries the whole list has; counted only when asked for, to 10,000 at most."
    )
    def total_count(self) -> int:
        return self.slice.count()

    @classmethod
    def resolve_connection(  # type: ignore[override]
        cls,
        nodes: Listing | None,
        *,
        info: Any,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
        max_results: int | None = None,
        **kwargs: Any,
    ) -> Self | None:
        if nodes is None:
            return None
        columns = info.columns if isinstance(info, InfoOfAll) else None
        request = page_request(
            first=first, after=after, last=last, before=before, newest=nodes.newest_by_default, columns=columns
        )
        return cls(slice=nodes.slice(request))  # type: ignore[call-arg]


PAGE_ARGUMENTS = {
    "first": f"So many entries from the start, 0 to {MAX_PAGE}; not together with `last`.",
    "after": "Only entries behind this cursor.",
    "last": f"So many entries from the end, 0 to {MAX_PAGE}; not together with `first`.",
    "before": "Only entries ahead of this cursor.",
}


class Paged(ConnectionExtension):
    """Relay's four arguments, in our words, and without a default of null."""

    def apply(self, field: StrawberryField) -> None:
        super().apply(field)
        for argument in field.arguments:
            if argument.python_name in PAGE_ARGUMENTS:
                argument.description = PAGE_ARGUMENTS[argument.python_name]
                argument.default = UNSET


def connection(graphql_type: Any, *, description: str, permission_classes: Sequence[Any] = ()) -> Any:
    """A list field: its resolver returns a `Listing`."""
    field = relay.connection(graphql_type, description=description, permission_classes=list(permission_classes))
    field.extensions = [Paged() if isinstance(one, ConnectionExtension) else one for one in field.extensions]
    return field
