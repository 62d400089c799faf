"""What this person can find: viewer in, what they may see out. Not yours and not there are the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.expressions import RawSQL
from django.db.models.functions import RowNumber

from accounts.blocks import Barrier, barrier_to
from accounts.models import User, details_of
from accounts.refusals import NotFound
from messaging import search
from messaging.filters import archived
from messaging.models import Attachment, Conversation, Mention, Message, Participant, Reaction, Revision
from messaging.models.conversations import with_conversation
from rows import Statement, pages
from rows.statements import can_find_for_each

PRESENCE_TOLD_TO = 100  # people: in larger conversations nobody is told who comes and goes


def conversations_for(viewer: User) -> QuerySet[Conversation]:
    """The viewer's conversations, each with the viewer's own participation."""
    return Conversation.objects.visible_to(viewer)


def inbox(viewer: User) -> QuerySet[Conversation]:
    """Those that are not archived: what is listed when nothing else is asked for."""
    return archived(conversations_for(viewer), False)


INBOX = Statement(lambda viewer, *, order, limit: inbox(viewer).order_by(*order)[:limit])


def conversation_for(viewer: User, pk: int) -> Conversation:
    """With both people of a direct conversation and what stands between them, which decide whether one can write.
    Raises DoesNotExist."""
    found = WITH_BOTH_PEOPLE(viewer, pk)
    if not found:
        raise Conversation.DoesNotExist
    conversation: Any = found[0]
    conversation.barrier = Barrier(conversation.between) if conversation.between else None
    conversation.mine.conversation, conversation.mine.user = conversation, viewer
    return conversation  # type: ignore[no-any-return]


def conversation_named(viewer: User, pk: int) -> Conversation:
    """The same for the `conversation_id` of an input. Raises NotFound."""
    try:
        return conversation_for(viewer, pk)
    except Conversation.DoesNotExist:
        raise NotFound({"conversation_id": "Not found."}) from None


WITH_BOTH_PEOPLE = Statement(
    lambda viewer, pk: (
        conversations_for(viewer)
        .filter(pk=pk)
        .select_related("direct_low", "direct_high")
        .defer(*details_of("direct_low"), *details_of("direct_high"))
        .annotate(between=barrier_to(viewer, "direct_low", "direct_high"))
    )
)


def messages_for(viewer: User) -> QuerySet[Message]:
    """Every message the viewer may read, with its sender."""
    return Message.objects.visible_to(viewer).select_related("sender")


def messages_across(
    viewer: User,
    wanted: QuerySet[Message],
    *,
    order: str,
    limit: int | None = None,
    conversation_id: int | None = None,
    with_person_id: int | None = None,
    unread_only: bool = False,
    text: str = "",
) -> QuerySet[Message]:
    """Of the wanted messages those in the viewer's conversations (one of them, or those with a person), in the order
    of `pk` or `-pk`; `unread_only`: beyond the viewer's read mark; `text`: that say this."""
    mine = _own_parts(viewer, conversation_id, with_person_id)
    wanted = search.matching(wanted, text) if text else wanted
    if limit is not None and connection.vendor == "postgresql":
        newest = _newest_of_all if text else _newest_of_each
        try:
            wanted = Message.objects.filter(pk__in=newest(mine, wanted, order, limit, unread_only))
        except EmptyResultSet:  # a cursor beyond every number
            return Message.objects.none()
    else:
        wanted = _in_parts(mine, wanted, unread_only)
    return with_conversation(wanted, viewer).select_related("sender", "reply_to").order_by(order)[:limit]


def best_messages(
    viewer: User,
    wanted: QuerySet[Message],
    query: str,
    *,
    conversation_id: int | None = None,
    with_person_id: int | None = None,
    unread_only: bool = False,
    text: str = "",
) -> list[tuple[float, int]]:
    """The same for those that fit a query: (how well, primary key) of the newest thousand, the best first, and of
    equals the newest."""
    mine = _own_parts(viewer, conversation_id, with_person_id)
    wanted = search.matching(wanted, query)
    wanted = search.matching(wanted, text) if text else wanted
    newest = _in_listed(mine, wanted, unread_only).order_by("-pk")[: search.AMONG]
    return sorted(search.ranked(newest, query), reverse=True)


def messages_among(viewer: User, keys: Iterable[int]) -> dict[int, Message]:
    """Those of these messages that the viewer may read, by primary key, with sender and what they answer."""
    found = messages_for(viewer).select_related("reply_to").filter(pk__in=keys)
    return {message.pk: message for message in found}


def _own_parts(viewer: User, conversation_id: int | None, with_person_id: int | None) -> QuerySet[Participant]:
    mine = Participant.objects.filter(user=viewer)
    if conversation_id is not None:
        mine = mine.filter(conversation=conversation_id)
    if with_person_id is not None:
        mine = mine.filter(conversation__participants__user=with_person_id)
    return mine


def _in_parts(mine: QuerySet[Participant], wanted: QuerySet[Message], unread_only: bool) -> QuerySet[Message]:
    if not unread_only:
        return wanted.filter(conversation__in=mine.values("conversation"))
    mark = mine.filter(conversation=OuterRef("conversation"), last_read_sequence__lt=OuterRef("sequence"))
    return wanted.filter(Exists(mark))


