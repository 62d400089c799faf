"""Selections read straight from the rows of a statement: where all is columns, no model instance is made."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from rows.building import Columns, Part
from schema.compiled.columns import CLASS, Column, Odd, named


class Value(NamedTuple):
    """A field that is an attribute."""

    column: Column
    place: int

    def answers(self, rows: Sequence[Columns]) -> Iterable[Any]:
        place = self.place
        return self.column.write([row[place] for row in rows])


class Related(NamedTuple):
    """A field that is the object of a foreign key, of which the columns came by a join."""

    plan: "Plan"
    key: int
    foreign_key: int
    is_required: bool

    def answers(self, rows: Sequence[Columns]) -> Iterable[Any]:
        """The same object is written once."""
        key = self.key
        first = {row[key]: row for row in rows}
        if None in first:
            if self.is_required or any(row[key] is None and row[self.foreign_key] is not None for row in rows):
                raise Odd  # or it is still to be found
            del first[None]
        answers: dict[Any, Any] = dict(zip(first, self.plan.answers(list(first.values())), strict=True))
        answers[None] = None
        return [answers[row[key]] for row in rows]


class Plan:
    """How the fields of a selection are found in rows that are laid out in one way."""

    __slots__ = ("_fields", "_names")

    def __init__(self, fields: dict[str, Value | Related]) -> None:
        self._names, self._fields = tuple(fields), tuple(fields.values())

    def answers(self, rows: Sequence[Columns]) -> list[dict[str, Any]]:
        """Raises Odd, and whatever a type raises."""
        if not self._fields:
            return [{} for _ in rows]
        return named(self._names, [field.answers(rows) for field in self._fields])


def in_column(column: Column, part: Part) -> Value | None:
    """None where the attribute is no column of these rows."""
    place = part.key if column.attribute == CLASS else part.places.get(column.attribute)
    return None if place is None else Value(column, place)


def related_part(part: Part, name: str) -> Part | None:
    """What came by the join of this foreign key."""
    return next((one for one in part.parts if one.ties == name), None)
