"""Everything that can be listened to."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from schema.context import Info, SignedIn
from schema.types import Event


@strawberry.type(description="Listening.")
class Subscription:
    @strawberry.subscription(
        permission_classes=[SignedIn],
        description="The viewer's events: those stored after the cursor, in order, then CaughtUp, then live ones,"
        " without a gap or a repeat at the seam. Without `after`: live only. ResyncRequired ends the stream, and so"
        " does the end of the conversation that is named.",
    )
    async def events(
        self,
        info: Info,
        after: Annotated[
            str | None, strawberry.argument(description="A cursor: of `eventCursor`, or of an event.")
        ] = None,
        conversation_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only of this one; NOT_FOUND if it is not yours."),
        ] = None,
    ) -> AsyncIterator[Event]:
        # The transport's stream: its items are whole responses already, each encoded once for all who get the same.
        assert info.context.stream is not None, "a transport of subscriptions brings it"
        return await info.context.stream.open(after, conversation_id)
