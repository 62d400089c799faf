"""The messages of a conversation as a list: a page is a range of `sequence`, exact because there is no gap."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from messaging import selectors
from messaging.models import Conversation, Message
from rows import pages, tables
from schema.connections import Order, PageRequest, Slice, encode_cursor, group

SEQUENCE_ORDER = Order("SEQUENCE", "sequence", int, unique=True)


@dataclass(slots=True)
class History:
    """All messages of a conversation, oldest to newest; read for every conversation of its page in one statement."""

    conversation: Conversation
    newest_by_default: bool = True

    def __iter__(self) -> Iterator[Message]:
        return iter(selectors.messages_of([self.conversation]).order_by("sequence"))

    def slice(self, request: PageRequest) -> Slice:
        first, last = span(self.conversation, request)
        rows = pages.load(self.conversation, ("messages", request), lambda page: load_spans(page, request)) or []
        return Slice(
            rows,
            SEQUENCE_ORDER.cursor,
            has_next=last < self.conversation.last_sequence,
            has_previous=first > 1,
            count=lambda: self.conversation.last_sequence,
        )


@dataclass(slots=True)
class Around:
    """The messages on both sides of one; none, where the viewer sees no such message in this conversation."""

    conversation: Conversation
    message: Message | None
    newest_by_default: bool = True

    def __iter__(self) -> Iterator[Message]:
        return iter(History(self.conversation))

    def slice(self, request: PageRequest) -> Slice:
        if request.after is not None or request.before is not None:
            raise ValidationError({"around": "Give `around` without `after` and `before`."})
        if self.message is None:
            return Slice([], SEQUENCE_ORDER.cursor, has_next=False, has_previous=False, count=lambda: 0)
        return History(self.conversation).slice(request_around(self.message, request))


def request_around(message: Message, request: PageRequest) -> PageRequest:
    """A page with this message in its middle: half of the others before it, half after."""
    first = message.sequence - request.size // 2
    after = encode_cursor(SEQUENCE_ORDER.name, first - 1)
    before = encode_cursor(SEQUENCE_ORDER.name, first + request.size)
    return request._replace(backwards=False, after=after, before=before)


def span(conversation: Conversation, request: PageRequest) -> tuple[int, int]:
    """The first and last `sequence` of the page, both included; the first is above the last when it is empty."""
    low, high = 1, conversation.last_sequence
    if request.after is not None:
        low = min(max(SEQUENCE_ORDER.decode(request.after)[0] + 1, low), high + 1)
    if request.before is not None:
        high = max(min(SEQUENCE_ORDER.decode(request.before)[0] - 1, high), low - 1)
    if request.backwards:
        return max(low, high - request.size + 1), high
    return low, min(high, low + request.size - 1)


def load_spans(conversations: list[Conversation], request: PageRequest) -> Mapping[Any, Sequence[Message]]:
    spans = [(one, *span(one, request)) for one in conversations]
    found = selectors.messages_between(spans, only=request.columns)
    by_key = {conversation.pk: conversation for conversation in conversations}
    tables.settle(found, lambda message: pages.tie(message, "conversation", by_key[message.conversation_id]))
    return group(found, "conversation_id")
