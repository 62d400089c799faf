"""Variables: the values that came with an operation, coerced by functions found out once for their types.

graphql-core asks with each request of which type each variable is, and each field of an input. What is not accepted
here is left to it, which tells what is wrong and where (GraphQL, 6.1.2).
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    is_input_type,
    type_from_ast,
    value_from_ast,
)

Coerce = Callable[[Any], Any]


class Left(Exception):
    """To graphql-core."""


class Variable(NamedTuple):
    name: str
    type: GraphQLInputType
    coerce: Coerce
    default: ValueNode | None


class Variables:
    """Those of one operation."""

    def __init__(self, schema: GraphQLSchema, definitions: Iterable[VariableDefinitionNode]) -> None:
        try:
            self._all: list[Variable] | None = [_variable(schema, one) for one in definitions]
        except Left:
            self._all = None

    def coerced(self, given: dict[str, Any]) -> dict[str, Any] | None:
        """What is not given is left out, unless it has a default; None for what is left to graphql-core."""
        if self._all is None:
            return None
        values = {}
        try:
            for name, type_, coerce, default in self._all:
                if name in given:
                    values[name] = coerce(given[name])
                elif default is not None:
                    values[name] = value_from_ast(default, type_)
                elif isinstance(type_, GraphQLNonNull):
                    return None
        except Exception:  # whatever it is: it comes once more, and is told in its place
            return None
        return values


def _variable(schema: GraphQLSchema, node: VariableDefinitionNode) -> Variable:
    type_: Any = type_from_ast(schema, node.type)
    if not is_input_type(type_):
        raise Left
    return Variable(node.variable.name.value, type_, _coercer(type_), node.default_value)


def _coercer(type_: Any, *around: GraphQLInputObjectType) -> Coerce:
    """Of a type that stands in these inputs. Raises Left."""
    if isinstance(type_, GraphQLNonNull):
        return _required(_coercer(type_.of_type, *around))
    if isinstance(type_, GraphQLList):
        return _list_of(_coercer(type_.of_type, *around))
    if isinstance(type_, GraphQLInputObjectType):
        if type_.is_one_of or type_ in around:  # it may be as deep as it likes, but for graphql-core's limit
            raise Left
        return _input_of(type_, *around)
    return _leaf(type_.parse_value)


def _required(coerce: Coerce) -> Coerce:
    def coerce_required(value: Any) -> Any:
        if value is None:
            raise Left
        return coerce(value)

    return coerce_required


def _leaf(parse: Coerce) -> Coerce:
    def coerce_leaf(value: Any) -> Any:
        parsed = None if value is None else parse(value)
        if parsed is Undefined:
            raise Left
        return parsed

    return coerce_leaf


def _list_of(coerce: Coerce) -> Coerce:
    def coerce_list(values: Any) -> Any:
        if values is None:
            return None
        if type(values) is not list:
            raise Left
        return [coerce(value) for value in values]

    return coerce_list


def _input_of(type_: GraphQLInputObjectType, *around: GraphQLInputObjectType) -> Coerce:
    fields = [
        (
            name,
            field.out_name or name,
            _coercer(field.type, type_, *around),
            field.default_value,
            isinstance(field.type, GraphQLNonNull),
        )
        for name, field in type_.fields.items()
    ]
    names = type_.fields.keys()

    def coerce_input(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not dict or not value.keys() <= names:
            raise Left
        made = {}
        for name, out_name, coerce, default, is_required in fields:
            if name in value:
                made[out_name] = coerce(value[name])
            elif default is not Undefined:
                made[out_name] = default
            elif is_required:
                raise Left
        return type_.out_type(made)

    return coerce_input
