"""Delivery: from what has happened and who listens to the responses, each encoded as seldom as possible."""

import uuid
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import attrgetter
from typing import Protocol, cast

from accounts.blocks import kept_apart
from accounts.models import User
from messaging import feed
from messaging.feed import Now
from messaging.live import Audience, Listener, Occasion, Passing, Told
from messaging.models import Joined
from schema import telling
from schema.asked import Subscribed, current
from schema.live.selections import Selection
from schema.types import events

PAIRS_AT_ONCE = 1_000  # of a viewer and a message: so many are read together, and kept until they are told


@dataclass(frozen=True, slots=True)
class Response:
    """One response to a subscription, as JSON."""

    body: str
    position: int | None = None
    """Its place in the feed; None for what is not of it."""
    ends: int | None = None
    """The conversation that has ended for the viewer."""


class Subscriber(Listener, Protocol):
    selection: Selection


@dataclass(slots=True)
class Group:
    """What is told alike to some subscribers, seen with one viewer's eyes."""

    selection: Selection
    viewer: User
    audiences: dict[int, tuple[Occasion, list[Subscriber]]] = field(default_factory=dict)
    """By the place of what has happened among all that has."""

    @property
    def occasions(self) -> list[Occasion]:
        return [occasion for occasion, _ in self.audiences.values()]

    def tell(self, now: Now, messages: telling.Messages | None = None) -> Iterator[tuple[int, list[Told]]]:
        """Whose eyes these are may be removed in this very moment, and see no more: the others look for themselves."""
        responses = dict(respond(self.occasions, self.viewer, self.selection, now, messages))
        for place, (occasion, subscribers) in self.audiences.items():
            response = responses.get(occasion)
            if response is not None:
                yield place, [(subscriber, response) for subscriber in subscribers]
            else:
                yield place, list(self._tell_each(occasion, subscribers, now))

    def _tell_each(self, occasion: Occasion, subscribers: list[Subscriber], now: Now) -> Iterator[Told]:
        for subscriber in subscribers:
            if subscriber.viewer_id != self.viewer.pk:
                for _, response in respond([occasion], subscriber.viewer, self.selection, now):
                    yield subscriber, response


def deliver(now: Now, audiences: list[Audience]) -> Iterator[Told]:
    """Encodes each event once for all who want the same of it and may see it, or once for each viewer where the answer
    is theirs alone. What somebody may see no more is not told them."""
    told: list[list[Told]] = [[] for _ in audiences]
    groups = iter(_grouped(audiences))
    while some := list(islice(groups, 1 + PAIRS_AT_ONCE // max(1, len(audiences)))):
        messages = telling.messages_of_each([(group.viewer, group.occasions) for group in some])
        for group in some:
            of_viewer = None if messages is None else messages.get(group.viewer.pk, {})
            for place, responses in group.tell(now, of_viewer):
                told[place] += responses
    # In the order of the feed: who is in several groups would else be told a later event first, and miss the earlier.
    return chain.from_iterable(told)


def respond(
    occasions: list[Occasion],
    viewer: User,
    selection: Selection,
    now: Now,
    messages: telling.Messages | None = None,
) -> list[tuple[Occasion, Response]]:
    """The responses to these events, for one viewer; what is logged meanwhile belongs to them, and nothing after."""
    request_id = uuid.uuid4().hex  # by which a fault is found in the log
    before = current.set(Subscribed(request_id, selection.operation))
    try:
        return [
            (occasion, _response(occasion, event, selection.respond(event, viewer, request_id)))
            for occasion, event in telling.tell(occasions, viewer, now, messages)
        ]
    finally:
        current.reset(before)


def _response(occasion: Occasion, event: events.Event, body: str) -> Response:
    ends = occasion.conversation_id if isinstance(event, events.ConversationEnded) else None
    return Response(body, occasion.position, ends)


def _grouped(audiences: list[Audience]) -> Iterable[Group]:
    parts = _parts(audiences)
    groups: dict[Hashable, Group] = {}
    for place, (occasion, listeners) in enumerate(_without_the_blocked(audiences)):
        for eyes, subscribers in _alike(one for one in listeners if _may_see(one, occasion, parts)):
            group = groups.setdefault((eyes.selection.key, eyes.viewer_id), Group(eyes.selection, eyes.viewer))
            group.audiences[place] = (occasion, subscribers)
    return groups.values()


def _alike(listeners: Iterable[Listener]) -> Iterator[tuple[Subscriber, list[Subscriber]]]:
    """Those who are told the same, and whose eyes it is seen with."""
    alike: dict[Hashable, list[Subscriber]] = {}
    for one in cast(Iterable[Subscriber], listeners):
        selection = one.selection
        alike.setdefault(selection.key if selection.is_shared else (selection.key, one.viewer_id), []).append(one)
    for subscribers in alike.values():
        yield min(subscribers, key=attrgetter("viewer_id")), subscribers  # mostly the same eyes for many events


def _without_the_blocked(audiences: list[Audience]) -> list[Audience]:
    """Who comes, goes and types is not told between people of whom one has blocked the other: asked for all at once."""
    passing = [one for one in audiences if isinstance(one.occasion, Passing)]
    people = {one.occasion.person_id for one in passing if one.occasion.person_id is not None}
    apart = kept_apart(people, {listener.viewer_id for one in passing for listener in one.listeners}) if passing else ()
    return [
        Audience(one, [each for each in listeners if (one.person_id, each.viewer_id) not in apart])
        if isinstance(one, Passing)
        else Audience(one, listeners)
        for one, listeners in audiences
    ]


Parts = dict[int, dict[int, Joined]]
"""By person and conversation: since when they take part in it, as it is now."""


def _parts(audiences: list[Audience]) -> Parts:
    """As far as it matters here."""
    shared = [one for one in audiences if one.occasion.recipient_id is None]
    conversations = {id for one in shared if (id := one.occasion.conversation_id) is not None}
    people = {listener.viewer_id for one in shared for listener in one.listeners}
    return feed.joined_by(people, conversations) if conversations else {}


def _may_see(listener: Listener, occasion: Occasion, parts: Parts) -> bool:
    """What was before somebody came in is not for them, even if they were in it once before."""
    if occasion.recipient_id is not None or occasion.conversation_id is None:
        return True  # told to this person alone, or of no conversation: the reader has chosen
    joined = parts.get(listener.viewer_id, {}).get(occasion.conversation_id)
    return joined is not None if isinstance(occasion, Passing) else occasion.is_for(listener.viewer_id, joined)
