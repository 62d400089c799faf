"""Tables: what a statement has found as the database has told it, and model instances once somebody asks for one.

Who only shows columns reads them from the table (`schema/compiled/tables.py`) and never pays for instances; everybody
else takes a table for a list of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

from rows.building import Builder, Columns, Part


class Found:
    """All rows of one statement, in its order."""

    __slots__ = ("_builder", "_made", "_read", "_settle", "alias", "rows")

    def __init__(self, builder: Builder, rows: Sequence[Columns], alias: str) -> None:
        self._builder, self.rows, self.alias = builder, rows, alias
        self._made: list[Any] | None = None
        self._settle: list[Callable[[Any], None]] = []
        self._read: dict[Hashable, Sequence[Any]] = {}

    @property
    def part(self) -> Part:
        return self._builder.whole

    @property
    def is_made(self) -> bool:
        return self._made is not None

    def made(self) -> list[Any]:
        """The instances, one page; they are made once, for all rows."""
        if self._made is None:
            self._made = self._builder.make(self.rows, self.alias)
            for settle in self._settle:
                for row in self._made:
                    settle(row)
        return self._made

    def read(self, key: Hashable, read_all: Callable[[Sequence[Columns]], Sequence[Any]]) -> Sequence[Any]:
        if key not in self._read:
            self._read[key] = read_all(self.rows)
        return self._read[key]

    def settle(self, tell: Callable[[Any], None]) -> None:
        if self._made is None:
            self._settle.append(tell)
            return
        for row in self._made:
            tell(row)


class Table(Sequence[Any]):
    """Some of the rows of a statement, as a list of model instances."""

    __slots__ = ("_found", "_places")

    def __init__(self, found: Found, places: Sequence[int]) -> None:
        self._found, self._places = found, places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Any]:
        made = self._found.made()
        return iter([made[place] for place in self._places])

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "Table": ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Table(self._found, self._places[place])
        return self._found.made()[self._places[place]]

    @property
    def part(self) -> Part:
        """Which columns are what."""
        return self._found.part

    @property
    def is_made(self) -> bool:
        """Whether there are instances, which may have been changed since."""
        return self._found.is_made

    def read(self, key: Hashable, read_all: Callable[[Sequence[Columns]], Sequence[Any]]) -> list[Any]:
        """One entry for each row of what is read from the columns of all rows of the statement, once for each key."""
        read = self._found.read(key, read_all)
        return [read[place] for place in self._places]

    def columns(self) -> Iterator[Columns]:
        """As the database has told them."""
        rows = self._found.rows
        return (rows[place] for place in self._places)

    def glance(self, place: int) -> Any:
        """One row to read values of, without an instance if there is none."""
        return self[place] if self._found.is_made else Glance(self, self._found.rows[self._places[place]], place)

    def grouped_by(self, name: str) -> dict[Any, "Table"]:
        """The rows by a column."""
        at, rows = self.part.places[name], self._found.rows
        places: dict[Any, list[int]] = {}
        for place in self._places:
            places.setdefault(rows[place][at], []).append(place)
        return {value: Table(self._found, some) for value, some in places.items()}

    def settle(self, tell: Callable[[Any], None]) -> None:
        """Tells each instance of the statement what is known of it already: as soon as there are any."""
        self._found.settle(tell)


class OneOfEach(Mapping[Any, Any]):
    """The rows of a table by a column, in which each of them says something else."""

    def __init__(self, table: Table, name: str) -> None:
        self.table, at = table, table.part.places[name]
        self._places = {row[at]: place for place, row in enumerate(table.columns())}

    def __getitem__(self, value: Any) -> Any:
        return self.table[self._places[value]]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def one_of_each(rows: Sequence[Any], name: str) -> Mapping[Any, Any]:
    """The same for any rows."""
    return OneOfEach(rows, name) if isinstance(rows, Table) else {getattr(row, name): row for row in rows}


class Glance:
    """A row of a table of which a few values are wanted."""

    __slots__ = ("_place", "_row", "_table")

    def __init__(self, table: Table, row: Columns, place: int) -> None:
        self._table, self._row, self._place = table, row, place

    def __getattr__(self, name: str) -> Any:
        place = self._table.part.places.get(name)
        return getattr(self._table[self._place], name) if place is None else self._row[place]


def settle(rows: Iterable[Any], tell: Callable[[Any], None]) -> None:
    """The same for any rows."""
    if isinstance(rows, Table):
        rows.settle(tell)
        return
    for row in rows:
        tell(row)
