"""Arguments: what a resolver is given of what stands in the operation, found out once for each type.

Strawberry asks each input type with each request for the names and the types of its fields. What is not known here is
left to it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from strawberry import UNSET
from strawberry.relay import GlobalID
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, _is_leaf_type, convert_argument
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.enum import StrawberryEnumDefinition

Convert = Callable[[Any], Any]
Names = list[tuple[str, str, Convert]]
"""For each field of an input, or each argument: its names in GraphQL and in Python, and what is made of its value."""


def names_of(arguments: list[StrawberryArgument], converter: GraphQLCoreConverter) -> Names:
    name = converter.config.name_converter.from_argument
    return [(name(one), one.python_name, _convert(one.type, converter)) for one in arguments]


def converted(names: Names, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is not given is left out."""
    return {python: convert(values[name]) for name, python, convert in names if name in values}


def _convert(type_: Any, converter: GraphQLCoreConverter) -> Convert:
    registry = converter.scalar_registry
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        return _convert(type_.of_type, converter)
    if isinstance(type_, StrawberryEnumDefinition) or _is_leaf_type(type_, registry, (GlobalID,)):
        return _as_it_is
    if isinstance(type_, StrawberryList):
        return partial(_list_of, _convert(type_.of_type, converter))
    if has_object_definition(type_):
        return _input_of(type_, converter)
    return lambda value: convert_argument(value, type_, registry, converter.config)


def _input_of(type_: Any, converter: GraphQLCoreConverter) -> Convert:
    """Its fields are asked when it is first given: an input may hold others of its type."""
    name = converter.config.name_converter.from_field
    definition, names = type_.__strawberry_definition__, Names()

    def make(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        if not names:
            names[:] = [
                (name(one), one.python_name, _convert(one.resolve_type(type_definition=definition), converter))
                for one in definition.fields
            ]
        return type_(**converted(names, value))

    return make


def _as_it_is(value: Any) -> Any:
    return value


def _list_of(convert: Convert, value: Any) -> Any:
    is_made = convert is not _as_it_is and value is not None and value is not UNSET
    return [convert(one) for one in value] if is_made else value
