"""From an operation to its stream of responses, for both transports."""

from collections.abc import AsyncGenerator
from typing import Any

from graphql import ExecutionResult, GraphQLError, create_source_event_stream

from schema.context import Context
from schema.errors import describe
from schema.live.delivery import Response
from schema.live.hub import hub
from schema.live.selections import Selection
from schema.live.streams import Stream, TellAtOnce, tell_in_turn
from schema.schema import schema
from schema.validation import validate


class NotSubscribed(Exception):
    """The operation cannot be run."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self._errors = errors

    def described(self, request_id: str) -> list[dict[str, Any]]:
        return [describe(error, request_id=request_id) for error in self._errors]


async def subscribe(context: Context, tell_at_once: TellAtOnce = tell_in_turn) -> AsyncGenerator[Response, None]:
    """The responses to a subscription that the guards have let pass, but for those that could be told at once. Raises
    NotSubscribed."""
    await hub().threads.run_for(context.person, _prepare, context, tell_at_once)
    operation = context.operation
    # The ordinary road to the stream: arguments, permission and refusals as with every field (GraphQL, 6.2.3.1).
    opened: Any = await create_source_event_stream(
        schema._schema,
        context.document.node,
        context_value=context,
        variable_values=operation.variables,
        operation_name=operation.name,
    )
    if isinstance(opened, ExecutionResult):
        raise NotSubscribed(opened.errors or [])
    stream: AsyncGenerator[Response, None] = opened
    return stream


def _prepare(context: Context, tell_at_once: TellAtOnce) -> None:
    """Raises NotSubscribed. A document may take some tenths of a second: nobody else is to wait for it."""
    operation = context.operation
    if operation.error is not None or operation.document is None:
        raise NotSubscribed([operation.error or GraphQLError("No document.")])
    errors = validate(schema._schema, operation.document)
    if errors:
        raise NotSubscribed(errors)
    if context.person is not None:
        selection = Selection(operation, context.base)
        context.stream = Stream(hub().reader, hub().threads, context.person, selection, tell_at_once)
