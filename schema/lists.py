"""The lists: how each is ordered, and so what its cursors are made of, and where its rows come from."""

from bisect import bisect, bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Lower

from accounts.models import User
from accounts.selectors import people_for
from messaging import models, selectors
from messaging.search import check_query
from rows import pages
from schema import ids
from schema.connections import (
    NestedRows,
    Order,
    PageRequest,
    Rows,
    Slice,
    count_to_limit,
    cut,
    decode_cursor,
    encode_cursor,
)
from schema.enums import ConversationOrderField, OrderDirection, UserOrderField
from schema.filters import ConversationFilter, ConversationOrder, MessageFilter, UserFilter, UserOrder
from schema.history import SEQUENCE_ORDER, Around, History

USER_ORDERS = {
    UserOrderField.USERNAME: Order("USERNAME", "username_key", str),
    UserOrderField.CREATED: Order("CREATED", "created_at", datetime),
}
CONVERSATION_ORDERS = {
    ConversationOrderField.LAST_ACTIVITY: Order("LAST_ACTIVITY", "last_activity_at", datetime),
    ConversationOrderField.CREATED: Order("CREATED", "created_at", datetime),
    ConversationOrderField.TITLE: Order("TITLE", "title", str),
}
LAST_ACTIVITY = CONVERSATION_ORDERS[ConversationOrderField.LAST_ACTIVITY]
BEST, BEST_KEY = "BEST", (int, float, int)
NEWEST = Order("NEWEST", "pk", int, descending=True, unique=True)


def list_users(viewer: User, filters: UserFilter | None, ordering: UserOrder | None) -> Rows:
    people = people_for(viewer).annotate(username_key=Lower("username"))
    ordering = ordering or UserOrder()
    order = directed(USER_ORDERS[ordering.field], ordering.direction)
    return Rows(lambda: filters.narrow(people, viewer) if filters else people, order)


def list_conversations(viewer: User, filters: ConversationFilter | None, ordering: ConversationOrder | None) -> Rows:
    ordering = ordering or ConversationOrder()
    order = directed(CONVERSATION_ORDERS[ordering.field], ordering.direction)
    if filters is None:
        return Rows(lambda: selectors.inbox(viewer), order, prepared=partial(selectors.INBOX, viewer))
    return Rows(lambda: filters.narrow(selectors.conversations_for(viewer), viewer), order)


def directed(order: Order, direction: OrderDirection) -> Order:
    return order._replace(descending=direction is OrderDirection.DESC)


@dataclass(slots=True)
class Timeline:
    """The messages of all the viewer's conversations, newest first."""

    viewer: User
    filters: MessageFilter
    newest_by_default: bool = False

    def __iter__(self) -> Iterator[models.Message]:
        return iter(self._found(self.filters.narrow(models.Message.objects.all())))

    def slice(self, request: PageRequest) -> Slice:
        order = NEWEST.reversed() if request.backwards else NEWEST
        wanted = self.filters.narrow(models.Message.objects.all())
        for cursor, side in ((request.after, NEWEST), (request.before, NEWEST.reversed())):
            if cursor is not None:
                wanted = wanted.filter(side.beyond(cursor))
        found = self._found(wanted, order.fields()[0], request.size + 1)
        part = cut(list(found), request, NEWEST, self._count)
        pages.page(part.rows)
        return part

    def _found(
        self, wanted: QuerySet[models.Message], order: str = "-pk", limit: int | None = None
    ) -> QuerySet[models.Message]:
        return selectors.messages_across(
            self.viewer,
            wanted,
            order=order,
            limit=limit,
            conversation_id=self.filters.of_conversation,
            with_person_id=self.filters.with_person,
            unread_only=bool(self.filters.unread_only),
            text=self.filters.text,
        )

    def _count(self) -> int:
        return count_to_limit(self._found(self.filters.narrow(models.Message.objects.all())))


