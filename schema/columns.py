"""Model types whose plain fields are read straight from the row.

strawberry-graphql-django's own field asks each value whether it is a relation, a manager or a query, and goes through
the field-extension road. A column is none of these: as a basic field it costs one `getattr`.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import strawberry
import strawberry_django
from graphql import GraphQLField
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry_django.fields.field import StrawberryDjangoField


class Column(StrawberryDjangoField):
    """A field that is an attribute of the model instance."""

    @property
    def is_basic_field(self) -> bool:
        return self.base_resolver is None

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return getattr(source, self.django_name or self.python_name)


model_type = partial(strawberry_django.type, field_cls=Column)


def column(description: str) -> Any:
    return strawberry.field(description=description)


SAME_FOR_ALL = {"same_for_all": True}
"""Metadata of a resolver whose answer does not depend on who asks, of those who may ask at all. A subscription to such
fields alone is encoded once for everybody; what is not marked is taken for the viewer's own."""


def related(name: str) -> dict[str, Any]:
    """Metadata of a resolver that only finds the object of a foreign key, by `pages.load_related`: what has come with
    the rows of a list is taken from all of them at once, without asking the resolver."""
    return {"related": name}


def loaded(key: str, load_all: Callable[[list[Any]], Mapping[Any, Any]]) -> dict[str, Any]:
    """Metadata of a resolver that only hands out what `pages.load` finds under this key: it is likewise taken for all
    rows of a list at once."""
    return {"loaded": (key, load_all)}


def is_same_for_all(field: GraphQLField) -> bool:
    """Whether a field is a plain column, or marked so."""
    definition = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    return bool(definition.is_basic_field or definition.metadata.get("same_for_all"))