def _in_listed(mine: QuerySet[Participant], wanted: QuerySet[Message], unread_only: bool) -> QuerySet[Message]:
    """The same with the conversations written out: only so does PostgreSQL's planner know how many messages are in
    them, and whether to walk down the newest or to ask the index of words."""
    if connection.vendor != "postgresql":
        return _in_parts(mine, wanted, unread_only)
    keys = list(mine.values_list("conversation", flat=True))
    listed = RawSQL("messaging_message.conversation_id = ANY(%s::bigint[])", [keys], BooleanField())
    return (_in_parts(mine, wanted, unread_only) if unread_only else wanted).filter(listed)


def _newest_of_all(
    mine: QuerySet[Participant], wanted: QuerySet[Message], order: str, limit: int, unread_only: bool
) -> RawSQL:
    """The primary keys of the newest, in a statement without joins, which would hide from the planner what it is."""
    newest = _in_listed(mine, wanted, unread_only).order_by(order).values("id")[:limit]
    return RawSQL(*newest.query.sql_with_params())  # noqa: S611 - compiled by the ORM


def _newest_of_each(
    mine: QuerySet[Participant], wanted: QuerySet[Message], order: str, limit: int, unread_only: bool
) -> RawSQL:
    """The primary keys of the newest of each conversation, merged: one short walk down an index for each, where the
    planner left alone may walk the whole table backwards until it meets a message of the viewer's."""
    # Both parts are compiled by the ORM, and what users say is in their parameters.
    conditions = ["messaging_message.conversation_id = mine.conversation_id"]
    if unread_only:
        conditions.append("messaging_message.sequence > mine.last_read_sequence")
    outer, outer_params = mine.values("conversation_id", "last_read_sequence").query.sql_with_params()
    inner_rows = wanted.extra(where=conditions).order_by(order).values("id")[:limit]  # noqa: S610
    inner, inner_params = inner_rows.query.sql_with_params()
    direction = "DESC" if order.startswith("-") else "ASC"
    return RawSQL(  # noqa: S611
        f"SELECT newest.id FROM ({outer}) mine CROSS JOIN LATERAL ({inner}) newest"  # noqa: S608
        f" ORDER BY newest.id {direction} LIMIT {limit:d}",
        (*outer_params, *inner_params),
    )


def participants_of(conversations: Iterable[Conversation], role: str | None = None) -> QuerySet[Participant]:
    """The people of conversations that the viewer was shown."""
    found = Participant.objects.filter(conversation__in=_keys(conversations)).select_related("user")
    return found.filter(role=role) if role else found


def reading(
    queryset: QuerySet[Any], only: frozenset[str] | None, always: Iterable[str], seldom: Iterable[str]
) -> QuerySet[Any]:
    """Reads `only` some columns, and what a list `always` needs; by itself all but what is `seldom` shown. The others
    are read for the whole page once somebody asks for one."""
    return queryset.defer(*seldom) if only is None else queryset.only(*only, *always)


TAKING_PART = Statement(
    lambda conversation, *, order, limit, only=None: reading(
        participants_of([conversation]), only, ["conversation_id", "user__id"], details_of("user")
    ).order_by(*order)[:limit]
)


def participants_in(conversations: Iterable[Conversation], people: Iterable[int]) -> QuerySet[Participant]:
    """Those of these people who take part in conversations that the viewer was shown."""
    return Participant.objects.filter(conversation__in=_keys(conversations), user__in=people)


def small_conversations_of(people: Iterable[int]) -> dict[int, list[int]]:
    """By person: the conversations in which everybody is told when they come and go."""
    parts = Participant.objects.filter(user__in=people, conversation__participant_count__lte=PRESENCE_TOLD_TO)
    found: dict[int, list[int]] = {}
    for person, conversation in parts.values_list("user_id", "conversation_id"):
        found.setdefault(person, []).append(conversation)
    return found


def messages_of(conversations: Iterable[Conversation]) -> QuerySet[Message]:
    """The messages of conversations that the viewer was shown, with sender and what they answer: one join each."""
    return Message.objects.filter(conversation__in=_keys(conversations)).select_related("sender", "reply_to")


SPAN = Statement(
    lambda conversation, first, last, *, only=None: (
        reading(
            messages_of([conversation]),
            only,
            ["conversation_id", "sequence", "sender__id", "reply_to__id"],
            ["input_hash", "reply_to__input_hash", *details_of("sender")],
        )
        .filter(sequence__gte=first, sequence__lte=last)
        .order_by("sequence")
    )
)


def messages_between(
    spans: Iterable[tuple[Conversation, int, int]], only: frozenset[str] | None = None
) -> Sequence[Message]:
    """Of conversations that the viewer was shown the messages from one `sequence` to another, both included; a page.
    `only`: as for QuerySets."""
    filled = [(conversation, first, last) for conversation, first, last in spans if first <= last]
    if can_find_for_each(filled):
        return SPAN.for_each(filled, only=only)
    wanted = Q(pk__in=[])
    for conversation, first, last in filled:
        wanted |= Q(conversation=conversation.pk, sequence__gte=first, sequence__lte=last)
    return pages.page(messages_of(one for one, *_ in filled).filter(wanted).order_by("sequence"))


