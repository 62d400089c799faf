"""From the columns of a row to model instances, as Django's compiler has laid them out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.sql.compiler import SQLCompiler

from rows import pages

Columns = Sequence[Any]
Met = list[dict[Any, Any]]
"""The instances of each relation that there are already, by primary key."""


class Builder:
    """Makes the rows of one compiled QuerySet. The same related row is one object for all, and those of one relation
    are a page."""

    def __init__(self, compiler: SQLCompiler) -> None:
        select, info = compiler.select, compiler.klass_info
        assert info is not None, "a statement finds model instances"
        self.whole = Part(info, select)
        self.annotations = list((compiler.annotation_col_map or {}).items())
        self.converters = compiler.get_converters([column[0] for column in select[: compiler.col_count]])

    def build(self, rows: Iterable[Columns], connection: BaseDatabaseWrapper) -> list[Any]:
        if self.converters:
            rows = list(self._convert(rows, connection))
        met: Met = []
        found = list(map(self.whole.maker(connection.alias, met), rows))
        for name, place in self.annotations:
            for one, row in zip(found, rows, strict=True):
                setattr(one, name, row[place])
        for together in (found, *(related.values() for related in met)):
            pages.page(together)
        return found

    def _convert(self, rows: Iterable[Columns], connection: BaseDatabaseWrapper) -> Iterator[Columns]:
        """What a database or a field says otherwise: SQLite knows neither truth nor time."""
        for row in map(list, rows):
            for place, (converters, expression) in self.converters.items():
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
            yield row


class Part:
    """Which columns of a row are one model's, and how its instance is tied to the one that it belongs to."""

    def __init__(self, info: dict[str, Any], select: Sequence[Any]) -> None:
        places = info["select_fields"]
        self.model: type[Model] = info["model"]
        self.columns = slice(places[0], places[-1] + 1)
        self.names = tuple(select[place][0].target.attname for place in places)
        self.key = places[0] + self.names.index(self.model._meta.pk.attname)
        self.field: Any = info.get("field")
        self.is_reverse = info.get("reverse", False)
        self.tie: Any = info.get("local_setter")
        self.tie_back: Any = info.get("remote_setter")
        self.parts = [Part(related, select) for related in info.get("related_klass_infos", ())]

    def maker(self, alias: str, met: Met) -> Callable[[Columns], Any]:
        """What makes an instance of a row, with what belongs to it."""
        from_db, names, columns = self.model.from_db, self.names, self.columns
        if not self.parts:
            return lambda row: from_db(alias, names, row[columns])
        adders = [part.adder(alias, met) for part in self.parts]

        def make(row: Columns) -> Any:
            one = from_db(alias, names, row[columns])
            for add in adders:
                add(one, row)
            return one

        return make

    def adder(self, alias: str, met: Met) -> Callable[[Any, Columns], None]:
        """What gives an instance its related one, or None."""
        make, key, tie, tie_back = self.maker(alias, met), self.key, self.tie, self.tie_back
        mine: dict[Any, Any] = {}
        met.append(mine)

        def find(row: Columns) -> Any:
            found = mine.get(row[key])
            if found is None and row[key] is not None:
                found = mine[row[key]] = make(row)
            return found

        def add(owner: Any, row: Columns) -> None:
            found = find(row)
            tie(owner, found)
            if found is not None:
                tie_back(found, owner)

        def point(owner: Any, row: Columns) -> None:
            owner._state.fields_cache[name] = find(row)

        if self.field is None or self.is_reverse or self.field.unique:
            return add
        name = self.field.cache_name
        return point
