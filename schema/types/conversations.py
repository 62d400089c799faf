"""Conversations and who takes part in them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import relay

from accounts.blocks import barriers
from accounts.models import User as UserModel
from accounts.selectors import people_by_key
from messaging import models, permissions, selectors
from rows import pages, tables
from schema import lists
from schema.columns import SAME_FOR_ALL, column, loaded, model_type, related
from schema.connections import Connection, NestedRows, Order, connection
from schema.context import Info
from schema.enums import ConversationKind, ParticipantRole
from schema.filters import MessageFilter
from schema.types.people import User

ConversationRef = Annotated["Conversation", strawberry.lazy("schema.types.conversations")]
MessageRef = Annotated["Message", strawberry.lazy("schema.types.messages")]
ConversationRow = strawberry.Parent[models.Conversation]
ParticipantRow = strawberry.Parent[models.Participant]

JOIN_ORDER = Order("JOINED", "pk", int, unique=True)


@model_type(models.Participant, name="Participant", description="One person's part in one conversation.")
class Participant(relay.Node):
    id: relay.NodeID[int]
    role: ParticipantRole = column("What the person may do; MEMBER in a direct conversation.")
    joined_at: datetime = column("When the person came in.")
    last_read_sequence: int = column("The newest message the person has read; 0 before the first.")
    last_read_at: datetime | None = column("When the person last read something.")

    @strawberry.field(description="Told to nobody else: the viewer's own row only. Null also when not muted.")
    def muted_until(participant: ParticipantRow, info: Info) -> datetime | None:
        return participant.muted_until if participant.user_id == info.context.viewer.pk else None

    @strawberry.field(description="The viewer's own row only: out of the list until the next message.")
    def is_archived(participant: ParticipantRow, info: Info) -> bool | None:
        if participant.user_id != info.context.viewer.pk:
            return None
        return participant.is_archived_in(load_conversation(participant, info))

    @strawberry.field(description="The viewer's own row only.")
    def is_pinned(participant: ParticipantRow, info: Info) -> bool | None:
        return participant.is_pinned if participant.user_id == info.context.viewer.pk else None

    @strawberry.field(description="Who it is.", metadata=SAME_FOR_ALL | related("user"))
    def user(participant: ParticipantRow, info: Info) -> User:
        return load_user(participant, "user", info)

    @strawberry.field(description="In which conversation.", metadata=SAME_FOR_ALL)
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

    @strawberry.field(description="The viewer's own part in it.")
    def viewer_participant(conversation: ConversationRow, info: Info) -> Participant:
        return pages.load(conversation, "mine", lambda page: own_parts(page, info.context.viewer))

    @strawberry.field(
        description="Who started it. Null once that account is deleted.", metadata=SAME_FOR_ALL | related("created_by")
    )
    def created_by(conversation: ConversationRow, info: Info) -> User | None:
        return load_user(conversation, "created_by", info)

    @connection(Connection[Participant], description="Who takes part, in the order of joining.")
    def participants(
        conversation: ConversationRow,
        role: Annotated[ParticipantRole | None, strawberry.argument(description="Only these.")] = None,
    ) -> Iterable[Participant]:
        return NestedRows(
            conversation,
            ("participants", role),
            lambda page: selectors.participants_of(page, role.value if role else None),
            "conversation_id",
            JOIN_ORDER,
            None if role else lambda: conversation.participant_count,
            settle=lists.settle_in,
            prepared=None if role else selectors.TAKING_PART,
        )

    @connection(Connection[MessageRef], description="Its messages, oldest to newest; without sizes the newest 50.")
    def messages(
        conversation: ConversationRow,
        info: Info,
        filters: Annotated[MessageFilter | None, strawberry.argument(description="All conditions together.")] = None,
        around: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="This message with half a page on each side, instead of cursors."),
        ] = None,
    ) -> Iterable[MessageRef]:
        return lists.list_messages_of(conversation, info.context.viewer, filters, around)

    @strawberry.field(
        description="The newest message. Null before the first.",
        metadata=SAME_FOR_ALL | loaded("last_message", lambda page: load_last_messages(page)),
    )
    def last_message(conversation: ConversationRow) -> MessageRef | None:
        return pages.load(conversation, "last_message", load_last_messages)

    @strawberry.field(description="How many messages the viewer has not read. Sending marks everything before as read.")
    def unread_count(conversation: ConversationRow) -> int:
        return conversation.last_sequence - conversation.mine.last_read_sequence

    @strawberry.field(description="Whether the viewer can write here now.")
    def viewer_can_send(conversation: ConversationRow, info: Info) -> bool:
        return permissions.can_send(info.context.viewer, with_both_people(conversation, info))

    @strawberry.field(description="Whether the viewer can rename it, and add and remove people.")
    def viewer_can_manage(conversation: ConversationRow) -> bool:
        return permissions.can_manage(conversation, conversation.mine)


def load_user(row: object, name: str, info: Info) -> UserModel | None:
    """The person of a foreign key, for the whole page at once."""
    return pages.load_related(row, name, lambda keys: people_by_key(info.context.viewer, keys))


def load_conversation(row: object, info: Info) -> models.Conversation | None:
    """The conversation of a foreign key, with the viewer's own part in it, for the whole page at once."""
    return pages.load_related(
        row, "conversation", lambda ids: selectors.conversations_for(info.context.viewer).filter(pk__in=ids)
    )


def own_parts(conversations: list[models.Conversation], viewer: UserModel) -> dict[int, models.Participant]:
    """The viewer's own parts, of which whose and in what they are is known."""
    for conversation in conversations:
        conversation.mine.conversation, conversation.mine.user = conversation, viewer
    pages.page(conversation.mine for conversation in conversations)
    return {conversation.pk: conversation.mine for conversation in conversations}


def with_both_people(conversation: models.Conversation, info: Info) -> models.Conversation:
    """The same with the two people of a direct one and what stands between them, which decide who can write: loaded
    for the whole page."""
    viewer = info.context.viewer

    def load_all(page: list[models.Conversation]) -> dict[int, models.Conversation]:
        pages.fill(page, ["direct_low", "direct_high"], lambda keys: people_by_key(viewer, keys))
        counterparts = {one.pk: person.pk for one in page if (person := one.counterpart_of(viewer))}
        between = barriers(viewer, counterparts.values())
        for one in page:
            one.barrier = between.get(counterparts.get(one.pk, 0))
        return {one.pk: one for one in page}

    pages.load(conversation, "both people", load_all)
    return conversation


def load_last_messages(conversations: list[models.Conversation]) -> Mapping[int, models.Message]:
    by_key = {conversation.pk: conversation for conversation in conversations}
    found = selectors.last_messages(conversations)
    tables.settle(found, lambda message: pages.tie(message, "conversation", by_key[message.conversation_id]))
    return tables.one_of_each(found, "conversation_id")
