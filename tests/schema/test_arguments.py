"""Arguments: resolvers are given what Strawberry would give them, for every field of the schema."""

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments

from schema.compiled.arguments import converted, names_of
from schema.schema import schema

CONVERTER = schema.schema_converter
FIELDS = {
    f"{type_.name}.{name}": field
    for type_ in schema._schema.type_map.values()
    if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
    for name, field in type_.fields.items()
    if field.args
}
every_field = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)


def full(type_: Any, depth: int = 3) -> Any:
    """A value of an input type, with something in each field, as graphql-core hands it on."""
    if isinstance(type_, GraphQLNonNull):
        return full(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        return [full(type_.of_type, depth)] * 2
    if isinstance(type_, GraphQLInputObjectType):
        fields = type_.fields.items() if depth else ()
        return {name: full(field.type, depth - 1) for name, field in fields}
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values.values())).value
    return f"a {type_.name}"


def empty(type_: Any) -> Any:
    """Null where it may be, and what must be there."""
    if not isinstance(type_, GraphQLNonNull):
        return None
    if isinstance(type_.of_type, GraphQLInputObjectType):
        return {name: empty(field.type) for name, field in type_.of_type.fields.items()}
    return full(type_)


def required(type_: Any) -> Any:
    """Nothing but what must be there."""
    if isinstance(type_, GraphQLNonNull) and isinstance(type_.of_type, GraphQLInputObjectType):
        fields = type_.of_type.fields.items()
        return {name: required(field.type) for name, field in fields if isinstance(field.type, GraphQLNonNull)}
    return full(type_)


@every_field
@pytest.mark.parametrize("make", [full, empty, required])
def test_they_are_what_strawberry_makes_of_them(field, make):
    values = {
        name: make(argument.type)
        for name, argument in field.args.items()
        if make is not required or isinstance(argument.type, GraphQLNonNull)
    }
    arguments = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].arguments
    expected = convert_arguments(values, arguments, CONVERTER.scalar_registry, CONVERTER.config)
    names = names_of(arguments, CONVERTER)
    assert converted(names, values) == expected
    assert converted(names, values) == expected  # with what is known by now
