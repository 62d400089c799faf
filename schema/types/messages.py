"""Messages."""

from datetime import datetime

import strawberry
from strawberry import relay

from messaging import models, selectors
from schema import pages
from schema.columns import column, model_type
from schema.context import Info
from schema.types.conversations import ConversationRef, load_conversation, load_user
from schema.types.people import User

MessageRow = strawberry.Parent[models.Message]


@model_type(models.Message, name="Message", description="One message of a conversation.")
class Message(relay.Node):
    id: relay.NodeID[int]
    sequence: int = column("1, 2, 3 … without a gap in each conversation: the order of its messages.")
    body: str = column("The text; empty once deleted.")
    created_at: datetime = column("When it was sent.")

    @strawberry.field(description="Where it was sent.")
    def conversation(message: MessageRow, info: Info) -> ConversationRef:
        return load_conversation(message, info)

    @strawberry.field(description="Who sent it. Null once that account is deleted.")
    def sender(message: MessageRow, info: Info) -> User | None:
        return load_user(message, "sender", info)

    @strawberry.field(description="The message of the same conversation that this one answers.")
    def reply_to(message: MessageRow, info: Info) -> "Message | None":
        return pages.load_related(
            message, "reply_to", lambda ids: selectors.messages_for(info.context.viewer).filter(pk__in=ids)
        )

    @strawberry.field(description="The key it was sent with. Null for anybody but its sender.")
    def idempotency_key(message: MessageRow, info: Info) -> str | None:
        return message.idempotency_key if message.sender_id == info.context.viewer.pk else None
