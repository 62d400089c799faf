"""Delivery: encoded once for many, told to each in the order of the feed."""

from types import SimpleNamespace

from messaging import feed
from messaging.live import Audience
from schema.documents import operation_from
from schema.live.delivery import deliver
from schema.live.selections import Selection
from tests.messaging.operations import say, talk

EVENTS = "subscription { events { ... on MessageSent { message { body } } } }"


def test_who_is_in_two_conversations_is_told_of_both_in_the_order_of_the_feed(alice, bob, charlie):
    """What is encoded for alice's conversation and what is for bob's are not the same; charlie gets some of each."""
    with_alice, with_bob = talk(alice, charlie), talk(bob, charlie)
    for door, conversation, body in ((alice, with_alice, "1"), (bob, with_bob, "2"), (alice, with_alice, "3")):
        say(door, conversation, body)
    listeners = [SimpleNamespace(viewer=door.person, selection=select()) for door in (alice, bob, charlie)]
    sent = [event for event in feed.newest(feed.now().pruned_to, 100) if event.kind == feed.Kind.MESSAGE_SENT]
    told = list(deliver(feed.now(), [Audience(event, listeners) for event in sent]))
    assert [response.position for listener, response in told if listener is listeners[2]] == [
        event.position for event in sent
    ]


def select() -> Selection:
    return Selection(operation_from({"query": EVENTS}))
