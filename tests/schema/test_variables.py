"""Variables: operations are given what graphql-core would give them, for every argument of the schema."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    VariableDefinitionNode,
    get_variable_values,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from schema.compiled.variables import Variables
from schema.schema import schema
from tests.schema.test_compiled import often

TYPES = sorted(
    {
        str(argument.type)
        for type_ in schema._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for field in type_.fields.values()
        for argument in field.args.values()
    }
)
RIGHT = {
    "Boolean": st.booleans(),
    "DateTime": st.sampled_from(["2026-01-31T12:00:00Z", "2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00"]),
    "Float": st.floats(allow_nan=False),
    "Int": st.integers(-(2**40), 2**40),
}
SIMPLE = {
    "Boolean": True,
    "DateTime": "2026-01-31T12:00:00Z",
    "Float": 7.5,
    "Int": 7,
    "Upload": SimpleUploadedFile("a.txt", b"a"),
}
ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.text(max_size=2), max_size=2),
    st.dictionaries(st.text(max_size=2), st.none(), max_size=2),
)


def right(type_: Any, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(type_, GraphQLNonNull):
        return right(type_.of_type, depth)
    if isinstance(type_, GraphQLList):
        return st.lists(values(type_.of_type, depth), max_size=3)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from(list(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        fields = {name: values(field.type, depth - 1) for name, field in type_.fields.items()} if depth else {}
        needed = {name: fields[name] for name in fields if isinstance(type_.fields[name].type, GraphQLNonNull)}
        return st.fixed_dictionaries(needed, optional={name: fields[name] for name in fields if name not in needed})
    return RIGHT.get(type_.name, st.text(max_size=5))


def values(type_: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Such as a client could send, seldom wrong."""
    return st.integers(0, 19).flatmap(lambda luck: right(type_, depth) if luck else ANYTHING)


def definitions(*types: str) -> tuple[VariableDefinitionNode, ...]:
    named = ", ".join(f"$v{place}: {type_}" for place, type_ in enumerate(types))
    operation: Any = parse(f"query({named}) {{ __typename }}").definitions[0]
    return tuple(operation.variable_definitions)


def argument_type(name: str) -> Any:
    return next(
        argument.type
        for type_ in schema._schema.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for field in type_.fields.values()
        for argument in field.args.values()
        if str(argument.type) == name
    )


KINDS = {name: argument_type(name) for name in TYPES}


@often(2_000)
@given(data=st.data(), name=st.sampled_from(TYPES))
def test_what_is_accepted_is_what_graphql_core_makes_of_it(data: st.DataObject, name: str) -> None:
    nodes = definitions(name)
    sent = data.draw(st.one_of(st.just({}), st.fixed_dictionaries({"v0": values(KINDS[name])})))
    made = Variables(schema._schema, nodes).coerced(sent)
    expected = get_variable_values(schema._schema, nodes, sent)
    assert made is None or repr(made) == repr(expected)  # 1 is no True here


@pytest.mark.parametrize("name", TYPES)
def test_nothing_that_is_right_is_left_to_graphql_core(name: str) -> None:
    nodes, sent = definitions(name), {"v0": simple(KINDS[name])}
    expected = get_variable_values(schema._schema, nodes, sent)
    assert isinstance(expected, dict)
    assert repr(Variables(schema._schema, nodes).coerced(sent)) == repr(expected)


def simple(type_: Any) -> Any:
    if isinstance(type_, GraphQLNonNull):
        return simple(type_.of_type)
    if isinstance(type_, GraphQLList):
        return [simple(type_.of_type)] * 2
    if isinstance(type_, GraphQLEnumType):
        return next(iter(type_.values))
    if isinstance(type_, GraphQLInputObjectType):
        return {name: simple(field.type) for name, field in type_.fields.items()}
    return SIMPLE.get(type_.name, "VXNlcjox")


def test_what_has_a_default_is_given_it_and_what_must_be_there_is_missed() -> None:
    operation: Any = parse("query($a: Int = 7, $b: [Int!] = [1], $c: Int, $d: String!) { __typename }").definitions[0]
    variables = Variables(schema._schema, operation.variable_definitions)
    assert variables.coerced({"d": "here"}) == {"a": 7, "b": [1], "d": "here"}
    assert variables.coerced({"a": None, "d": "here"}) == {"a": None, "b": [1], "d": "here"}
    assert variables.coerced({"a": 8}) is None
    assert variables.coerced({"d": None}) is None
