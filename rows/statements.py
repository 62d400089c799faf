"""QuerySets that are compiled once, and run with other values each time.

To build a QuerySet and to compile it costs more than to run it. A `Statement` builds it once, with marks in the place
of the values, and keeps the SQL and the places of the marks: so the rules stay where they are (`visible_to`), nobody
writes SQL by hand, and PostgreSQL plans it once for each connection.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

from rows.building import Builder, Columns
from rows.fetching import fetch
from rows.tables import Found, Table

Instance = TypeVar("Instance", bound=Model)

MAX_SHAPES = 64  # of one statement: which columns are wanted is for clients to say
FIRST_NUMBER = 2_147_000_011  # fits into four bytes, and nobody writes it into a QuerySet
FIRST_TIME = datetime(1903, 5, 17, 11, 23, 42, tzinfo=UTC)
ARRAYS = {int: "bigint[]", datetime: "timestamptz[]", str: "text[]"}
PLACEHOLDER = re.compile(r"%%|%s")


class Statement(Generic[Instance]):
    """A QuerySet as a function of values: model instances (for their keys), numbers, times and texts, none of them
    null. What decides how it is built, and not what it finds, is given by name: its shape."""

    def __init__(self, build: Callable[..., QuerySet[Instance]]) -> None:
        self._build = build
        self._compiled: OrderedDict[Hashable, Compiled] = OrderedDict()  # what was used last comes last
        self._order = Lock()

    def __call__(self, *values: Any, **shape: Hashable) -> list[Instance]:
        """The rows; they and what came with them are pages."""
        return self._of_shape(values, shape).rows([plain(value) for value in values])

    def for_each(self, values: Sequence[Sequence[Any]], **shape: Hashable) -> Sequence[Instance]:
        """The rows for each of these values, one after the other's, in one statement, as a table; see
        `can_find_for_each`."""
        return self._of_shape(values[0], shape).table(values) if values else []

    def by_first(self, values: Sequence[Sequence[Any]], **shape: Hashable) -> dict[Any, list[Instance]]:
        """The rows by the first of the values that they were found for (a model instance: its key), in one statement as
        well. Those of one share no object with those of another: each viewer has a part of their own in a conversation.
        In no order of their own. PostgreSQL alone can do so, for one as well."""
        return self._of_shape(values[0], shape).by_first(values) if values else {}

    def queryset(self, *values: Any, **shape: Hashable) -> QuerySet[Instance]:
        """What it is made of, with these values."""
        return self._build(*values, **shape)

    def sql(self, *values: Any, **shape: Hashable) -> tuple[str, list[Any]]:
        """For a part of another statement: the SQL, and its parameters."""
        compiled = self._of_shape(values, shape)
        return compiled.sql, compiled.with_values([plain(value) for value in values], connections[DEFAULT_DB_ALIAS])

    def _of_shape(self, values: Sequence[Any], shape: dict[str, Hashable]) -> "Compiled":
        key = tuple(shape.items())
        compiled = self._compiled.get(key) or Compiled(self._build, values, shape)
        with self._order:
            self._compiled[key] = compiled
            self._compiled.move_to_end(key)
            if len(self._compiled) > MAX_SHAPES:
                self._compiled.popitem(last=False)
        return compiled


class Compiled:
    """The SQL of a statement in one shape, and how its rows are made."""

    def __init__(self, build: Callable[..., QuerySet[Any]], values: Sequence[Any], shape: dict[str, Any]) -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        marks = [mark(value, number) for number, value in enumerate(values)]
        compiler = build(*marks, **shape).query.get_compiler(connection=connection)
        self.sql, self.params = compiler.as_sql()
        self.places = places_of([plain(one) for one in marks], self.params, connection)
        again, params = build(*marks, **shape).query.get_compiler(connection=connection).as_sql()
        assert (self.sql, self.params) == (again, params), "what changes from time to time is a value: give it as one"
        self.builder = Builder(compiler)
        self.sql_for_each = self._for_each([ARRAYS[type(plain(one))] for one in marks])

    def with_values(self, values: Sequence[Any], connection: BaseDatabaseWrapper) -> list[Any]:
        params = list(self.params)
        for place, number in self.places.items():
            params[place] = adapted(values[number], connection)
        return params

    def rows(self, values: Sequence[Any]) -> list[Any]:
        connection = connections[DEFAULT_DB_ALIAS]
        rows = self._read(self.sql, self.with_values(values, connection), connection)
        return self.builder.make(rows, DEFAULT_DB_ALIAS)

    def table(self, values: Sequence[Sequence[Any]]) -> Table:
        """For each of these values."""
        connection = connections[DEFAULT_DB_ALIAS]
        if len(values) == 1:
            given = self.with_values([plain(value) for value in values[0]], connection)
            rows = self._read(self.sql, given, connection)
        else:
            rows = self._read(self.sql_for_each, self._arrays_of(values), connection)
        return Table(Found(self.builder, rows, DEFAULT_DB_ALIAS), range(len(rows)))

    def by_first(self, values: Sequence[Sequence[Any]]) -> dict[Any, list[Any]]:
        sql = self.sql_for_each.replace("found.*", "found.*, of.v0", 1)
        found: dict[Any, list[Columns]] = {}
        for row in self._read(sql, self._arrays_of(values), connections[DEFAULT_DB_ALIAS]):
            found.setdefault(row[-1], []).append(row)
        return {first: self.builder.make(rows, DEFAULT_DB_ALIAS) for first, rows in found.items()}

    def _arrays_of(self, values: Sequence[Sequence[Any]]) -> list[Any]:
        arrays = [array_of([plain(value) for value in column]) for column in zip(*values, strict=True)]
        return [*arrays, *(param for place, param in enumerate(self.params) if place not in self.places)]

    def _read(self, sql: str, params: Sequence[Any], connection: BaseDatabaseWrapper) -> Sequence[Columns]:
        return self.builder.read(fetch(connection, sql, params), connection)

    def _for_each(self, arrays: Sequence[str]) -> str:
        """The statement as what is looked up for each entry of some arrays: in their order, and each in its own."""
        places = iter(range(len(self.params)))

        def refer(placeholder: re.Match[str]) -> str:
            number = None if placeholder[0] == "%%" else self.places.get(next(places))
            return placeholder[0] if number is None else f"of.v{number}"

        inner = PLACEHOLDER.sub(refer, self.sql)
        given, names = ", ".join(f"%s::{one}" for one in arrays), ", ".join(f"v{n}" for n in range(len(arrays)))
        # Compiled by the ORM; nothing of it comes from a user.
        return f"SELECT found.* FROM unnest({given}) of({names}) CROSS JOIN LATERAL ({inner}) found"  # noqa: S608


def can_find_for_each(values: Sequence[Any]) -> bool:
    """SQLite has no LATERAL: it can do so for one alone."""
    return len(values) < 2 or connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def mark(value: Any, number: int) -> Any:
    """A value of the same kind that is found again among the parameters."""
    if isinstance(value, Model):
        return value._meta.model(pk=FIRST_NUMBER + number)  # who is signed in by a cookie is a lazy object
    if isinstance(value, datetime):
        return FIRST_TIME + timedelta(days=number)
    return f"the value number {number}" if isinstance(value, str) else FIRST_NUMBER + number


def plain(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def array_of(values: list[Any]) -> Any:
    """As a parameter; of numbers as PostgreSQL writes it (8.15.2): psycopg looks at each entry for what to quote."""
    return f"{{{','.join(map(str, values))}}}" if type(values[0]) is int else values


def adapted(value: Any, connection: BaseDatabaseWrapper) -> Any:
    """As Django hands it to this database."""
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


def places_of(marks: Iterable[Any], params: Sequence[Any], connection: BaseDatabaseWrapper) -> dict[int, int]:
    """By place among the parameters: the number of the value that goes there."""
    numbers = {adapted(one, connection): number for number, one in enumerate(marks)}
    places = {place: numbers[param] for place, param in enumerate(params) if param in numbers}
    assert set(places.values()) == set(numbers.values()), "every value of a statement must reach its SQL unchanged"
    return places
