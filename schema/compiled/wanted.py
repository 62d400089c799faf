"""Which columns an operation wants of the rows of a list, known before they are read: as for `QuerySet.only`."""

from collections.abc import Iterable
from typing import Any

from graphql import GraphQLObjectType

from schema.compiled.columns import CLASS, Column
from schema.compiled.completing import Objects
from schema.compiled.resolving import model_of
from schema.compiled.selections import Field, Selection

Names = frozenset[str]

BESIDE_NODES = {"__typename", "pageInfo", "totalCount"}
"""Fields of a connection that need no more of its rows than their places in the order."""


def of_nodes(field: Field) -> Names | None:
    """Of the nodes of a connection; None where it is none, or where more than columns is wanted."""
    if field.objects is None or not isinstance(field.objects.type, GraphQLObjectType):
        return None
    fields = field.objects.selections[field.objects.type.name].fields
    lists = [one for one in fields if one.nodes[0].name.value not in BESIDE_NODES]
    return _joined(_of_objects(one.entries) if one.entries else None for one in lists)


def _of_objects(objects: Objects) -> Names | None:
    selection, model = _concrete(objects)
    if selection is None:
        return None
    return _joined(_of_field(field, selection.column(field), model) for field in selection.fields)


def _of_field(field: Field, column: Column | None, model: Any) -> Names | None:
    """A join leads to one object, and its own columns are what may be wanted of it."""
    if column is not None:
        return _of_column(column, model)
    if field.objects is None or field.related is None:
        return None
    joined, related = _concrete(field.objects)
    if joined is None:
        return None
    names = _joined(_of_column(joined.column(one), related) for one in joined.fields)
    return None if names is None else frozenset(f"{field.related}__{name}" for name in {related._meta.pk.name, *names})


def _concrete(objects: Objects) -> tuple[Selection | None, Any]:
    """What is wanted of the instances of a model, and the model; None for what is no model's."""
    type_ = objects.type
    model = model_of(type_) if isinstance(type_, GraphQLObjectType) else None
    return (objects.selections[type_.name], model) if model else (None, None)


def _of_column(column: Column | None, model: Any) -> Names | None:
    if column is None:
        return None
    if column.attribute in ("pk", CLASS):
        return frozenset()
    is_read = any(field.attname == column.attribute for field in model._meta.concrete_fields)
    return frozenset({column.attribute}) if is_read else None


def _joined(all_names: Iterable[Names | None]) -> Names | None:
    joined: Names = frozenset()
    for names in all_names:
        if names is None:
            return None
        joined |= names
    return joined
