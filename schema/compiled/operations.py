"""From a document to the selection that is run for it: once, and kept with the document."""

from collections.abc import Iterable
from typing import Any, cast

from graphql import (
    DirectiveNode,
    ExecutionContext,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TypeNameMetaFieldDef,
    VariableNode,
    Visitor,
    get_named_type,
    visit,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.execute import get_field_def
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.compiled import resolving, wanted
from schema.compiled.columns import AS_IT_IS, CLASS, Column, Columns
from schema.compiled.completing import ABSTRACT, LEAVES, completer
from schema.compiled.resolving import Resolve
from schema.compiled.selections import Field, Selection
from schema.compiled.variables import Variables
from schema.context import Context
from schema.documents import Document

MAX_VARIANTS = 16  # of one operation, by the variables of its @skip and @include


class Unknown(Exception):
    """The operation holds something that is left to graphql-core."""


class Variants:
    """The selections of one operation: one for all values of its variables, but those that decide what is selected."""

    def __init__(self, schema: GraphQLSchema, document: Document, operation: OperationDefinitionNode) -> None:
        self.conditions = _conditions((operation, *document.fragments.values()))
        self.variables = Variables(schema, operation.variable_definitions)
        self._selections: dict[tuple[Any, ...], Selection | None] = {}

    def find(self, execution: ExecutionContext) -> Selection | None:
        key = tuple(execution.variable_values.get(name) for name in self.conditions)
        if key not in self._selections and len(self._selections) < MAX_VARIANTS:
            self._selections[key] = _compile(execution)
        return self._selections.get(key)


def variants_of(schema: GraphQLSchema, document: Document, name: str | None) -> Variants | None:
    """Those of the operation of this name, kept with its document; None if there is none."""
    kept: Variants | None = document.compiled.get(name)
    if kept is None and name in document.operations:
        kept = document.compiled[name] = Variants(schema, document, document.operations[name])
    return kept


def compiled(execution: ExecutionContext) -> Selection | None:
    """What to run; None for what is left to graphql-core."""
    name = execution.operation.name.value if execution.operation.name else None
    variants = variants_of(execution.schema, cast(Context, execution.context_value).document, name)
    return variants.find(execution) if variants else None


def _compile(execution: ExecutionContext) -> Selection | None:
    try:
        return Compiler(execution).operation(execution.operation)
    except Unknown:
        return None


class Compiler:
    """Finds out what graphql-core would find out with each run."""

    def __init__(self, execution: ExecutionContext) -> None:
        self._schema, self._fragments = execution.schema, execution.fragments
        self._variables = execution.variable_values  # of which only the conditions are looked at

    def operation(self, node: OperationDefinitionNode) -> Selection:
        """Raises Unknown."""
        root = self._schema.get_root_type(node.operation)
        if root is None:
            raise Unknown
        return self._selection(root, collect_fields(*self._around, root, node.selection_set))

    @property
    def _around(self) -> tuple[GraphQLSchema, dict[str, FragmentDefinitionNode], dict[str, Any]]:
        return self._schema, self._fragments, self._variables

    def _selection(self, parent: GraphQLObjectType, found: dict[str, list[FieldNode]]) -> Selection:
        fields = [self._field(parent, name, nodes) for name, nodes in found.items()]
        read = {field.name: _column(field) for field in fields}
        return Selection(fields, Columns(read), [field for field in fields if read[field.name] is None])

    def _field(self, parent: GraphQLObjectType, name: str, nodes: list[FieldNode]) -> Field:
        definition = get_field_def(self._schema, parent, nodes[0])
        if definition is None:
            raise Unknown
        strawberry, resolve = self._resolver(parent, definition)
        field = Field(name, nodes, parent, definition, strawberry, resolve)
        field.complete = completer(field, definition.type, self._below(definition, nodes))
        field.columns_of_nodes = wanted.of_nodes(field)
        return field

    def _resolver(self, parent: GraphQLObjectType, definition: GraphQLField) -> tuple[StrawberryField | None, Resolve]:
        if definition is TypeNameMetaFieldDef:
            return None, lambda _source, _info: parent.name
        strawberry = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if strawberry is None or not resolving.is_known(strawberry):
            raise Unknown
        return strawberry, resolving.resolve(strawberry, parent)

    def _below(self, definition: GraphQLField, nodes: list[FieldNode]) -> dict[str, Selection]:
        """What is wanted of each type that the field can lead to."""
        kind = get_named_type(definition.type)
        if isinstance(kind, GraphQLObjectType):
            return {kind.name: self._selection(kind, collect_sub_fields(*self._around, kind, nodes))}
        types = self._schema.get_possible_types(kind) if isinstance(kind, ABSTRACT) else []
        return {one.name: self._selection(one, collect_sub_fields(*self._around, one, nodes)) for one in types}


def _column(field: Field) -> Column | None:
    type_ = field.definition.type
    kind = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if not isinstance(kind, LEAVES):
        return None
    is_required = kind is not type_
    if field.strawberry is None:
        return Column(CLASS, kind.serialize, str, is_required=True, make=lambda _: field.parent.name)
    if resolving.is_global_id(field.strawberry):
        attribute, make = resolving.global_id_attribute(field.parent), resolving.global_id_of(field.parent)
        return Column(attribute, kind.serialize, str, is_required=True, make=make)
    if resolving.is_attribute(field.strawberry):
        attribute = resolving.attribute_name(field.strawberry)
        return Column(attribute, kind.serialize, AS_IT_IS.get(kind), is_required=is_required)
    return None


def _conditions(definitions: Iterable[Node]) -> tuple[str, ...]:
    """The variables in their @skip and @include."""
    found = _Conditions()
    for definition in definitions:
        visit(definition, found)
    return tuple(sorted(found.names))


class _Conditions(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        values = [argument.value for argument in node.arguments]
        self.names.update(value.name.value for value in values if isinstance(value, VariableNode))