@dataclass(slots=True)
class Best:
    """What the viewer looks for: of the newest thousand messages that fit the best first.

    A cursor says how well its message fits, and which was the newest when the first page was made: later pages are of
    the same thousand, whatever has been sent since, so that none is skipped or comes twice.
    """

    viewer: User
    query: str
    filters: MessageFilter
    newest_by_default: bool = False

    def __iter__(self) -> Iterator[models.Message]:
        return iter(self._load(self._places(None)).values())

    def slice(self, request: PageRequest) -> Slice:
        after, before = (
            decode_cursor(cursor, BEST, *BEST_KEY) if cursor is not None else None
            for cursor in (request.after, request.before)
        )
        newest = min((cursor[0] for cursor in (after, before) if cursor), default=None)
        places = self._places(newest)
        low = bisect(places, _descending(after[1:]), key=_descending) if after else 0
        high = bisect_left(places, _descending(before[1:]), key=_descending) if before else len(places)
        low, high = _cut(low, max(low, high), request)
        newest = newest or max((pk for _, pk in places), default=0)
        ranks = {pk: rank for rank, pk in places[low:high]}
        rows = self._load(places[low:high])
        return Slice(
            list(rows.values()),
            lambda row: encode_cursor(BEST, newest, ranks[row.pk], row.pk),
            has_next=high < len(places),
            has_previous=low > 0,
            count=lambda: len(places),
        )

    def _places(self, newest: int | None) -> list[tuple[float, int]]:
        """(how well it fits, primary key), the best first."""
        wanted = self.filters.narrow(models.Message.objects.all())
        return selectors.best_messages(
            self.viewer,
            wanted if newest is None else wanted.filter(pk__lte=newest),
            self.query,
            conversation_id=self.filters.of_conversation,
            with_person_id=self.filters.with_person,
            unread_only=bool(self.filters.unread_only),
            text=self.filters.text,
        )

    def _load(self, places: list[tuple[float, int]]) -> dict[int, models.Message]:
        """In this order; what the viewer may see no more by now is not among them."""
        found = selectors.messages_among(self.viewer, [pk for _, pk in places])
        pages.page(found.values())
        return {pk: found[pk] for _, pk in places if pk in found}


def _descending(place: Sequence[Any]) -> tuple[float, int]:
    return -place[0], -place[1]


def _cut(low: int, high: int, request: PageRequest) -> tuple[int, int]:
    """The first or last entries of a part of a list, as many as are wanted."""
    return (max(low, high - request.size), high) if request.backwards else (low, min(high, low + request.size))


def list_best(viewer: User, query: str, filters: MessageFilter | None) -> Best:
    return Best(viewer, check_query(query, "query"), filters or MessageFilter())


def list_messages_of(
    conversation: models.Conversation, viewer: User, filters: MessageFilter | None, around: str | None
) -> History | Around | NestedRows:
    """The messages of one conversation: all of them, a page around one, or those that fit the filters."""
    if filters is not None and around is not None:
        raise ValidationError({"around": "Give `around` without `filters`."})
    if filters is not None:
        return _filtered_messages_of(conversation, viewer, filters)
    if around is None:
        return History(conversation)
    return Around(conversation, _message_in(conversation, viewer, around))


def _message_in(conversation: models.Conversation, viewer: User, global_id: str) -> models.Message | None:
    """The message of this id, if it is of this conversation; looked for once for the whole page of conversations."""

    def find(page: list[models.Conversation]) -> dict[int, models.Message]:
        message = ids.find_or_none(viewer, models.Message, global_id)
        return {message.conversation_id: message} if message else {}

    return pages.load(conversation, ("around", global_id), find)


def _filtered_messages_of(conversation: models.Conversation, viewer: User, filters: MessageFilter) -> NestedRows:
    def find(page: list[models.Conversation]) -> QuerySet[models.Message]:
        return selectors.messages_across(
            viewer,
            filters.narrow(selectors.messages_of(page)),
            order="pk",
            conversation_id=filters.of_conversation,
            with_person_id=filters.with_person,
            unread_only=bool(filters.unread_only),
            text=filters.text,
        )

    return NestedRows(
        conversation,
        ("messages", repr(filters)),  # what they say: each row's own are another object
        find,
        "conversation_id",
        SEQUENCE_ORDER,
        newest_by_default=True,
        settle=settle_in,
    )


def settle_in(conversation: models.Conversation, row: models.Message | models.Participant) -> None:
    pages.tie(row, "conversation", conversation)
