"""Conversations and who takes part in them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from accounts.models import User as UserModel
from messaging import models, permissions, selectors
from schema import pages
from schema.columns import column, model_type
from schema.connections import Connection, NestedRows, Order
from schema.context import Info
from schema.history import History
from schema.types.people import User

ConversationRef = Annotated["Conversation", strawberry.lazy("schema.types.conversations")]
MessageRef = Annotated["Message", strawberry.lazy("schema.types.messages")]
ConversationRow = strawberry.Parent[models.Conversation]
ParticipantRow = strawberry.Parent[models.Participant]

ConversationKind = strawberry.enum(
    models.Conversation.Kind, name="ConversationKind", description="DIRECT: exactly two people. GROUP: up to 1,000."
)
ParticipantRole = strawberry.enum(
    models.Participant.Role,
    name="ParticipantRole",
    description="What a person may do in a group: OWNER > ADMIN > MEMBER.",
)
JOIN_ORDER = Order("JOINED", "pk", int, unique=True)


@model_type(models.Participant, name="Participant", description="One person's part in one conversation.")
class Participant(relay.Node):
    id: relay.NodeID[int]
    role: ParticipantRole = column("What the person may do; MEMBER in a direct conversation.")
    joined_at: datetime = column("When the person came in.")
    last_read_sequence: int = column("The newest message the person has read; 0 before the first.")
    last_read_at: datetime | None = column("When the person last read something.")

    @strawberry.field(description="Who it is.")
    def user(participant: ParticipantRow, info: Info) -> User:
        return load_user(participant, "user", info)

    @strawberry.field(description="In which conversation.")
    def conversation(participant: ParticipantRow, info: Info) -> ConversationRef:
        return load_conversation(participant, info)


@model_type(models.Conversation, name="Conversation", description="A conversation. Only its participants can see it.")
class Conversation(relay.Node):
    id: relay.NodeID[int]
    kind: ConversationKind = column("Between two people, or a group.")
    title: str = column("1 to 100 characters; empty for DIRECT.")
    created_at: datetime = column("When it was started.")
    updated_at: datetime = column("When its title or its people last changed.")
    last_activity_at: datetime = column("When it was last written to; before the first message, when it was started.")
    last_sequence: int = column("The number of its newest message; 0 before the first.")
    participant_count: int = column("How many people take part.")
    viewer_participant: Participant = strawberry.field(
        resolver=lambda root: root.mine, description="The viewer's own part in it."
    )

    @strawberry.field(description="Who started it. Null once that account is deleted.")
    def created_by(conversation: ConversationRow, info: Info) -> User | None:
        return load_user(conversation, "created_by", info)

    @relay.connection(Connection[Participant], description="Who takes part, in the order of joining.")
    def participants(conversation: ConversationRow, role: ParticipantRole | None = None) -> Iterable[Participant]:
        return NestedRows(
            conversation,
            ("participants", role),
            lambda page: selectors.participants_of(page, role),
            "conversation_id",
            JOIN_ORDER,
            lambda: selectors.participants_of([conversation], role).count() if role else conversation.participant_count,
        )

    @relay.connection(
        Connection[MessageRef], description="Its messages, oldest to newest; without sizes the newest 50."
    )
    def messages(conversation: ConversationRow) -> Iterable[MessageRef]:
        return History(conversation)

    @strawberry.field(description="The newest message. Null before the first.")
    def last_message(conversation: ConversationRow) -> MessageRef | None:
        return pages.load(conversation, "last_message", load_last_messages)

    @strawberry.field(description="How many messages the viewer has not read. Sending marks everything before as read.")
    def unread_count(conversation: ConversationRow) -> int:
        return conversation.last_sequence - conversation.mine.last_read_sequence

    @strawberry.field(description="Whether the viewer can write here now.")
    def viewer_can_send(conversation: ConversationRow, info: Info) -> bool:
        load_user(conversation, "direct_low", info)
        load_user(conversation, "direct_high", info)
        return permissions.can_send(info.context.viewer, conversation)

    @strawberry.field(description="Whether the viewer can rename it, and add and remove people.")
    def viewer_can_manage(conversation: ConversationRow) -> bool:
        return permissions.can_manage(conversation, conversation.mine)


def load_user(row: object, name: str, info: Info) -> UserModel | None:
    """The person of a foreign key, for the whole page at once."""
    return pages.load_related(
        row, name, lambda ids: UserModel.objects.visible_to(info.context.viewer).filter(pk__in=ids)
    )


def load_conversation(row: object, info: Info) -> models.Conversation | None:
    """The conversation of a foreign key, with the viewer's own part in it, for the whole page at once."""
    return pages.load_related(
        row, "conversation", lambda ids: selectors.conversations_for(info.context.viewer).filter(pk__in=ids)
    )


def load_last_messages(conversations: list[models.Conversation]) -> dict[int, models.Message]:
    by_key = {conversation.pk: conversation for conversation in conversations}
    found = pages.page(selectors.last_messages(conversations))
    for message in found:
        message.conversation = by_key[message.conversation_id]
    return {message.conversation_id: message for message in found}
