"""The texts that an operation would store, found by the schema's own declarations.

What is text is said at the input field: every `String` of a mutation's input is, and the name of every file, unless
schema/inputs.py marks it as `unread`. A new field is looked at without anybody remembering to say so.
"""

from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    OperationType,
    VariableDefinitionNode,
    value_from_ast_untyped,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.documents import Operation, root_fields
from schema.schema import schema


def stored_texts(operation: Operation) -> Iterator[tuple[str, str]]:
    """(field, text) for every text in the arguments of a mutation, whether in variables or in the document.

    The field is dotted below the input: `body`, `titles.3`. What does not fit the schema is passed over: nothing of it
    will be stored.
    """
    mutations = schema._schema.mutation_type
    if operation.type is not OperationType.MUTATION or operation.definition is None or mutations is None:
        return
    variables = {**_defaults(operation.definition.variable_definitions), **operation.variables}
    for node in root_fields(operation):
        field = mutations.fields.get(node.name.value)
        for argument in node.arguments if field else ():
            declared = field.args.get(argument.name.value) if field else None
            if declared is not None:
                value = value_from_ast_untyped(argument.value, variables)
                yield from _texts(declared.type, value, "" if argument.name.value == "input" else argument.name.value)


def _defaults(definitions: tuple[VariableDefinitionNode, ...]) -> dict[str, Any]:
    return {
        node.variable.name.value: value_from_ast_untyped(node.default_value)
        for node in definitions
        if node.default_value is not None
    }


def _texts(kind: GraphQLInputType, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(kind, GraphQLNonNull):
        yield from _texts(kind.of_type, value, path)
    elif isinstance(kind, GraphQLList):
        for place, item in enumerate(value if isinstance(value, list) else [value]):
            yield from _texts(kind.of_type, item, f"{path}.{place}")
    elif isinstance(kind, GraphQLInputObjectType) and isinstance(value, dict):
        for name, item in value.items():
            field = kind.fields.get(name)
            if field is not None and is_read(field):
                yield from _texts(field.type, item, f"{path}.{name}" if path else name)
    elif kind is GraphQLString and isinstance(value, str):
        yield path, value
    elif isinstance(value, UploadedFile):  # people read how it is called
        yield path, value.name or ""


def is_read(field: Any) -> bool:
    """Whether people will read what is put here."""
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return declared is None or not declared.metadata.get("unread", False)
