"""Columns: fields that are plain attributes of their object, read and written for many objects at once.

A column costs a few calls for a whole list, not for each object. It knows which types of Python stand in the answer as
they are; whatever else it finds is written by the GraphQL type, and what that does not accept is left to be done field
by field, which tells what is wrong and where.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from typing import Any

from graphql import GraphQLBoolean, GraphQLID, GraphQLLeafType, GraphQLString, Undefined

from schema.scalars import write_time, write_times

Write = Callable[[Any], Any]

CLASS = "__class__"  # what everything has: the attribute of a field that says the name of the type
AS_IT_IS: dict[GraphQLLeafType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
WRITTEN_ALWAYS: dict[Write, tuple[type, Write]] = {write_time: (datetime, write_times)}
"""What writes every value of this type, so that what it says need not be looked at; and what does so for many."""
NOTHING = type(None)


class Odd(Exception):
    """A value that the column cannot write."""


class Column:
    """An attribute, or what is made of it. `write` is that of the GraphQL type; values of the type `plain` stand as
    they are."""

    __slots__ = ("_get", "_is_required", "_plain", "_write", "_write_all", "_written_always", "attribute", "make")

    def __init__(
        self,
        attribute: str,
        write: Write,
        plain: type | None,
        *,
        is_required: bool,
        make: Callable[[Any], Any] | None = None,
    ) -> None:
        self.attribute, self.make = attribute, make
        get = attrgetter(attribute)
        self._get = (lambda row: make(get(row))) if make else get
        self._write, self._is_required = write, is_required
        self._plain = {plain} if is_required else {plain, NOTHING}
        always, write_all = WRITTEN_ALWAYS.get(write, (None, None))
        self._written_always = {always} if is_required else {always, NOTHING}
        self._write_all = write_all or list

    def read(self, rows: Iterable[Any]) -> Iterable[Any]:
        """Raises Odd, and whatever the attribute or the type raises."""
        return self._answered(list(map(self._get, rows)))

    def write(self, values: Iterable[Any]) -> Iterable[Any]:
        """The same for what the attributes are."""
        return self._answered(list(map(self.make, values) if self.make else values))

    def _answered(self, values: list[Any]) -> Iterable[Any]:
        types = set(map(type, values))
        if types <= self._plain:
            return values
        if types <= self._written_always:
            return self._write_all(values)
        return list(map(self._written, values))

    def _written(self, value: Any) -> Any:
        if value is None and not self._is_required:
            return None
        if value is None or value is Undefined or isinstance(value, Exception):
            raise Odd
        written = self._write(value)
        if written is None or written is Undefined:
            raise Odd
        return written


class Columns:
    """Those of one selection, by their names in the answer; None for fields that are no columns, and null at first."""

    __slots__ = ("_columns", "_names", "of")

    def __init__(self, columns: dict[str, Column | None]) -> None:
        self.of = columns.get
        self._names = tuple(columns)
        self._columns = tuple(columns.values())

    def read(self, rows: Sequence[Any]) -> list[dict[str, Any]] | None:
        """The answer for each object so far; None if something is odd."""
        try:
            values = [repeat(None, len(rows)) if one is None else one.read(rows) for one in self._columns]
        except Exception:  # whatever it is: read once more, field by field, it is told in its place
            return None
        return named(self._names, values) if values else [{} for _ in rows]  # everything is skipped


def named(names: Sequence[str], values: Sequence[Iterable[Any]]) -> list[dict[str, Any]]:
    """An answer for each place of these values, at least one, by their names."""
    return _namer(len(names))(*names, zip(*values, strict=True))


@lru_cache(maxsize=64)  # how many is for clients to say
def _namer(count: int) -> Callable[..., list[dict[str, Any]]]:
    """For so many names. Written out they take a quarter of the time of `dict(zip(names, row))`."""
    places = range(count)
    names, values = "".join(f"n{one}, " for one in places), "".join(f"v{one}, " for one in places)
    pairs = ", ".join(f"n{one}: v{one}" for one in places)
    return eval(f"lambda {names}rows: [{{{pairs}}} for {values}in rows]")  # type: ignore[no-any-return]  # noqa: S307 - numbers alone
