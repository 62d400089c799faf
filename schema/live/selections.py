"""What a subscription wants to know of each event, and whether that is the same for all who want the same."""

import json
from collections.abc import Hashable, Iterator
from typing import Any

from graphql import FieldNode, Node, TypeInfo, TypeInfoVisitor, VariableNode, Visitor, visit

from accounts.models import User
from schema.columns import is_same_for_all
from schema.context import Context
from schema.documents import Document, Operation, root_fields
from schema.errors import describe
from schema.responses import as_json
from schema.running import run
from schema.schema import schema
from schema.types.events import Event

PLAIN = ("id", "__typename")


class Selection:
    """One operation, and its variables as far as they matter below `events`: equal keys get equal responses.

    `is_shared`: the responses do not depend on who asks either, for those who may see the event at all.
    """

    __slots__ = ("base", "is_shared", "key", "operation")

    def __init__(self, operation: Operation, base: str = "") -> None:
        below = set(_variables_below(operation))  # one that is not sent has its default, unlike one that is null
        values = {name: value for name, value in operation.variables.items() if name in below}
        self.operation, self.base = operation, base
        self.key: Hashable = (base, operation.text, operation.name, json.dumps(values, sort_keys=True, default=str))
        self.is_shared = _is_shared(operation.document) if operation.document else False

    def respond(self, event: Event, viewer: User, request_id: str) -> str:
        """The response to one event, as JSON. An event is the root of its operation (GraphQL, 6.2.3.2)."""
        context = Context(operation=self.operation, address=None, known_base=self.base, person=viewer)
        result = run(context, root=event)
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [describe(error, request_id=request_id) for error in result.errors]
        return as_json(body)


def _variables_below(operation: Operation) -> Iterator[str]:
    """`after` is another one for each client; what stands in the selections makes another response."""
    assert operation.document is not None
    below: list[Node] = [field.selection_set for field in root_fields(operation) if field.selection_set]
    for node in [*below, *operation.document.fragments.values()]:
        found = _Variables()
        visit(node, found)
        yield from found.names


class _Variables(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.append(node.name.value)


def _is_shared(document: Document) -> bool:
    """Whether every field in the document is the same for all; what is not known for it counts as the viewer's own."""
    types = TypeInfo(schema._schema)
    found = _OwnFields(types)
    visit(document.node, TypeInfoVisitor(types, found))
    return not found.any


class _OwnFields(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self.types, self.any = types, False

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, field = self.types.get_parent_type(), self.types.get_field_def()
        if node.name.value in PLAIN or parent is schema._schema.subscription_type:
            return
        if field is None or not is_same_for_all(field):
            self.any = True
