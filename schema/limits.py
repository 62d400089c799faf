"""What a document may ask for: how deep, how often, how much. One walk, before validation.

Every fragment is looked at once, however often it is spread: what it adds up to is remembered, so that sixty fragments
that each spread the next one twice are sixty steps and not 2^60. What does not fit the schema costs nothing here;
validation refuses it afterwards.

The cost of an operation is the number of objects on the pages it asks for: 20 conversations with 50 messages each are
20 + 20 × 50. What belongs to an object (a sender, a last message) comes along with it and is free.
"""

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    get_named_type,
    value_from_ast_untyped,
)

from messaging.feed import MAX_BEHIND
from schema.connections import MAX_PAGE, page_request
from schema.documents import Document, Operation
from schema.responses import Refused

INTROSPECTION = ("__schema", "__type")
RECURSIVE = (
    "fields",
    "args",
    "inputFields",
    "interfaces",
    "possibleTypes",
)  # of introspection: each leads back to types
PAGES = ("Connection", "Batch")  # what they list has been counted by the size that was asked for
PLAIN_LIST = 10  # a list without a page size (sessions, revisions) is priced like so many objects
SHORT_LISTS = {"reactions": 5}  # those that are seldom so long
MAX_KNOWN = 50  # of one document, by its variables
MAX_NESTING = 100  # of selections in one another, fragments included; deeper is refused without looking further
WORDS = {
    "operations": "Operations",
    "variables": "Variables",
    "depth": "Levels of fields",
    "introspection_depth": "Levels of introspection",
    "self_nesting": "Introspection lists inside themselves",
    "aliases": "Names for one field",
    "fields": "Fields",
    "directives": "Directives",
    "cost": "Objects on the pages asked for",
    "event_cost": "Objects on the pages asked for with each event",
}


@dataclass(slots=True)
class Sum:
    """What selections add up to, their fragments included."""

    depth: int = 0
    introspection_depth: int = 0
    fields: int = 0
    directives: int = 0
    aliases: int = 0
    cost: int = 0
    names: dict[str, set[str]] = field(default_factory=dict)
    """Field → the names it has in the answer, at this level."""
    recursion: dict[str, int] = field(default_factory=dict)
    """One of RECURSIVE → how many of it stand inside one another."""

    def add(self, other: "Sum") -> None:
        """Takes in what stands beside this."""
        self.depth = max(self.depth, other.depth)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.fields += other.fields
        self.directives += other.directives
        self.cost += other.cost
        for name, keys in other.names.items():
            self.names.setdefault(name, set()).update(keys)
        for name, count in other.recursion.items():
            self.recursion[name] = max(self.recursion.get(name, 0), count)
        self.aliases = max(self.aliases, other.aliases, *(len(keys) for keys in self.names.values()), 0)


def check(operation: Operation, schema: GraphQLSchema) -> int:
    """The operation's cost. Raises Refused, QUERY_TOO_COMPLEX, for the first limit that it passes.

    Found out once for each document and what its variables say about sizes: what has passed is kept with the document.
    """
    if operation.document is None or operation.definition is None:
        return 0
    known, key = operation.document.costs, _key(operation)
    if key not in known:
        cost = _check(operation, operation.document, operation.definition, schema)
        if len(known) >= MAX_KNOWN:
            known.clear()
        known[key] = cost
    return known[key]


def _key(operation: Operation) -> Hashable:
    """Everything that the cost depends on beside the document: lists count by their lengths."""
    sizes = [(name, _size(value)) for name, value in operation.variables.items()]
    return operation.name, tuple(sizes), tuple(settings.GRAPHQL_LIMITS.values())


def _size(value: Any) -> Hashable:
    if isinstance(value, list):
        return "list", len(value)
    return value if value is None or isinstance(value, int) else str(type(value))


def _check(operation: Operation, document: Document, definition: OperationDefinitionNode, schema: GraphQLSchema) -> int:
    _hold("operations", len(document.operations))
    _hold("variables", len(definition.variable_definitions))
    walk = Walk(schema, document, definition, operation.variables)
    total = walk.total()
    for name in ("depth", "introspection_depth", "aliases", "fields", "directives"):
        _hold(name, getattr(total, name))
    # A subscription costs that much with every event, and others wait for their events meanwhile.
    is_subscription = operation.type is OperationType.SUBSCRIPTION
    _hold("event_cost" if is_subscription else "cost", total.cost)
    if not walk.circular:
        _hold("aliases", walk.merged_aliases([definition.selection_set]))
    _hold("self_nesting", max(total.recursion.values(), default=0))
    return total.cost


def _hold(name: str, asked: int) -> None:
    limit = settings.GRAPHQL_LIMITS[name]
    if asked > limit:
        told: dict[str, Any] = {"cost": asked} if name in ("cost", "event_cost") else {}
        sentence = f"The document asks for too much. {WORDS[name]}: {asked:,}, at most {limit:,}."
        raise Refused(sentence, status=None, code="QUERY_TOO_COMPLEX", limit=limit, **told)


