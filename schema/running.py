"""Running: from an operation that the guards have let pass to its result."""

from typing import Any

from graphql import ExecutionResult, GraphQLError, execute_sync

from messaging import feed
from schema.context import Context
from schema.schema import schema
from schema.validation import validate


def run(context: Context, root: Any = None) -> ExecutionResult:
    """The result, in which everything is that went wrong. Strawberry's own `execute_sync` would parse and validate
    each time, and ask extensions that are not there."""
    errors = validate(schema._schema, context.document)
    if errors:
        return ExecutionResult(None, errors)
    try:
        _take_cursor_first(context)
        result: Any = execute_sync(
            schema._schema,
            context.document.node,
            root_value=root,
            context_value=context,
            variable_values=context.operation.variables,
            operation_name=context.operation.name,
            execution_context_class=schema.execution_context_class,
        )
    except Exception as error:  # before any field
        return ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
    return result  # type: ignore[no-any-return]


def _take_cursor_first(context: Context) -> None:
    """Before any other field is read, wherever `eventCursor` stands: fields run in the document's order, and what was
    read before the cursor was taken could lack what comes before it."""
    if context.person is not None and context.operation.asks_for("eventCursor"):
        context.now = feed.now()
