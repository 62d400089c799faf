"""Delivery: encoded once for many, told to each in the order of the feed."""

import json
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from messaging import feed, selectors, services
from messaging.live import PRESENCE_CHANGED, TYPING_CHANGED, Audience, Passing
from messaging.models import Conversation
from schema import ids, telling
from schema.asked import current
from schema.documents import operation_from
from schema.live.delivery import Group, deliver
from schema.live.selections import Selection
from tests.messaging.operations import gather, say, talk
from tests.races import on_postgresql

EVENTS = "subscription { events { ... on MessageSent { message { body } } } }"


OWN = "subscription { events { ... on MessageSent { message { body isRead } } } }"


def subscriber(viewer: User, query: str = EVENTS) -> SimpleNamespace:
    return SimpleNamespace(viewer=viewer, viewer_id=viewer.pk, selection=select(query))


def test_who_is_in_two_conversations_is_told_of_both_in_the_order_of_the_feed(alice, bob, charlie):
    """What is encoded for alice's conversation and what is for bob's are not the same; charlie gets some of each."""
    with_alice, with_bob = talk(alice, charlie), talk(bob, charlie)
    for door, conversation, body in ((alice, with_alice, "1"), (bob, with_bob, "2"), (alice, with_alice, "3")):
        say(door, conversation, body)
    listeners = [subscriber(door.person) for door in (alice, bob, charlie)]
    now = feed.now()
    sent = [event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT]
    told = list(deliver(now, [Audience(event, listeners) for event in sent]))
    assert [response.position for listener, response in told if listener is listeners[2]] == [
        event.position for event in sent
    ]


def test_who_was_removed_and_let_in_again_is_not_told_of_before(alice, bob):
    group = gather(alice, bob)
    say(alice, group)
    found = selectors.conversation_for(alice.person, ids.key(Conversation, group))
    services.remove_participant(viewer=alice.person, conversation=found, person=bob.person)
    services.add_participants(viewer=alice.person, conversation=found, people=[bob.person])
    say(alice, group)
    listener = subscriber(bob.person)
    now = feed.now()
    before, after = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    told = deliver(now, [Audience(before, [listener]), Audience(after, [listener])])
    assert [response.position for _, response in told] == [after.position]


def test_who_loses_sight_of_it_takes_it_from_nobody_else(alice, bob, charlie):
    """Seen with the eyes of charlie, who takes no part any more by the time that it is encoded."""
    say(alice, talk(alice, bob))
    now = feed.now()
    (sent,) = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    listeners = [subscriber(door.person) for door in (charlie, alice, bob)]
    told = list(Group(select(), charlie.person, {0: (sent, listeners)}).tell(now))
    assert [(place, [listener for listener, _ in some]) for place, some in told] == [(0, listeners[1:])]


def test_a_line_after_it_was_told_belongs_to_nobodys_subscription(alice, bob):
    say(alice, talk(alice, bob))
    assert list(deliver(feed.now(), [Audience(feed.newest(0, 1)[0], [subscriber(bob.person)])]))
    assert current.get() is None


def passing(kind: str, door, conversation: str | None = None) -> Passing:
    key = ids.key(Conversation, conversation) if conversation else None
    return Passing(kind, door.person.pk, key, timezone.now(), is_typing=True)


