"""updateParticipation: mute, archive, pin; for oneself alone, and seen by nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from messaging.models import Event, Participant
from tests.messaging.operations import (
    INBOX,
    document,
    done,
    gid,
    read,
    refused,
    say,
)

UNTIL = "2030-01-31T12:00:00.000000Z"


def prefer(door, conversation, **preferences):
    return done(door, "updateParticipation", conversationId=conversation, **preferences)


def inbox(door) -> list[str]:
    return [node["id"] for node in door.ask(INBOX)["conversations"]["nodes"]]


def test_at_first_nothing_is_muted_archived_or_pinned(alice, direct):
    mine = read(alice, direct)["viewerParticipant"]
    assert (mine["mutedUntil"], mine["isArchived"], mine["isPinned"]) == (None, False, False)


def test_what_is_left_out_stays_as_it_is(alice, direct):
    prefer(alice, direct, mutedUntil=UNTIL)
    prefer(alice, direct, isPinned=True)
    mine = prefer(alice, direct, isArchived=True)
    assert (mine["mutedUntil"], mine["isArchived"], mine["isPinned"]) == (UNTIL, True, True)
    again = prefer(alice, direct)
    assert again == mine


def test_null_ends_the_silence(alice, direct):
    prefer(alice, direct, mutedUntil=UNTIL)
    assert prefer(alice, direct, mutedUntil=None)["mutedUntil"] is None


@pytest.mark.parametrize("field", ["isArchived", "isPinned"])
def test_null_is_refused_where_nothing_can_be_empty(alice, direct, field):
    here = {"conversationId": direct, "mutedUntil": UNTIL, field: None}
    assert refused(alice, "updateParticipation", **here) == [("BAD_USER_INPUT", field)]
    assert read(alice, direct)["viewerParticipant"]["mutedUntil"] is None


def test_both_nulls_are_named(alice, direct):
    here = {"conversationId": direct, "isArchived": None, "isPinned": None}
    assert sorted(refused(alice, "updateParticipation", **here)) == [
        ("BAD_USER_INPUT", "isArchived"),
        ("BAD_USER_INPUT", "isPinned"),
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2030-01-31T13:00:00+01:00", UNTIL),
        ("2030-01-31T12:00:00Z", UNTIL),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_a_time_is_written_in_utc(alice, direct, given, shown):
    assert prefer(alice, direct, mutedUntil=given)["mutedUntil"] == shown
    assert read(alice, direct)["viewerParticipant"]["mutedUntil"] == shown


@pytest.mark.parametrize(
    "bad", ["", "tomorrow", "2030-01-31", "2030-01-31T12:00:00", "0001-01-01T00:00:00+14:00", 1_900_000_000, True, {}]
)
def test_what_is_no_time_is_refused(alice, direct, bad):
    answer = alice.post(
        document("updateParticipation"), {"input": {"conversationId": direct, "mutedUntil": bad}}
    ).json()
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


def test_an_archived_conversation_leaves_the_list_for_that_person_alone(alice, bob, direct):
    prefer(alice, direct, isArchived=True)
    assert inbox(alice) == []
    assert inbox(bob) == [direct]


def test_a_new_message_brings_it_back(alice, bob, direct):
    prefer(alice, direct, isArchived=True)
    say(bob, direct)
    assert inbox(alice) == [direct]
    assert read(alice, direct)["viewerParticipant"]["isArchived"] is False


def test_ones_own_message_brings_it_back_too(alice, direct):
    prefer(alice, direct, isArchived=True)
    say(alice, direct)
    assert inbox(alice) == [direct]


def test_an_edit_or_a_deletion_does_not_bring_it_back(alice, bob, direct):
    message = say(bob, direct)
    prefer(alice, direct, isArchived=True)
    done(bob, "editMessage", messageId=message, body="better")
    done(bob, "deleteMessage", messageId=message)
    assert inbox(alice) == []


def test_what_came_back_can_be_archived_again_and_brought_back_by_hand(alice, bob, direct):
    prefer(alice, direct, isArchived=True)
    say(bob, direct)
    prefer(alice, direct, isArchived=True)
    assert inbox(alice) == []
    prefer(alice, direct, isArchived=False)
    assert inbox(alice) == [direct]


def test_others_see_nothing_of_it_by_any_path(alice, bob, group):
    message = say(alice, group)
    prefer(alice, group, isArchived=True, isPinned=True, mutedUntil=UNTIL)
    hidden = {"mutedUntil": None, "isArchived": None, "isPinned": None}
    private = "mutedUntil isArchived isPinned"
    alices = gid(Participant.objects.get(user=alice.person))
    node = bob.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on Participant {{ {private} }} }} }}", id=alices)["node"]
    assert node == hidden
    (nested,) = [one for one in read(bob, group)["participants"]["nodes"] if one["user"]["username"] == "alice"]
    assert {name: nested[name] for name in hidden} == hidden
    through = bob.ask(
        f"query($id: ID!) {{ message(id: $id) {{ conversation {{ participants {{ nodes {{ {private} }} }} }} }} }}",
        id=message,
    )["message"]["conversation"]["participants"]["nodes"]
    assert through == [hidden, {"mutedUntil": None, "isArchived": False, "isPinned": False}]


def test_only_ones_own_devices_are_told(alice, direct):
    prefer(alice, direct, isPinned=True)
    event = Event.objects.latest("pk")
    assert (event.kind, event.recipient_id, event.sequence) == ("ParticipantChanged", alice.person.pk, None)


def test_muted_and_archived_conversations_do_not_count_as_unread(alice, bob, charlie, direct, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    unread = "{ me { unreadCount } }"
    group = done(bob, "createConversation", title="team", participantIds=[gid(alice)])["id"]
    for conversation in (direct, direct, group):
        say(bob, conversation)
    assert alice.ask(unread)["me"]["unreadCount"] == 3
    prefer(alice, group, isArchived=True)
    assert alice.ask(unread)["me"]["unreadCount"] == 2
    say(bob, group)
    assert alice.ask(unread)["me"]["unreadCount"] == 4
    prefer(alice, direct, mutedUntil=(now + timedelta(minutes=5)).isoformat())
    assert alice.ask(unread)["me"]["unreadCount"] == 2
    time_machine.move_to(now + timedelta(minutes=5), tick=False)
    assert alice.ask(unread)["me"]["unreadCount"] == 4
    assert bob.ask(unread)["me"]["unreadCount"] == 0
    assert charlie.ask(unread)["me"]["unreadCount"] == 0


def test_what_others_have_not_read_is_nobody_elses_to_know(alice, charlie):
    query = "query($id: ID!) { user(id: $id) { unreadCount } }"
    assert charlie.ask(query, id=gid(alice))["user"] == {"unreadCount": None}
