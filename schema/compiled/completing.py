"""Completing: from the value that was found for a field to what is answered (GraphQL, 6.4.3)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    get_nullable_type,
)
from graphql.execution.execute import invalid_return_type_error
from graphql.pyutils import is_iterable

from rows.building import Part
from rows.tables import Table
from schema.compiled.resolving import model_of
from schema.compiled.selections import Complete, Field, Place, Run, Selection
from schema.compiled.tables import Plan

Selections = Mapping[str, Selection]
LEAVES = GraphQLScalarType | GraphQLEnumType
ABSTRACT = GraphQLInterfaceType | GraphQLUnionType


def completer(field: Field, type_: GraphQLOutputType, selections: Selections) -> Complete:
    """For a value of this type; `selections` say what is wanted of objects, by the names of their types."""
    if isinstance(type_, GraphQLNonNull):
        return _required(field, completer(field, type_.of_type, selections))
    if isinstance(type_, GraphQLList):
        return _list(field, type_, selections)
    if isinstance(type_, LEAVES):
        return _leaf(type_)
    assert isinstance(type_, GraphQLObjectType | ABSTRACT), "there are no other types to answer with"
    field.objects = Objects(field, type_, selections)
    return field.objects.complete


def is_nothing(value: Any) -> bool:
    """Raises it, if it is an exception."""
    if isinstance(value, Exception):
        raise value
    return value is None or value is Undefined


def _required(field: Field, complete: Complete) -> Complete:
    sentence = f"Cannot return null for non-nullable field {field.parent.name}.{field.nodes[0].name.value}."

    def complete_required(run: Run, value: Any, place: Place) -> Any:
        completed = complete(run, value, place)
        if completed is None:
            raise TypeError(sentence)
        return completed

    return complete_required


def _leaf(type_: GraphQLLeafType) -> Complete:
    def complete(run: Run, value: Any, place: Place) -> Any:
        return None if is_nothing(value) else run.context.complete_leaf_value(type_, value)

    return complete


def _list(field: Field, type_: GraphQLList[Any], selections: Selections) -> Complete:
    is_required = isinstance(type_.of_type, GraphQLNonNull)
    kind = get_nullable_type(type_.of_type)
    objects = field.entries = None if isinstance(kind, LEAVES | GraphQLList) else Objects(field, kind, selections)
    complete_one = objects.complete if objects else completer(field, kind, selections)
    complete_item = _required(field, complete_one) if is_required else complete_one

    def fail(run: Run, error: Exception, place: Place) -> Any:
        return field.fail(run, error, place, is_required=is_required)

    def complete(run: Run, value: Any, place: Place) -> Any:
        if value.__class__ is Table and objects and (answers := objects.complete_table(value)) is not None:
            return answers
        values = value if value.__class__ is list else _listed(field, value)
        if values is None:
            return None
        answers = objects.complete_all(run, values, place, fail) if objects else None
        return [*_items(run, values, place)] if answers is None else answers

    def _items(run: Run, values: list[Any], place: Place) -> Iterable[Any]:
        for index, value in enumerate(values):
            here = (place, index, None)
            try:
                yield complete_item(run, value, here)
            except Exception as error:
                yield fail(run, error, here)

    return complete


def _listed(field: Field, value: Any) -> list[Any] | None:
    if is_nothing(value):
        return None
    if not is_iterable(value):
        parent, name = field.parent.name, field.nodes[0].name.value
        raise GraphQLError(f"Expected Iterable, but did not find one for field '{parent}.{name}'.")
    return list(value)


class Objects:
    """Objects of a type, or of those that are of an abstract type. Of which type one is depends on its class alone, so
    that is asked once for each class."""

    __slots__ = ("_by_class", "_field", "selections", "type")

    def __init__(
        self,
        field: Field,
        type_: GraphQLObjectType | GraphQLAbstractType,
        selections: Selections,
    ) -> None:
        self._field, self.type, self.selections = field, type_, selections
        self._by_class: dict[type, Selection] = {}

    def complete(self, run: Run, value: Any, place: Place) -> Any:
        selection = self._by_class.get(value.__class__)
        if selection is None:
            if is_nothing(value):
                return None
            selection = self._by_class[value.__class__] = self.selections[self._object_type(run, value, place).name]
        return selection.answer(run, value, place)

    def complete_all(self, run: Run, values: list[Any], place: Place, fail: Callable[..., Any]) -> list[Any] | None:
        """For a list of objects of one class that is known; None for any other."""
        classes = {value.__class__ for value in values}
        selection = self._by_class.get(next(iter(classes))) if len(classes) == 1 else None
        return selection.answer_all(run, values, place, fail) if selection else None

    def complete_table(self, table: Table) -> list[Any] | None:
        """For the rows of a table; None where there must be instances."""
        selection = self._of_model(table.part.model)
        return selection.answer_table(table) if selection else None

    def plan(self, part: Part) -> Plan | None:
        """How these objects are read from rows; None where there must be instances."""
        selection = self._of_model(part.model)
        return selection.plan(part) if selection else None

    def _of_model(self, model: type) -> Selection | None:
        """What is wanted of the instances of a model, if they are of the type."""
        selection = self._by_class.get(model)
        if selection is None and isinstance(self.type, GraphQLObjectType) and model_of(self.type) is model:
            selection = self._by_class[model] = self.selections[self.type.name]
        return selection

    def write_related(self, run: Run, values: list[Any], *, is_required: bool) -> dict[int, Any] | None:
        """The answers for these objects, by their ids in memory, many of them the same; None as in `complete_all`."""
        objects = {id(one): one for one in values}
        if not is_required:
            objects.pop(id(None), None)
        if not objects:
            return {id(None): None}
        classes = {one.__class__ for one in objects.values()}
        selection = self._by_class.get(next(iter(classes))) if len(classes) == 1 else None
        answers = selection.read(run, list(objects.values())) if selection else None
        return None if answers is None else {id(None): None} | dict(zip(objects, answers, strict=True))

    def _object_type(self, run: Run, value: Any, place: Place) -> GraphQLObjectType:
        info, type_ = run.raw_info(self._field, place), self.type
        if isinstance(type_, ABSTRACT):
            resolve_type = type_.resolve_type or run.context.type_resolver
            name = resolve_type(value, info, type_)
            type_ = run.context.ensure_valid_runtime_type(name, type_, self._field.nodes, info, value)
        assert isinstance(type_, GraphQLObjectType), "what is not abstract is an object type"
        if type_.is_type_of and not type_.is_type_of(value, info):
            raise invalid_return_type_error(type_, value, self._field.nodes)
        return type_
