"""Operations compiled once: the same answers as graphql-core's, without asking the schema again for every field.

graphql-core finds out anew for each field of each object what the field is, of which type, with which arguments, and
what is selected below it. Here that is found out once for each document (`operations`), kept with it, and run for each
request: plain attributes of a whole list at once (`columns`), from the database's rows where nothing else is wanted
(`tables`), and no more of them read than that (`wanted`); resolvers one after the other in the document's order, each
of them once (`selections`) with what they are given (`variables`, `arguments`), and what they find is completed
(`completing`).
Errors, nulls and their paths are those of the specification (6.4), as graphql-core gives them;
tests/schema/test_compiled.py holds the two against each other.

The door is `CompiledExecution`, by Strawberry's own hook. It leaves to graphql-core what it does not know:
introspection, resolvers that are coroutines, and documents with too many variants by `@skip` and `@include`.
"""

from typing import Any

from graphql import (
    DocumentNode,
    ExecutionContext,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.execute import CollectedErrors

from schema.compiled.operations import compiled, variants_of
from schema.compiled.selections import Run
from schema.deadline import PunctualExecution
from schema.documents import Document


class CompiledExecution(PunctualExecution):
    @classmethod
    def build(  # type: ignore[override]  # what is not named is handed on
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any,
        context_value: Any,
        raw_variable_values: dict[str, Any] | None,
        operation_name: str | None,
        *others: Any,
        **options: Any,
    ) -> list[GraphQLError] | ExecutionContext:
        """With variables that were coerced here, unless something is wrong with them. Resolvers for fields that have
        none are Strawberry's to give, and it gives none."""
        kept: Document = context_value.document
        variants = variants_of(schema, kept, operation_name)
        values = variants.variables.coerced(raw_variable_values or {}) if variants else None
        *_, middleware, is_awaitable = others
        if values is None or middleware is not None:
            given = root_value, context_value, raw_variable_values, operation_name
            return super().build(schema, document, *given, *others, **options)
        return cls(
            schema,
            kept.fragments,
            root_value,
            context_value,
            kept.operations[operation_name],
            values,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            CollectedErrors(),
            None,
            is_awaitable,
        )

    def execute_operation(self, operation: OperationDefinitionNode, root_value: Any) -> Any:
        selection = compiled(self)
        if selection is None:
            return super().execute_operation(operation, root_value)
        return selection.run(Run(self), root_value, serially=operation.operation is OperationType.MUTATION)
