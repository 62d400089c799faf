"""What the schema does around every operation."""

from collections.abc import Iterator
from typing import cast

from django.conf import settings
from graphql import NoSchemaIntrospectionCustomRule, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from schema.context import Context
from schema.errors import code_validation_errors


class CachedDocument(SchemaExtension):
    """Takes the document that the guards have parsed, and validates each document once, not once a request."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = cast(Context, self.execution_context.context).document.node
        yield

    def on_validate(self) -> Iterator[None]:
        document = cast(Context, self.execution_context.context).document
        if document.validation_errors is None:
            rules = (*specified_rules, *(() if settings.INTROSPECTION else (NoSchemaIntrospectionCustomRule,)))
            errors = validate_document(self.execution_context.schema._schema, document.node, rules)
            code_validation_errors(errors)
            document.validation_errors = errors
        self.execution_context.pre_execution_errors = document.validation_errors
        yield
