"""What the schema does around every operation."""

from collections.abc import Iterator
from typing import cast

from django.conf import settings
from graphql import GraphQLError, GraphQLSchema, NoSchemaIntrospectionCustomRule, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from messaging import feed
from schema.context import Context
from schema.documents import Document
from schema.errors import code_validation_errors


class CursorFirst(SchemaExtension):
    """Takes `eventCursor` before any other field is read, wherever it stands: fields run in the document's order, and
    what was read before the cursor was taken could lack what comes before it."""

    def on_execute(self) -> Iterator[None]:
        context = cast(Context, self.execution_context.context)
        if context.person is not None and context.operation.asks_for("eventCursor"):
            context.now = feed.now()
        yield


class CachedDocument(SchemaExtension):
    """Takes the document that the guards have parsed, and validates each document once, not once a request."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = cast(Context, self.execution_context.context).document.node
        yield

    def on_validate(self) -> Iterator[None]:
        document = cast(Context, self.execution_context.context).document
        self.execution_context.pre_execution_errors = validate(self.execution_context.schema._schema, document)
        yield


def validate(schema: GraphQLSchema, document: Document) -> list[GraphQLError]:
    """What does not fit the schema; found once for each document."""
    if document.validation_errors is None:
        rules = (*specified_rules, *(() if settings.INTROSPECTION else (NoSchemaIntrospectionCustomRule,)))
        errors = validate_document(schema, document.node, rules)
        code_validation_errors(errors)
        document.validation_errors = errors
    return document.validation_errors