class Walk:
    """One look at an operation and the fragments it uses, each once."""

    def __init__(
        self, schema: GraphQLSchema, document: Document, definition: OperationDefinitionNode, variables: dict[str, Any]
    ) -> None:
        self.schema = schema
        self.document = document
        self.definition = definition
        self.variables = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in definition.variable_definitions
            if node.default_value is not None
        } | variables
        self.known: dict[str, Sum] = {}
        self.unfinished: set[str] = set()
        self.circular = False
        self.nesting = 0

    def total(self) -> Sum:
        root = self.schema.get_root_type(self.definition.operation)
        total = self.selections(self.definition.selection_set, root)
        total.directives += len(self.definition.directives)
        return total

    def selections(self, node: SelectionSetNode | None, parent: GraphQLNamedType | None) -> Sum:
        total = Sum()
        if node is None:
            return total
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            raise Refused(
                "The document is nested too deeply.", status=None, code="QUERY_TOO_COMPLEX", limit=MAX_NESTING
            )
        for selection in node.selections:
            total.add(self.selection(selection, parent))
        self.nesting -= 1
        return total

    def selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Sum:
        if isinstance(node, FieldNode):
            part = self.field(node, parent)
        elif isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            part = self.selections(node.selection_set, self.type(condition.name.value) if condition else parent)
        else:
            assert isinstance(node, FragmentSpreadNode)
            part = self.fragment(node.name.value)
        counted = Sum(directives=len(node.directives))
        counted.add(part)
        return counted

    def fragment(self, name: str) -> Sum:
        """Remembered; a fragment that spreads itself adds nothing to itself, and validation refuses it."""
        self.circular |= name in self.unfinished
        if name not in self.known:
            self.known[name] = Sum()
            node = self.document.fragments.get(name)
            if node is not None:
                self.unfinished.add(name)
                self.known[name] = self.selections(node.selection_set, self.type(node.type_condition.name.value))
                self.unfinished.remove(name)
        return self.known[name]

    def field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Sum:
        name = node.name.value
        declared = getattr(parent, "fields", {}).get(name)
        below = self.selections(node.selection_set, get_named_type(declared.type) if declared else None)
        has_own = node.selection_set is not None
        total = Sum(
            fields=1 + below.fields,
            directives=below.directives,
            aliases=below.aliases,
            cost=self.price(node, declared, parent, below.cost),
            names={name: {(node.alias or node.name).value}},
            recursion=below.recursion | ({name: below.recursion.get(name, 0) + 1} if name in RECURSIVE else {}),
        )
        if name in INTROSPECTION:
            total.introspection_depth = 1 + below.depth
        else:
            total.depth = has_own + below.depth
        return total

    def merged_aliases(self, together: list[SelectionSetNode]) -> int:
        """The names of one field where several selections are one object: `{ me { a: id } me { b: id } }` (6.3.2).

        Only for what has passed the other limits and is not circular: a field is visited as often as it is asked for.
        """
        merged: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in together:
            self.merge(node, merged, seen)
        names = Counter(nodes[0].name.value for nodes in merged.values())
        below = [[node.selection_set for node in nodes if node.selection_set] for nodes in merged.values()]
        return max([*names.values(), *(self.merged_aliases(nodes) for nodes in below if nodes)], default=0)

    def merge(self, node: SelectionSetNode, merged: dict[str, list[FieldNode]], seen: set[str]) -> None:
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                merged.setdefault((selection.alias or selection.name).value, []).append(selection)
            elif isinstance(selection, InlineFragmentNode):
                self.merge(selection.selection_set, merged, seen)
            elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in seen:
                seen.add(selection.name.value)
                fragment = self.document.fragments.get(selection.name.value)
                if fragment is not None:
                    self.merge(fragment.selection_set, merged, seen)

    def price(self, node: FieldNode, declared: GraphQLField | None, parent: GraphQLNamedType | None, below: int) -> int:
        if declared is None or node.selection_set is None:
            return 0
        if "first" in declared.args:
            return self.page_size(node, declared) * (1 + below)
        if is_list(declared) and not (parent and parent.name.endswith(PAGES)):
            return self.list_size(node) * (1 + below)
        return below

    def page_size(self, node: FieldNode, declared: GraphQLField) -> int:
        """Raises Refused for what is no page size: nothing is run to find that out."""
        first, last = self.argument(node, "first"), self.argument(node, "last")
        if not all(size is None or isinstance(size, int) for size in (first, last)):
            return MAX_PAGE  # validation says what is wrong with it
        if not get_named_type(declared.type).name.endswith("Connection"):
            size = declared.args["first"].default_value if first is None else first
            is_number = isinstance(size, int) and 0 <= size <= MAX_BEHIND
            return size if is_number else MAX_PAGE  # events; the field itself refuses what is no number
        try:
            return page_request(first=first, after=None, last=last, before=None, newest=False).size
        except ValidationError as wrong:
            field, (sentence, *_) = next(iter(wrong.message_dict.items()))
            raise Refused(sentence, status=None, code="BAD_USER_INPUT", field=field) from None

    def list_size(self, node: FieldNode) -> int:
        ids = self.argument(node, "ids")
        return min(len(ids), MAX_PAGE) if isinstance(ids, list) else SHORT_LISTS.get(node.name.value, PLAIN_LIST)

    def argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments:
            if argument.name.value == name:
                value = value_from_ast_untyped(argument.value, self.variables)
                return None if value is Undefined else value  # a variable that was not sent
        return None

    def type(self, name: str) -> GraphQLNamedType | None:
        return self.schema.get_type(name)


def is_list(declared: GraphQLField) -> bool:
    kind = declared.type
    return isinstance(kind.of_type if isinstance(kind, GraphQLNonNull) else kind, GraphQLList)
