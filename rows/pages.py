"""Rows that came together stay together: what belongs to them is loaded for all of them, in one statement.

Every list hands its rows to `page`. The first resolver that needs something of a row (a sender, a nested list) loads it
for the whole page and keeps it; for the other rows it is there already.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)
Value = TypeVar("Value")


class Page:
    """The rows of one statement, and what has been loaded for them so far."""

    __slots__ = ("loaded", "rows")

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.loaded: dict[Hashable, Mapping[Any, Any]] = {}

    def load(self, key: Hashable, load_all: Callable[[list[Any]], Mapping[Any, Any]]) -> Mapping[Any, Any]:
        if key not in self.loaded:
            self.loaded[key] = load_all(self.rows)
        return self.loaded[key]


_made: ContextVar[list[Page] | None] = ContextVar("pages", default=None)


@contextmanager
def parting() -> Iterator[None]:
    """Rows that come together in here part at the end, and go. A page and its rows know each other, as do a row and
    what belongs to it, so that they would wait for the collector of garbage, which looks at everything to find them;
    and who comes next would work in memory that no processor has at hand."""
    before = _made.set([])
    try:
        yield
    finally:
        for together in _made.get() or ():
            for row in together.rows:
                row.__dict__.pop("_page", None)
                row._state.__dict__.pop("fields_cache", None)
        _made.reset(before)


def page(rows: Iterable[Row]) -> list[Row]:
    """Marks these rows as having come together."""
    listed = list(rows)
    together = Page(listed)
    for row in listed:
        row.__dict__["_page"] = together
    made = _made.get()
    if made is not None:
        made.append(together)
    return listed


def forget(row: Model) -> None:
    """What was loaded for this row may have changed since."""
    row.__dict__.pop("_page", None)


def load(row: Row, key: Hashable, load_all: Callable[[list[Row]], Mapping[Any, Value]]) -> Value | None:
    """What belongs to `row` under `key`. `load_all` gets every row of the page once; returns values by primary key."""
    return _page_of(row).load(key, load_all).get(row.pk)


def load_for_all(
    rows: Sequence[Row], key: Hashable, load_all: Callable[[list[Row]], Mapping[Any, Value]]
) -> Mapping[Any, Value] | None:
    """The same for rows of one page: what there is, by primary key; None for rows of several."""
    together = _page_of(rows[0])
    is_one = all(row.__dict__.get("_page") is together for row in rows)
    return together.load(key, load_all) if is_one else None


def _page_of(row: Model) -> Page:
    together: Page | None = row.__dict__.get("_page")
    if together is None:
        page([row])
        together = row.__dict__["_page"]
    return together


def load_related(row: Any, name: str, find: Callable[[set[int]], Iterable[Any]]) -> Any:
    """The object of a foreign key: what came by a join is taken, what is missing on the page is found at once."""
    if is_settled(row, name):
        return row._state.fields_cache.get(name)

    def load_all(rows: list[Any]) -> dict[int, Any]:
        fill(rows, [name], find)
        return {one.pk: getattr(one, name) for one in rows}

    return load(row, name, load_all)


def tie(row: Any, name: str, related: Any) -> None:
    """Gives a row the object of a foreign key that is known to be this one; Django's own way looks at everything."""
    row._state.fields_cache[name] = related


def is_settled(row: Any, name: str) -> bool:
    """Whether the object of a foreign key came with the row and has its page, or there is none."""
    joined = row._state.fields_cache.get(name)
    return "_page" in joined.__dict__ if joined is not None else getattr(row, f"{name}_id") is None


def settled(rows: Sequence[Any], name: str) -> list[Any] | None:
    """The objects of a foreign key of all these rows; None if one of them is still to be found."""
    found = [row._state.fields_cache.get(name) for row in rows]
    objects = {id(one): one for one in found}
    if id(None) in objects and not all(
        one is not None or is_settled(row, name) for row, one in zip(rows, found, strict=True)
    ):
        return None
    return found if all(one is None or "_page" in one.__dict__ for one in objects.values()) else None


def fill(rows: list[Any], names: Sequence[str], find: Callable[[set[int]], Iterable[Any]]) -> None:
    """Gives all rows the objects of these foreign keys, in one statement. The same one is one object for all of them,
    and stays in the page in which it came, with what has been loaded for it."""
    missing = [(row, name, getattr(row, f"{name}_id")) for row in rows for name in names if not is_settled(row, name)]
    wanted = {key for row, name, key in missing if name not in row._state.fields_cache}
    known = {related.pk: related for related in (find(wanted) if wanted else ())}
    for row, name, key in missing:
        joined = row._state.fields_cache.get(name)
        setattr(row, name, known.setdefault(key, joined) if joined else known.get(key))
    page(related for related in known.values() if "_page" not in related.__dict__)