def last_messages(conversations: Iterable[Conversation]) -> Sequence[Message]:
    """The newest message of each, found by its number: by a join PostgreSQL reads all messages of each."""
    return messages_between((one, one.last_sequence, one.last_sequence) for one in conversations if one.last_sequence)


def replies_to(messages: Iterable[Message]) -> QuerySet[Message]:
    """The answers to messages that the viewer was shown."""
    return Message.objects.filter(reply_to__in=[message.pk for message in messages]).select_related("sender")


def reply_counts(messages: Iterable[Message]) -> dict[int, int]:
    """How many answers each has, by primary key; no entry for none."""
    counted = Message.objects.filter(reply_to__in=[message.pk for message in messages]).values("reply_to")
    return {row["reply_to"]: row["count"] for row in counted.annotate(count=Count("pk"))}  # type: ignore[misc]


def readers_of(messages: Iterable[Message]) -> QuerySet[Participant]:
    """Who has read each message, its sender left out: participants with their user, annotated with `message_id`."""
    return (
        Participant.objects.filter(
            conversation__messages__in=[message.pk for message in messages],
            last_read_sequence__gte=F("conversation__messages__sequence"),
        )
        .annotate(message_id=F("conversation__messages__id"), sender_id=F("conversation__messages__sender_id"))
        .filter(Q(sender_id=None) | ~Q(user_id=F("sender_id")))
        .select_related("user")
    )


def revisions_of(messages: Iterable[Message]) -> QuerySet[Revision]:
    """Earlier bodies, oldest first."""
    revisions = Revision.objects.filter(message__in=[message.pk for message in messages])
    return revisions.select_related("edited_by").order_by("pk")


def attachments_of(messages: Iterable[Message]) -> QuerySet[Attachment]:
    """The files of messages that the viewer was shown, in the order in which they were named."""
    return Attachment.objects.filter(message__in=[message.pk for message in messages]).order_by("position")


def attachment_for(viewer: User, pk: int) -> Attachment:
    """Raises DoesNotExist."""
    return Attachment.objects.visible_to(viewer).get(pk=pk)


@dataclass(frozen=True, slots=True)
class ReactionGroup:
    """One emoji at a message, and how many people have put it there."""

    message: Message
    emoji: str
    count: int
    viewer_has_reacted: bool


def reaction_groups(messages: Iterable[Message], viewer: User) -> list[ReactionGroup]:
    """The emoji at messages that the viewer was shown, of each message in the order in which they first came."""
    by_key = {message.pk: message for message in messages}
    grouped = Reaction.objects.filter(message__in=by_key).values("message", "emoji")
    counted = grouped.annotate(first=Min("pk"), count=Count("pk"), own=Count("pk", filter=Q(user=viewer)))
    rows = counted.order_by("first").values_list("message", "emoji", "count", "own")
    return [ReactionGroup(by_key[key], emoji, count, bool(own)) for key, emoji, count, own in rows]


def reactions_to(messages: Iterable[Message], limit: int) -> QuerySet[Reaction]:
    """The first reactions of each emoji at these messages, at most so many of each, with their people."""
    place = Window(RowNumber(), partition_by=[F("message"), F("emoji")], order_by="pk")
    found = Reaction.objects.filter(message__in=[message.pk for message in messages]).annotate(place=place)
    return found.filter(place__lte=limit).select_related("user").order_by("pk")


def mentions_in(messages: Iterable[Message]) -> QuerySet[Mention]:
    """Whom messages name, in the order of naming, with the people."""
    mentions = Mention.objects.filter(message__in=[message.pk for message in messages])
    return mentions.select_related("user").order_by("pk")


def unread_totals(people: Iterable[User], now: datetime) -> dict[int, int]:
    """Each person's unread messages over all conversations but muted and archived ones, by primary key; no entry for
    who takes part in none. A sum of differences: no message is read."""
    theirs = Participant.objects.filter(user__in=people).filter(Q(muted_until=None) | Q(muted_until__lte=now))
    theirs = theirs.exclude(
        archived_at_sequence__isnull=False, archived_at_sequence__gte=F("conversation__last_sequence")
    )
    unread = Sum(F("conversation__last_sequence") - F("last_read_sequence"))
    return dict(theirs.values("user").annotate(total=unread).values_list("user", "total"))


def sender_roles(messages: Iterable[Message]) -> dict[int, str]:
    """The role of each message's sender in its conversation, by the message's primary key; no entry for who is gone."""
    rows = Message.objects.filter(pk__in=[message.pk for message in messages]).filter(
        conversation__participants__user=F("sender")
    )
    return dict(rows.values_list("pk", "conversation__participants__role"))


def _keys(conversations: Iterable[Conversation]) -> list[int]:
    return [conversation.pk for conversation in conversations]
