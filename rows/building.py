"""From the columns of a row to model instances, as Django's compiler has laid them out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.sql.compiler import SQLCompiler

from rows import pages

PLAIN = (DeferredAttribute, ForeignKeyDeferredAttribute)

Columns = Sequence[Any]
Met = list[list[Any]]
"""The instances of each relation."""


class Builder:
    """Makes the rows of one compiled QuerySet. The same related row is one object for all, and those of one relation
    are a page."""

    def __init__(self, compiler: SQLCompiler) -> None:
        select, info = compiler.select, compiler.klass_info
        assert info is not None, "a statement finds model instances"
        self.whole = Part(info, select)
        self.annotations = list((compiler.annotation_col_map or {}).items())
        self.converters = compiler.get_converters([column[0] for column in select[: compiler.col_count]])

    def read(self, rows: Sequence[Columns], connection: BaseDatabaseWrapper) -> Sequence[Columns]:
        """The values as Django means them."""
        return list(self._convert(rows, connection)) if self.converters else rows

    def make(self, rows: Sequence[Columns], alias: str) -> list[Any]:
        """The instances of rows that were `read`."""
        met: Met = []
        found = self.whole.make_all(rows, alias, met)
        for name, place in self.annotations:
            for one, row in zip(found, rows, strict=True):
                setattr(one, name, row[place])
        for together in (found, *met):
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
        self.places = {"pk": self.key} | {
            name: places[0] + place
            for place, name in enumerate(self.names)
            if type(getattr(self.model, name)) in PLAIN  # others make something else of what was read
        }
        """In which column each attribute stands."""
        self.field: Any = info.get("field")
        self.is_reverse = info.get("reverse", False)
        is_shared = self.field is not None and not self.is_reverse and not self.field.unique
        self.ties: str | None = info["field"].cache_name if is_shared else None
        """The foreign key of which this is the object, where many may have the same."""
        self.tie: Any = info.get("local_setter")
        self.tie_back: Any = info.get("remote_setter")
        self.parts = [Part(related, select) for related in info.get("related_klass_infos", ())]

    def make_all(self, rows: Sequence[Columns], alias: str, met: Met) -> list[Any]:
        """The instances of these rows, with what belongs to them."""
        from_db, names, columns = self.model.from_db, self.names, self.columns
        made = [from_db(alias, names, row[columns]) for row in rows]
        for part in self.parts:
            part.tie_all(made, rows, alias, met)
        return made

    def tie_all(self, owners: list[Any], rows: Sequence[Columns], alias: str, met: Met) -> None:
        """Gives instances their related one, or None. The same one is made once."""
        key = self.key
        first = {row[key]: row for row in rows if row[key] is not None}
        related = self.make_all(list(first.values()), alias, met)
        met.append(related)
        known = dict(zip(first, related, strict=True))
        name = self.ties
        if name is None:
            for owner, row in zip(owners, rows, strict=True):
                self._tie_both_ways(owner, known.get(row[key]))
            return
        for owner, row in zip(owners, rows, strict=True):
            owner._state.fields_cache[name] = known.get(row[key])

    def _tie_both_ways(self, owner: Any, related: Any) -> None:
        self.tie(owner, related)
        if related is not None:
            self.tie_back(related, owner)
