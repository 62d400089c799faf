"""The feed by polling: what happened after a cursor, to whom it may be shown. The subscription reads the same."""

import base64
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging import feed
from messaging.feed import pruning
from messaging.models import Clock, Event
from tests.conftest import Door
from tests.messaging.operations import do, done, gather, gid, say, talk

EVENTS = """query($after: String!, $conversationId: ID, $first: Int = 100) {
  events(after: $after, conversationId: $conversationId, first: $first) {
    events { __typename cursor sequence occurredAt conversation { id title }
      ... on MessageSent { message { body sender { username } } }
      ... on MessageEdited { message { body } }
      ... on MessageDeleted { message { body isDeleted } }
      ... on MessagesRead { user { username } participant { lastReadSequence } }
      ... on ParticipantJoined { user { username } participant { role } }
      ... on ParticipantLeft { user { username } }
      ... on ParticipantChanged { user { username } participant { role isPinned } }
      ... on ConversationEnded { conversationId } }
    endCursor hasMore } }"""


def now(door: Door) -> str:
    return door.ask("{ eventCursor }")["eventCursor"]


def since(door: Door, cursor: str, **arguments: Any) -> list[dict[str, Any]]:
    return door.ask(EVENTS, after=cursor, **arguments)["events"]["events"]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["__typename"] for event in events]


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_is_told_to_everybody_in_the_conversation(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(bob)
    say(alice, conversation, "hello")
    for door in (alice, bob):
        (event,) = since(door, cursor)
        assert event["__typename"] == "MessageSent"
        assert event["sequence"] == 2
        assert event["conversation"]["id"] == conversation
        assert event["message"] == {"body": "hello", "sender": {"username": "alice"}}


def test_a_stranger_is_told_nothing(alice, bob, charlie):
    cursor = now(charlie)
    say(alice, talk(alice, bob), "hello")
    assert since(charlie, cursor) == []


def test_reading_on_after_the_end_cursor_repeats_nothing_and_misses_nothing(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(bob)
    for number in range(5):
        say(alice, conversation, str(number))
    bodies, has_more = [], True
    while has_more:
        batch = bob.ask(EVENTS, after=cursor, first=2)["events"]
        bodies += [event["message"]["body"] for event in batch["events"]]
        cursor, has_more = batch["endCursor"], batch["hasMore"]
    assert bodies == ["0", "1", "2", "3", "4"]
    assert since(bob, cursor) == []


def test_the_cursor_of_an_event_goes_for_everybody(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(alice)
    say(alice, conversation, "one")
    say(alice, conversation, "two")
    (first, second) = since(alice, cursor)
    assert since(bob, first["cursor"]) == [second]


def test_the_objects_are_as_they_are_now(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(bob)
    message = say(alice, conversation, "one")
    done(alice, "editMessage", messageId=message, body="two")
    done(alice, "deleteMessage", messageId=message)
    sent, edited, deleted = since(bob, cursor)
    assert [event["__typename"] for event in (sent, edited, deleted)] == [
        "MessageSent", "MessageEdited", "MessageDeleted",
    ]  # fmt: skip
    assert sent["message"]["body"] == edited["message"]["body"] == ""
    assert deleted["message"] == {"body": "", "isDeleted": True}
    assert [event["sequence"] for event in (sent, edited, deleted)] == [2, 3, 4]


def test_a_read_mark_is_told_without_a_sequence(alice, bob):
    conversation = talk(alice, bob)
    say(alice, conversation, "hello")
    cursor = now(alice)
    done(bob, "markRead", conversationId=conversation)
    (event,) = since(alice, cursor)
    assert (event["__typename"], event["sequence"]) == ("MessagesRead", None)
    assert event["user"] == {"username": "bob"}
    assert event["participant"] == {"lastReadSequence": 1}


def test_what_one_keeps_for_oneself_is_told_to_oneself_alone(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(alice)
    done(alice, "updateParticipation", conversationId=conversation, isPinned=True)
    (event,) = since(alice, cursor)
    assert (event["__typename"], event["sequence"]) == ("ParticipantChanged", None)
    assert event["participant"]["isPinned"] is True
    assert since(bob, cursor) == []


def test_who_comes_in_is_told_from_there_on(alice, bob, charlie):
    group = gather(alice, bob)
    cursor = now(charlie)
    say(alice, group, "before")
    done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    say(alice, group, "after")
    joined, sent = since(charlie, cursor)
    assert (joined["__typename"], joined["user"]["username"]) == ("ParticipantJoined", "charlie")
    assert sent["message"]["body"] == "after"


def test_read_marks_from_before_one_came_in_are_not_told(alice, bob, charlie):
    group = gather(alice, bob)
    say(alice, group, "before")
    cursor = now(charlie)
    done(bob, "markRead", conversationId=group)
    done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    assert kinds(since(charlie, cursor)) == ["ParticipantJoined"]


def test_who_is_removed_is_told_so_and_nothing_after_it(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    cursor = now(charlie)
    say(alice, group, "before")
    done(alice, "removeParticipant", conversationId=group, userId=gid(charlie))
    say(alice, group, "after")
    (event,) = since(charlie, cursor)
    assert (event["__typename"], event["conversation"]) == ("ConversationEnded", None)
    assert event["conversationId"] == group
    assert kinds(since(bob, cursor)) == ["MessageSent", "ParticipantLeft", "MessageSent"]


def test_who_comes_back_sees_what_happens_from_then_on(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    cursor = now(charlie)
    done(charlie, "leaveConversation", conversationId=group)
    say(alice, group, "meanwhile")
    done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    say(alice, group, "again")
    assert kinds(since(charlie, cursor)) == ["ConversationEnded", "ParticipantJoined", "MessageSent"]


def test_the_end_of_a_group_is_told_to_all_who_were_in_it(alice, bob):
    group = gather(alice, bob)
    cursor = now(bob)
    say(alice, group, "the last word")
    done(alice, "deleteConversation", conversationId=group)
    (event,) = since(bob, cursor)
    assert event["__typename"] == "ConversationEnded"


def test_one_conversation_can_be_read_alone(alice, bob, charlie):
    cursor = now(alice)
    with_bob, with_charlie = talk(alice, bob), talk(alice, charlie)
    say(bob, with_bob, "from bob")
    say(charlie, with_charlie, "from charlie")
    events = since(alice, cursor, conversationId=with_bob)
    assert {event["conversation"]["id"] for event in events} == {with_bob}
    assert kinds(events) == ["ConversationStarted", "MessageSent"]


@pytest.mark.parametrize("wrong", ["somebody else's", "no id", "of another type"])
def test_somebody_elses_conversation_has_no_events(alice, bob, charlie, wrong):
    conversation = talk(alice, bob)
    cursor = now(alice)
    message = say(alice, conversation, "hello")
    one = {"somebody else's": conversation, "no id": "nonsense", "of another type": message}[wrong]
    assert since(charlie, cursor, conversationId=one) == []


# ── cursors ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "document",
    [
        "{ conversations { totalCount } cursor: eventCursor }",
        "{ ...State cursor: eventCursor } fragment State on Query { conversations { totalCount } }",
        "{ conversations { totalCount } ...Now } fragment Now on Query { cursor: eventCursor }",
    ],
)
def test_the_cursor_is_taken_before_anything_else_of_its_operation_is_read(alice, bob, document):
    """Or what was written while the rest was read might be neither in it nor after it."""
    talk(alice, bob)
    with CaptureQueriesContext(connection) as captured:
        alice.ask(document)
    statements = [query["sql"] for query in captured]
    clock = next(place for place, sql in enumerate(statements) if "messaging_clock" in sql)
    state = next(place for place, sql in enumerate(statements) if "messaging_conversation" in sql)
    assert clock < state


@pytest.mark.parametrize("malformed", ["", "nonsense", "MTIz", "=", "💥", "a" * 5000])
def test_a_malformed_cursor_is_bad_input(alice, malformed):
    assert alice.refused(EVENTS, after=malformed) == "BAD_USER_INPUT"


@pytest.mark.parametrize("position", ["-1", "+1", " 1", "01", "9223372036854775808", "1_0", ""])
def test_a_cursor_has_one_spelling(alice, position):
    real = base64.urlsafe_b64encode(f"{feed.now().feed.hex}:{position}".encode()).decode().rstrip("=")
    assert alice.refused(EVENTS, after=real) == "BAD_USER_INPUT"


@pytest.mark.parametrize("first", [0, -1, 1001])
def test_one_to_a_thousand_events_at_once(alice, first):
    assert alice.refused(EVENTS, after=now(alice), first=first) == "BAD_USER_INPUT"


def must_resync(door: Door, cursor: object) -> bool:
    batch = door.ask(EVENTS, after=str(cursor))["events"]
    if kinds(batch["events"]) != ["ResyncRequired"]:
        return False
    assert batch["events"][0]["cursor"] == batch["endCursor"] == now(door)
    assert batch["hasMore"] is False
    return True


def test_a_cursor_of_another_feed_or_of_the_future_needs_a_resync(alice):
    moment = feed.now()
    assert not must_resync(alice, moment.cursor)
    assert must_resync(alice, moment.at(moment.position + 1))
    assert must_resync(alice, moment.cursor._replace(feed=uuid.uuid4()))


def test_a_cursor_from_before_a_restore_needs_a_resync(alice, bob, capsys):
    cursor = now(alice)
    call_command("reset_feed")
    assert str(feed.now().feed) in capsys.readouterr().out
    assert must_resync(alice, cursor)
    fresh = now(alice)
    talk(alice, bob)
    assert kinds(since(alice, fresh)) == ["ConversationStarted"]


def test_more_than_a_thousand_events_behind_needs_a_resync(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(alice)
    say(alice, conversation, "hello")
    (event,) = Event.objects.filter(kind="MessageSent")
    copies = [
        Event(conversation_id=event.conversation_id, sequence=number, kind=event.kind, message_id=event.message_id)
        for number in range(3, 1002)
    ]
    Event.objects.bulk_create(copies)
    assert not must_resync(alice, cursor)
    Event.objects.create(
        conversation_id=event.conversation_id, sequence=1002, kind=event.kind, message_id=event.message_id
    )
    assert must_resync(alice, cursor)


def test_what_is_older_than_the_retention_is_cleaned_up(alice, bob, settings, capsys):
    conversation = talk(alice, bob)
    old = now(alice)
    say(alice, conversation, "old")
    kept = now(alice)
    say(alice, conversation, "new")
    week = timedelta(days=settings.EVENT_RETENTION_DAYS)
    Event.objects.filter(position__lte=feed.decode_cursor(kept).position).update(created_at=timezone.now() - week)
    call_command("clean_up")
    assert "2 events deleted" in capsys.readouterr().out
    assert must_resync(alice, old)
    assert kinds(since(alice, kept)) == ["MessageSent"]


def test_cleaning_up_stops_at_the_first_that_is_kept(alice, bob, settings):
    """So that what is left is the end of the feed without a hole, whatever the clocks said."""
    conversation = talk(alice, bob)
    cursor = now(alice)
    for body in ("one", "two", "three"):
        say(alice, conversation, body)
    feed.now()
    long_ago = timezone.now() - timedelta(days=settings.EVENT_RETENTION_DAYS + 1)
    Event.objects.filter(sequence=3).update(created_at=long_ago)
    call_command("clean_up")
    assert kinds(since(alice, cursor)) == ["MessageSent"] * 3


def test_two_who_clean_up_at_once_forget_nothing_of_what_is_gone(alice, bob, monkeypatch):
    """The slower one has read its first few, and in this moment the faster one takes away them and all others."""
    monkeypatch.setattr(pruning, "BATCH", 2)
    conversation = talk(alice, bob)
    for body in ("one", "two", "three"):
        say(alice, conversation, body)
    gone_by_the_faster = feed.now().at(3)
    faster = iter([feed.prune(timezone.now())])

    def come_between(execute, sql, *rest):
        if sql.startswith("DELETE"):
            list(next(faster, ()))
        return execute(sql, *rest)

    with connection.execute_wrapper(come_between):
        list(feed.prune(timezone.now()))
    assert feed.read(alice.person, gone_by_the_faster).needs_resync


# ── numbering ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_reads_numbers_what_is_committed(alice, bob):
    conversation = talk(alice, bob)
    say(alice, conversation, "one")
    assert set(Event.objects.values_list("position", flat=True)) == {None}
    moment = feed.now()
    positions = list(Event.objects.order_by("pk").values_list("position", flat=True))
    assert positions == list(range(moment.position - len(positions) + 1, moment.position + 1))


def test_a_feed_without_a_clock_goes_on_behind_its_last_event(alice, bob):
    """As after a database was emptied of everything but its events; the cursors from before are of another feed."""
    say(alice, talk(alice, bob), "one")
    before = feed.now()
    Clock.objects.all().delete()
    say(alice, talk(alice, bob), "two")
    after = feed.now()
    assert after.position == before.position + 1
    assert after.feed != before.feed


def test_nobody_reads_the_feed_signed_out(anyone, db):
    assert anyone.refused("{ eventCursor }") == "UNAUTHENTICATED"
    assert anyone.refused(EVENTS, after="x") == "UNAUTHENTICATED"


def test_what_was_refused_is_no_event(alice, bob):
    conversation = talk(alice, bob)
    cursor = now(alice)
    assert do(alice, "sendMessage", conversationId=conversation, body=" ")["errors"]
    assert since(alice, cursor) == []


def test_reading_takes_three_statements_however_much_there_is(alice, bob):
    """How far the feed goes, the events, how far it was cleaned up; then one for each type of object they are about,
    and a message comes with its conversation. Before all that, who asks."""
    conversation = talk(alice, bob)
    cursor = now(alice)
    for body in ("one", "two", "three"):
        say(alice, conversation, body)
    since(alice, cursor)  # numbers them
    with CaptureQueriesContext(connection) as captured:
        since(alice, cursor)
    tables = [
        table for query in captured for table in re.findall(r'FROM "?(messaging_\w+|accounts_user)', query["sql"])[:1]
    ]
    assert len(captured) == 5, tables