def test_who_comes_and_who_types_is_not_told_between_people_of_whom_one_has_blocked_the_other(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    services.block_user(viewer=alice.person, person=bob.person)
    listeners = [subscriber(door.person) for door in (alice, bob, charlie)]
    occasions = [
        passing(kind, door, where)
        for door in (alice, bob)
        for kind, where in ((PRESENCE_CHANGED, None), (TYPING_CHANGED, group))
    ]
    told = [listener for listener, _ in deliver(feed.now(), [Audience(one, listeners) for one in occasions])]
    assert [told.count(one) for one in listeners] == [2, 2, 4]  # one's own, which the reader leaves out; charlie all


def test_what_is_stored_is_told_whoever_has_blocked_whom(alice, bob):
    group = gather(alice, bob)
    services.block_user(viewer=alice.person, person=bob.person)
    say(bob, group)
    now = feed.now()
    (sent,) = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    listener = subscriber(alice.person)
    typing = passing(TYPING_CHANGED, bob, group)
    told = list(deliver(now, [Audience(typing, [listener]), Audience(sent, [listener])]))
    assert [response.position for _, response in told] == [sent.position]


@pytest.mark.parametrize("count", [1, 20])
def test_blocks_are_asked_once_for_all_who_come_and_type(alice, bob, charlie, count):
    group = gather(alice, bob, charlie)
    audiences = [
        Audience(passing(TYPING_CHANGED, alice, group), [subscriber(one.person)])
        for one in (bob, charlie)
        for _ in range(count)
    ]
    with CaptureQueriesContext(connection) as captured:
        list(deliver(feed.now(), audiences))
    assert len([one for one in captured if "accounts_block" in one["sql"]]) == 1


def select(query: str = EVENTS) -> Selection:
    return Selection(operation_from({"query": query}))


def test_a_variable_that_is_null_is_not_one_that_was_not_sent():
    """One has no default, the other has: their answers are not the same."""
    query = "subscription($is: Boolean = true) { events { id: cursor @include(if: $is) } }"
    null, unsent = (Selection(operation_from({"query": query, "variables": sent})) for sent in ({"is": None}, {}))
    assert null.key != unsent.key


def test_what_differs_at_the_root_alone_is_the_same_answer():
    query = "subscription($after: String) { events(after: $after) { cursor } }"
    one, other = (Selection(operation_from({"query": query, "variables": {"after": after}})) for after in "ab")
    assert one.key == other.key


def test_a_message_is_told_with_one_question_for_it_and_its_conversation(alice, bob):
    """And one for who takes part in it: how many listen makes no difference."""
    group = gather(alice, bob)
    say(alice, group)
    now = feed.now()
    (sent,) = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    for count in (1, 20):
        listeners = [subscriber(one.person) for one in (alice, bob) for _ in range(count)]
        with CaptureQueriesContext(connection) as captured:
            assert len(list(deliver(now, [Audience(sent, listeners)]))) == 2 * count
        assert len(captured) == 2, [one["sql"] for one in captured]


def test_what_is_a_viewers_own_is_told_to_each_as_it_is_for_them(alice, bob, charlie):
    """alice has written both; bob has read the first, charlie none."""
    group = gather(alice, bob, charlie)
    say(alice, group)
    found = selectors.conversation_for(bob.person, ids.key(Conversation, group))
    services.mark_read(viewer=bob.person, conversation=found)
    say(alice, group)
    now = feed.now()
    sent = [event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT]
    listeners = [subscriber(one.person, OWN) for one in (alice, bob, charlie)]
    told = list(deliver(now, [Audience(event, listeners) for event in sent]))
    read = [[json.loads(one.body) for who, one in told if who is listener] for listener in listeners]
    assert [[one["data"]["events"]["message"]["isRead"] for one in theirs] for theirs in read] == [
        [True, True],
        [True, False],
        [False, False],
    ]


@on_postgresql
def test_what_is_a_viewers_own_is_asked_once_for_all_viewers(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    say(alice, group)
    now = feed.now()
    (sent,) = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    for people in ((alice,), (alice, bob, charlie)):
        listeners = [subscriber(one.person, OWN) for one in people]
        with CaptureQueriesContext(connection) as captured:
            assert len(list(deliver(now, [Audience(sent, listeners)]))) == len(people)
        assert len(captured) == 2, [one["sql"] for one in captured]


def test_what_somebody_may_see_no_more_is_not_told_them_among_others(alice, bob, charlie):
    group = gather(alice, bob)
    say(alice, group)
    now = feed.now()
    (sent,) = (event for event in feed.newest(0, 100) if event.kind == feed.Kind.MESSAGE_SENT)
    messages = telling.messages_of_each([(one.person, [sent]) for one in (alice, charlie)])
    for one, count in ((alice, 1), (charlie, 0)):
        seen = None if messages is None else messages.get(one.person.pk, {})
        assert len(list(telling.tell([sent], one.person, now, seen))) == count
