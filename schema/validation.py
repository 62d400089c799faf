"""Whether a document fits the schema: found out once for each document, not once a request."""

from typing import Any

from django.conf import settings
from graphql import (
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    ValidationRule,
    specified_rules,
)
from graphql.validation.rules import overlapping_fields_can_be_merged
from strawberry.schema.schema import validate_document

from schema.documents import Document
from schema.errors import code_validation_errors


class UnconditionalSubscription(ValidationRule):
    """The root field of a subscription is never skipped (GraphQL, September 2025, 5.2.4.1): graphql-core does not ask
    yet, and stumbles over a subscription to nothing."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        if node.operation is OperationType.SUBSCRIPTION and self._is_conditional(node.selection_set, set()):
            self.report_error(GraphQLError("A subscription takes no @skip or @include at its root.", node))

    def _is_conditional(self, selections: SelectionSetNode, visited: set[str]) -> bool:
        for node in selections.selections:
            if any(directive.name.value in ("skip", "include") for directive in node.directives):
                return True
            below = self._below(node, visited)
            if below is not None and self._is_conditional(below, visited):
                return True
        return False

    def _below(self, node: SelectionNode, visited: set[str]) -> SelectionSetNode | None:
        """What stands at the same level: in an inline fragment, or in one that is spread here for the first time."""
        if isinstance(node, InlineFragmentNode):
            return node.selection_set
        if not isinstance(node, FragmentSpreadNode) or node.name.value in visited:
            return None
        visited.add(node.name.value)
        fragment = self.context.get_fragment(node.name.value)
        return fragment.selection_set if fragment else None


# Comparing each field of a name with each other is what costs most in a document that is made to cost: five hundred
# times `__typename` were 125,000 comparisons. The longest that front ends send need a tenth of it, or less.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 40_000

CLOSED = [NoSchemaIntrospectionCustomRule]


def validate(schema: GraphQLSchema, document: Document) -> list[GraphQLError]:
    """What does not fit the schema."""
    if document.validation_errors is None:
        ours = [UnconditionalSubscription] if settings.INTROSPECTION else [UnconditionalSubscription, *CLOSED]
        errors = validate_document(schema, document.node, (*specified_rules, *ours))
        code_validation_errors(errors)
        document.validation_errors = errors
    return document.validation_errors
