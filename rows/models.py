"""Model instances as Django makes them from a row, without its ceremony.

`Model.__init__` looks at each field in turn and sends two signals that nobody listens to: five microseconds a row.
What is read from the database is complete and needs no defaults, so it becomes the instance's values as it is.
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState
from django.db.models.fields.files import FileDescriptor
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute

KEEP_AS_IT_IS = (ForeignKeyDeferredAttribute, FileDescriptor)  # what has been assigned, on a new instance


class FoundState(ModelState):
    """Of an instance that came from the database."""

    db = DEFAULT_DB_ALIAS
    adding = False


class Row(models.Model):
    """A model whose instances are made quickly, and are the same in everything else."""

    class Meta:
        abstract = True

    @classmethod
    def from_db(  # type: ignore[override]  # the stubs are Django 6's
        cls, db: str | None, field_names: Collection[str], values: Collection[Any]
    ) -> Self:
        """Django's own hook (Customizing model loading); fields that were not read stay deferred."""
        row = cls.__new__(cls)
        row._state = FoundState()
        if db is not None and db != DEFAULT_DB_ALIAS:
            row._state.db = db
        row.__dict__.update(zip(field_names, values))  # noqa: B905 - of one length, and this is done very often
        for name in converted(cls):
            if name in row.__dict__:
                setattr(row, name, row.__dict__[name])
        return row

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """What a statement has left out is read when it is first asked for: for the whole page, in one statement."""
        wanted, missing = set(fields or ()), self.get_deferred_fields()
        if wanted and wanted <= missing and from_queryset is None and "_page" in self.__dict__:
            self._complete_page(missing)
        else:
            super().refresh_from_db(using, fields, from_queryset)

    def _complete_page(self, names: set[str]) -> None:
        """Of a row that is gone by now nothing is left: it has what an empty one would have."""
        model = type(self)
        rows = [row for row in self.__dict__["_page"].rows if type(row) is model]
        found = model._base_manager.using(self._state.db).only(*names).in_bulk([row.pk for row in rows])
        empty = {field.attname: field.get_default() for field in model._meta.concrete_fields if field.attname in names}
        for row in rows:
            values = found[row.pk].__dict__ if row.pk in found else empty
            row.__dict__.update({name: values[name] for name in names if name not in row.__dict__})


@cache
def converted(model: type[models.Model]) -> list[str]:
    """The fields of a model that make something else of what they are given."""
    attributes = ((field.attname, getattr(model, field.attname)) for field in model._meta.concrete_fields)
    return [name for name, at in attributes if hasattr(at, "__set__") and not isinstance(at, KEEP_AS_IT_IS)]
