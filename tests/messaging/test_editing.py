"""editMessage and deleteMessage."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Conversation, Event, Message, Revision
from tests.conftest import PASSWORD, enter
from tests.messaging.operations import (
    bodies,
    do,
    done,
    gid,
    global_id,
    history,
    look_at,
    read,
    refused,
    say,
    talk,
)


@pytest.fixture
def message(alice, direct) -> str:
    return say(alice, direct, "one")


def edit(door, message, body):
    return done(door, "editMessage", messageId=message, body=body)


def delete(door, message):
    return done(door, "deleteMessage", messageId=message)


# ── editing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_keeps_the_old_body_as_a_revision(alice, bob, message, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    edited = edit(alice, message, " two ")
    assert (edited["body"], edited["isEdited"], edited["sequence"]) == ("two", True, 1)
    seen = look_at(bob, message)
    assert seen["body"] == "two"
    assert seen["editedAt"] == now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert seen["revisions"] == [{"body": "one", "editedAt": seen["editedAt"], "editedBy": {"username": "alice"}}]


def test_revisions_come_oldest_first(alice, message):
    edit(alice, message, "two")
    edited = edit(alice, message, "three")
    assert [revision["body"] for revision in edited["revisions"]] == ["one", "two"]


def test_an_unchanged_body_changes_nothing(alice, message):
    events = Event.objects.count()
    unchanged = edit(alice, message, " one\n")
    assert (unchanged["isEdited"], unchanged["editedAt"], unchanged["revisions"]) == (False, None, [])
    assert Event.objects.count() == events


def test_an_edit_moves_no_conversation_and_no_read_mark(alice, bob, message, direct):
    done(bob, "markRead", conversationId=direct)
    before = Conversation.objects.get().last_activity_at
    edit(alice, message, "two")
    assert Conversation.objects.get().last_activity_at == before
    assert read(bob, direct)["unreadCount"] == 0


@pytest.mark.parametrize("body", ["", " \n", "y" * 10_001])
def test_a_bad_body_is_refused(alice, message, body):
    assert refused(alice, "editMessage", messageId=message, body=body) == [("BAD_USER_INPUT", "body")]
    assert look_at(alice, message)["body"] == "one"


def test_ten_thousand_characters_are_fine(alice, message):
    assert edit(alice, message, "y" * 10_000)["body"] == "y" * 10_000


def test_nobody_edits_what_another_said(bob, message):
    assert refused(bob, "editMessage", messageId=message, body="two") == [("FORBIDDEN", None)]
    assert look_at(bob, message)["body"] == "one"


@pytest.mark.parametrize("verb", ["editMessage", "deleteMessage"])
@pytest.mark.parametrize("bad", ["", "garbage", "é", "=" * 10_000, global_id("Message", 2**62), "another type"])
def test_a_bad_id_names_no_message(alice, direct, verb, bad):
    fields = {"messageId": direct if bad == "another type" else bad, **({"body": "x"} if verb == "editMessage" else {})}
    assert refused(alice, verb, **fields) == [("NOT_FOUND", "messageId")]


@pytest.mark.parametrize("verb", ["editMessage", "deleteMessage"])
def test_to_a_stranger_the_message_does_not_exist(charlie, bob, message, verb):
    fields = {"body": "mine"} if verb == "editMessage" else {}
    assert refused(charlie, verb, messageId=message, **fields) == [("NOT_FOUND", "messageId")]
    assert look_at(bob, message)["body"] == "one"


@pytest.mark.parametrize("verb", ["editMessage", "deleteMessage"])
def test_nor_to_who_was_removed_though_it_was_theirs(alice, bob, group, verb):
    mine = say(bob, group)
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    fields = {"body": "mine"} if verb == "editMessage" else {}
    assert refused(bob, verb, messageId=mine, **fields) == [("NOT_FOUND", "messageId")]


def test_a_deleted_message_is_not_edited(alice, message):
    delete(alice, message)
    assert refused(alice, "editMessage", messageId=message, body="two") == [("CONFLICT", None)]
    assert not look_at(alice, message)["viewerCanEdit"]


def test_the_edit_window_closes_after_a_day(alice, direct, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    message = say(alice, direct, "one")
    time_machine.move_to(now + timedelta(hours=23, minutes=30), tick=False)
    # An access token lasts an hour, so who comes back later signs in again.
    again = enter(alice.person)
    time_machine.move_to(now + timedelta(hours=24) - timedelta(microseconds=1), tick=False)
    assert look_at(again, message)["viewerCanEdit"]
    edit(again, message, "two")
    time_machine.move_to(now + timedelta(hours=24), tick=False)
    assert not look_at(again, message)["viewerCanEdit"]
    assert refused(again, "editMessage", messageId=message, body="three") == [("EDIT_WINDOW_CLOSED", None)]
    assert look_at(again, message)["body"] == "two"


def test_an_edit_does_not_open_the_window_again_and_deleting_needs_none(alice, direct, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    message = say(alice, direct, "one")
    edit(alice, message, "two")
    time_machine.move_to(now + timedelta(hours=25), tick=False)
    again = enter(alice.person)
    assert refused(again, "editMessage", messageId=message, body="three") == [("EDIT_WINDOW_CLOSED", None)]
    assert look_at(again, message)["viewerCanDelete"]
    assert delete(again, message)["isDeleted"]


def test_the_window_is_a_setting(alice, message, settings):
    settings.EDIT_WINDOW_HOURS = 0
    assert not look_at(alice, message)["viewerCanEdit"]
    assert refused(alice, "editMessage", messageId=message, body="two") == [("EDIT_WINDOW_CLOSED", None)]


def test_a_message_is_edited_a_hundred_times(alice, message):
    row = Message.objects.get()
    Revision.objects.bulk_create(
        Revision(message=row, body=f"{i}", edited_by=alice.person, edited_at=timezone.now()) for i in range(99)
    )
    assert len(edit(alice, message, "the hundredth")["revisions"]) == 100
    assert refused(alice, "editMessage", messageId=message, body="once more") == [("LIMIT_EXCEEDED", None)]
    assert look_at(alice, message)["body"] == "the hundredth"
    assert edit(alice, message, "the hundredth")["body"] == "the hundredth"


def test_who_edited_is_null_when_their_account_is_gone(alice, bob, message):
    edit(alice, message, "two")
    done(alice, "deleteAccount", password=PASSWORD)
    seen = look_at(bob, message)
    assert seen["sender"] is None
    assert [revision["editedBy"] for revision in seen["revisions"]] == [None]


# ── deleting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deleted_message_leaves_a_tombstone(alice, bob, direct, message, time_machine):
    edit(alice, message, "two")
    say(bob, direct, "hi")
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    deleted = delete(alice, message)
    assert deleted["deletedAt"] == now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    seen = look_at(bob, message)
    assert (seen["body"], seen["isDeleted"], seen["isEdited"], seen["editedAt"]) == ("", True, False, None)
    assert (seen["sequence"], seen["sender"], seen["revisions"]) == (1, {"username": "alice"}, [])
    assert not Revision.objects.exists()
    assert bodies(history(bob, direct)) == ["", "hi"]


def test_nothing_of_what_it_said_is_in_the_database(alice, message):
    edit(alice, message, "canary")
    edit(alice, message, "canary two")
    delete(alice, message)
    assert "canary" not in str([list(model.objects.values()) for model in (Message, Revision, Event)])


def test_deleting_it_twice_changes_nothing(alice, message):
    first = delete(alice, message)
    events = Event.objects.count()
    again = delete(alice, message)
    assert again["deletedAt"] == first["deletedAt"]
    assert not again["viewerCanDelete"]
    assert Event.objects.count() == events


def test_its_answers_stay(alice, bob, direct, message):
    answer = say(bob, direct, "answer", replyToId=message)
    delete(alice, message)
    assert look_at(alice, message)["replyCount"] == 1
    seen = look_at(alice, answer)
    assert (seen["body"], seen["replyTo"]) == ("answer", {"id": message})


def test_a_tombstone_counts_as_unread_until_it_is_read(alice, bob, direct, message):
    delete(alice, message)
    assert read(bob, direct)["unreadCount"] == 1
    done(bob, "markRead", conversationId=direct)
    assert read(bob, direct)["unreadCount"] == 0


def test_a_tombstone_is_the_last_message_of_its_conversation(alice, bob, direct, message):
    delete(alice, message)
    assert read(bob, direct)["lastMessage"] == {"body": ""}


def test_its_key_is_still_taken(alice, direct):
    message = say(alice, direct, "one", idempotencyKey="k")
    delete(alice, message)
    assert do(alice, "sendMessage", conversationId=direct, body="one", idempotencyKey="k")["message"]["id"] == message


def test_nobody_deletes_what_the_other_said_in_a_direct_conversation(bob, message):
    assert refused(bob, "deleteMessage", messageId=message) == [("FORBIDDEN", None)]


def test_two_conversations_keep_apart(alice, bob, charlie, direct, message):
    other = say(alice, talk(alice, charlie), "other")
    delete(alice, message)
    assert look_at(charlie, other)["body"] == "other"
    assert look_at(bob, other) is None
