"""Messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import strawberry
from django.core.exceptions import ValidationError
from django.utils import timezone
from strawberry import relay

from accounts import models as people
from messaging import models, permissions, selectors
from rows import pages
from schema.columns import SAME_FOR_ALL, column, model_type, related
from schema.connections import MAX_PAGE, Connection, NestedRows, connection
from schema.context import Info
from schema.history import SEQUENCE_ORDER
from schema.types.attachments import Attachment
from schema.types.conversations import (
    JOIN_ORDER,
    ConversationRef,
    MessageRef,
    load_conversation,
    load_user,
    with_both_people,
)
from schema.types.people import User

MessageRow = strawberry.Parent[models.Message]
RevisionRow = strawberry.Parent[models.Revision]
ReactionGroupRow = strawberry.Parent[selectors.ReactionGroup]

REACTORS_SHOWN = 10


@model_type(models.Revision, name="MessageRevision", description="What a message said before it was edited.")
class MessageRevision:
    body: str = column("The text until then.")
    edited_at: datetime = column("When it was replaced.")

    @strawberry.field(
        description="Who replaced it. Null once that account is deleted.", metadata=SAME_FOR_ALL | related("edited_by")
    )
    def edited_by(revision: RevisionRow, info: Info) -> User | None:
        return load_user(revision, "edited_by", info)


@strawberry.type(description="One emoji at a message.")
class ReactionGroup:
    emoji: str = strawberry.field(description="Exactly one, in the spelling that Unicode recommends.")
    count: int = strawberry.field(description="How many people have put it there.")

    @strawberry.field(description="Whether the viewer is one of them.")
    def viewer_has_reacted(group: ReactionGroupRow) -> bool:
        return group.viewer_has_reacted

    @strawberry.field(description="Who they are, in the order of reacting.", metadata=SAME_FOR_ALL)
    def users(
        group: ReactionGroupRow,
        first: Annotated[
            int | None, strawberry.argument(description=f"At most so many, 0 to {MAX_PAGE}.")
        ] = REACTORS_SHOWN,
    ) -> list[User]:
        return load_reactors(group, REACTORS_SHOWN if first is None else first)


@model_type(models.Message, name="Message", description="One message of a conversation.")
class Message(relay.Node):
    id: relay.NodeID[int]
    sequence: int = column("1, 2, 3 … without a gap in each conversation: the order of its messages.")
    body: str = column("The text; empty once deleted.")
    created_at: datetime = column("When it was sent.")
    edited_at: datetime | None = column("When it was last edited; null if never, and once deleted.")
    deleted_at: datetime | None = column("When it was deleted; null while it is there.")
    is_edited: bool = column("Whether it was edited.")
    is_deleted: bool = column("Whether it is a tombstone.")

    @strawberry.field(description="Where it was sent.", metadata=SAME_FOR_ALL)
    def conversation(message: MessageRow, info: Info) -> ConversationRef:
        return load_conversation(message, info)

    @strawberry.field(
        description="Who sent it. Null once that account is deleted.", metadata=SAME_FOR_ALL | related("sender")
    )
    def sender(message: MessageRow, info: Info) -> User | None:
        return load_user(message, "sender", info)

    @strawberry.field(description="Whether the viewer has read it; one's own messages are read.")
    def is_read(message: MessageRow, info: Info) -> bool:
        return message.sequence <= load_conversation(message, info).mine.last_read_sequence

    @connection(Connection[User], description="Who else has read it, in the order of joining.")
    def read_by(message: MessageRow, info: Info) -> Iterable[User]:
        return NestedRows(
            message,
            ("read_by",),
            selectors.readers_of,
            "message_id",
            JOIN_ORDER,
            node=lambda participant: load_user(participant, "user", info),
        )

    @strawberry.field(
        description="The message of the same conversation that this one answers.",
        metadata=SAME_FOR_ALL | related("reply_to"),
    )
    def reply_to(message: MessageRow, info: Info) -> MessageRef | None:
        return load_answered(message, info)

    @strawberry.field(description="How many messages answer this one.", metadata=SAME_FOR_ALL)
    def reply_count(message: MessageRow) -> int:
        return pages.load(message, "reply_count", selectors.reply_counts) or 0

    @connection(Connection[MessageRef], description="The messages that answer this one, oldest first.")
    def replies(message: MessageRow, info: Info) -> Iterable[MessageRef]:
        return NestedRows(
            message,
            ("replies",),
            selectors.replies_to,
            "reply_to_id",
            SEQUENCE_ORDER,
            settle=lambda message, answer: settle_answer(message, answer, info),
        )

    @strawberry.field(description="Whom it names, in the order of naming; nobody once deleted.", metadata=SAME_FOR_ALL)
    def mentions(message: MessageRow) -> list[User]:
        return pages.load(message, "mentions", load_mentioned) or []

    @strawberry.field(
        description="Emoji that people have put at it, the first one first; none once deleted.", metadata=SAME_FOR_ALL
    )
    def reactions(message: MessageRow, info: Info) -> list[ReactionGroup]:
        return pages.load(message, "reactions", lambda page: load_reactions(page, info)) or []

    @strawberry.field(description="Earlier bodies, oldest first; none once deleted.", metadata=SAME_FOR_ALL)
    def revisions(message: MessageRow) -> list[MessageRevision]:
        return pages.load(message, "revisions", load_revisions) or []

    @strawberry.field(description="Its files, in the order of naming; none once deleted.", metadata=SAME_FOR_ALL)
    def attachments(message: MessageRow) -> list[Attachment]:
        return pages.load(message, "attachments", load_attachments) or []

    @strawberry.field(description="The key it was sent with. Null for anybody but its sender.")
    def idempotency_key(message: MessageRow, info: Info) -> str | None:
        return message.idempotency_key if message.sender_id == info.context.viewer.pk else None

    @strawberry.field(description="Whether the viewer can edit it now.")
    def viewer_can_edit(message: MessageRow, info: Info) -> bool:
        conversation = with_both_people(load_conversation(message, info), info)
        return permissions.can_edit(info.context.viewer, conversation, message, timezone.now())

    @strawberry.field(description="Whether the viewer can delete it now.")
    def viewer_can_delete(message: MessageRow, info: Info) -> bool:
        conversation = load_conversation(message, info)
        role = pages.load(message, "sender_role", selectors.sender_roles) or models.Participant.Role.MEMBER
        return permissions.can_delete(info.context.viewer, conversation, conversation.mine, message, role)


def load_answered(message: models.Message, info: Info) -> models.Message | None:
    """What a message answers, in the same conversation; for the whole page at once."""

    def load_all(page: list[models.Message]) -> dict[int, models.Message | None]:
        pages.fill(page, ["reply_to"], lambda keys: selectors.messages_for(info.context.viewer).filter(pk__in=keys))
        for one in page:
            if one.reply_to is not None:
                one.reply_to.conversation = load_conversation(one, info)
        return {one.pk: one.reply_to for one in page}

    return pages.load(message, "reply_to", load_all)


def settle_answer(message: models.Message, answer: models.Message, info: Info) -> None:
    answer.conversation, answer.reply_to = load_conversation(message, info), message


def load_attachments(messages: list[models.Message]) -> dict[int, list[models.Attachment]]:
    attachments: dict[int, list[models.Attachment]] = {}
    for attachment in pages.page(selectors.attachments_of(messages)):
        attachments.setdefault(attachment.message_id, []).append(attachment)
    return attachments


def load_revisions(messages: list[models.Message]) -> dict[int, list[models.Revision]]:
    revisions: dict[int, list[models.Revision]] = {}
    for revision in pages.page(selectors.revisions_of(messages)):
        revisions.setdefault(revision.message_id, []).append(revision)
    return revisions


def load_mentioned(messages: list[models.Message]) -> dict[int, list[people.User]]:
    mentioned: dict[int, list[people.User]] = {}
    for mention in selectors.mentions_in(messages):
        mentioned.setdefault(mention.message_id, []).append(mention.user)
    pages.page(person for one in mentioned.values() for person in one)
    return mentioned


def load_reactions(messages: list[models.Message], info: Info) -> dict[int, list[selectors.ReactionGroup]]:
    groups: dict[int, list[selectors.ReactionGroup]] = {}
    for group in selectors.reaction_groups(messages, info.context.viewer):
        groups.setdefault(group.message.pk, []).append(group)
    return groups


def load_reactors(group: selectors.ReactionGroup, first: int) -> list[people.User]:
    """Who has put an emoji at a message, for all emoji at all messages of the page. Raises ValidationError."""
    if not 0 <= first <= MAX_PAGE:
        raise ValidationError({"first": f"Ask for 0 to {MAX_PAGE} people."})

    def load_all(messages: list[models.Message]) -> dict[int, dict[str, list[people.User]]]:
        found: dict[int, dict[str, list[people.User]]] = {}
        for reaction in selectors.reactions_to(messages, first):
            found.setdefault(reaction.message_id, {}).setdefault(reaction.emoji, []).append(reaction.user)
        pages.page(person for by_emoji in found.values() for some in by_emoji.values() for person in some)
        return found

    return (pages.load(group.message, ("reactors", first), load_all) or {}).get(group.emoji, [])
