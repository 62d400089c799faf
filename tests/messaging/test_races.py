"""Two at once, on PostgreSQL: whoever comes first, what must always hold holds."""

from collections.abc import Callable
from typing import Any

import pytest

from messaging.models import Conversation, Event, Message, Participant
from tests.conftest import PASSWORD, Door, enter, join
from tests.messaging.operations import do, done, gather, gid, people_in, read, say, send_message, talk
from tests.races import again, at_once, meanwhile, on_postgresql

pytestmark = [pytest.mark.django_db(transaction=True), on_postgresql]


def asking(door: Door, verb: str, **fields: Any) -> Callable[[], dict[str, Any]]:
    return lambda: do(again(door), verb, **fields)


def codes(payloads: list[dict[str, Any]]) -> list[str]:
    """How each attempt ended, `done` or its code, in the order of the alphabet."""
    return sorted(payload["errors"][0]["code"] if payload["errors"] else "done" for payload in payloads)


def check_whole() -> None:
    """What the numbers on the rows say is what there is."""
    for conversation in Conversation.objects.all():
        messages = conversation.messages.order_by("pk").values_list("sequence", flat=True)
        assert list(messages) == list(range(1, conversation.last_sequence + 1))
        events = Event.objects.filter(conversation_id=conversation.pk, sequence__isnull=False).order_by("pk")
        assert list(events.values_list("sequence", flat=True)) == list(range(1, conversation.last_event_sequence + 1))
        assert conversation.participants.count() == conversation.participant_count
        for participant in conversation.participants.all():
            assert participant.last_read_sequence <= conversation.last_sequence


@pytest.fixture(autouse=True)
def everything_is_whole_afterwards(transactional_db):
    yield
    check_whole()


@pytest.mark.parametrize("_", range(3))
def test_both_sides_start_their_conversation(alice, bob, _):
    started = at_once(
        asking(alice, "startDirectConversation", userId=gid(bob)),
        asking(bob, "startDirectConversation", userId=gid(alice)),
        asking(alice, "startDirectConversation", userId=gid(bob)),
        asking(bob, "startDirectConversation", userId=gid(alice)),
    )
    assert codes(started) == ["done"] * 4
    assert len({payload["conversation"]["id"] for payload in started}) == 1
    assert Participant.objects.count() == 2
    assert list(Event.objects.values_list("kind", flat=True)) == ["ConversationStarted"]


@pytest.mark.parametrize("_", range(3))
def test_two_owners_leave(alice, bob, charlie, _):
    group = gather(alice, bob, charlie)
    done(alice, "changeRole", conversationId=group, userId=gid(bob), role="OWNER")
    left = at_once(*(asking(door, "leaveConversation", conversationId=group) for door in (alice, bob)))
    assert codes(left) == ["LAST_OWNER", "done"]
    assert "OWNER" in people_in(read(charlie, group)).values()


@pytest.mark.parametrize("_", range(3))
def test_two_owners_step_down(alice, bob, _):
    group = gather(alice, bob)
    done(alice, "changeRole", conversationId=group, userId=gid(bob), role="OWNER")
    down = at_once(
        *(asking(door, "changeRole", conversationId=group, userId=gid(door), role="MEMBER") for door in (alice, bob))
    )
    assert codes(down) == ["LAST_OWNER", "done"]
    assert sorted(people_in(read(alice, group)).values()) == ["MEMBER", "OWNER"]


@pytest.mark.parametrize("_", range(3))
def test_the_last_two_leave(alice, bob, _):
    group = gather(alice, bob)
    left = at_once(*(asking(door, "leaveConversation", conversationId=group) for door in (alice, bob)))
    assert codes(left) in (["LAST_OWNER", "done"], ["done", "done"])
    assert Conversation.objects.count() == codes(left).count("LAST_OWNER")


@pytest.mark.parametrize("_", range(3))
def test_the_same_person_is_added_and_removed(alice, bob, charlie, _):
    group = gather(alice, bob, charlie)
    done(alice, "changeRole", conversationId=group, userId=gid(bob), role="ADMIN")
    ended = at_once(
        asking(alice, "removeParticipant", conversationId=group, userId=gid(charlie)),
        asking(bob, "addParticipants", conversationId=group, userIds=[gid(charlie)]),
        asking(alice, "removeParticipant", conversationId=group, userId=gid(charlie)),
        asking(bob, "addParticipants", conversationId=group, userIds=[gid(charlie)]),
    )
    assert set(codes(ended)) <= {"done", "NOT_FOUND"}
    assert codes(ended).count("done") >= 3
    kinds = Event.objects.filter(person_id=charlie.person.pk, sequence__isnull=False).order_by("sequence")
    told = [kind.removeprefix("Participant") for kind in kinds.values_list("kind", flat=True)]
    assert told == ["Left", "Joined", "Left", "Joined"][: len(told)]
    assert (read(charlie, group) is not None) == (told[-1] == "Joined")


def test_the_same_person_is_added_by_four_at_once(alice, bob, charlie, group):
    done(alice, "changeRole", conversationId=group, userId=gid(bob), role="ADMIN")
    adding = [asking(door, "addParticipants", conversationId=group, userIds=[gid(charlie)]) for door in (alice, bob)]
    assert codes(at_once(*adding, *adding)) == ["done"] * 4
    assert Event.objects.filter(kind="ParticipantJoined").count() == 1


def test_sixteen_send_in_one_conversation(alice, group):
    people = [join(f"u{i}") for i in range(15)]
    done(alice, "addParticipants", conversationId=group, userIds=[gid(one) for one in people])
    doors = [alice, *(enter(one) for one in people)]

    def send_four(door: Door) -> list[int]:
        sent = [done(again(door), "sendMessage", conversationId=group, body=f"{i}") for i in range(4)]
        return [message["sequence"] for message in sent]

    sequences = at_once(*((lambda door=door: send_four(door)) for door in doors))
    assert sorted(number for mine in sequences for number in mine) == list(range(1, 65))
    assert all(mine == sorted(mine) for mine in sequences)
    assert read(alice, group)["lastSequence"] == 64


@pytest.mark.parametrize("_", range(3))
def test_one_key_eight_times(alice, direct, _):
    sent = at_once(*[asking(alice, "sendMessage", conversationId=direct, body="once", idempotencyKey="k")] * 8)
    assert codes(sent) == ["done"] * 8
    assert len({payload["message"]["id"] for payload in sent}) == 1
    assert Message.objects.count() == 1
    assert Event.objects.filter(kind="MessageSent").count() == 1


def test_one_key_with_two_bodies(alice, direct):
    sent = at_once(
        *(asking(alice, "sendMessage", conversationId=direct, body=body, idempotencyKey="k") for body in ("a", "b"))
    )
    assert codes(sent) == ["IDEMPOTENCY_KEY_REUSED", "done"]


def test_one_key_in_two_conversations(alice, direct, group):
    sent = at_once(
        *(asking(alice, "sendMessage", conversationId=one, body="a", idempotencyKey="k") for one in (direct, group))
    )
    assert codes(sent) == ["IDEMPOTENCY_KEY_REUSED", "done"]


def test_one_key_makes_one_group(alice, bob):
    made = at_once(
        *[asking(alice, "createConversation", title="team", participantIds=[gid(bob)], idempotencyKey="k")] * 6
    )
    assert codes(made) == ["done"] * 6
    assert Conversation.objects.count() == 1


@pytest.mark.parametrize("_", range(3))
def test_who_is_removed_while_sending_sends_nothing_after(alice, bob, group, _):
    def send_until_refused() -> int:
        door, sent = again(bob), 0
        while not do(door, "sendMessage", conversationId=group, body="still here")["errors"]:
            sent += 1
            assert sent < 1_000
        return sent

    def remove() -> int:
        send_message(again(alice), group)
        done(again(alice), "removeParticipant", conversationId=group, userId=gid(bob))
        return -1

    sent, _ = at_once(send_until_refused, remove)
    removed = Event.objects.get(kind="ParticipantLeft").sequence
    theirs = Message.objects.filter(sender=bob.person).values_list("pk", flat=True)
    assert len(theirs) == sent
    last = Event.objects.filter(kind="MessageSent", message_id__in=list(theirs)).order_by("-sequence").first()
    assert last is None or last.sequence < removed


def test_who_is_removed_while_their_message_waits_sends_nothing(alice, bob, group):
    payload = meanwhile(
        lambda: done(alice, "removeParticipant", conversationId=group, userId=gid(bob)),
        asking(bob, "sendMessage", conversationId=group, body="still here"),
    )
    assert codes([payload]) == ["NOT_FOUND"]
    assert not Message.objects.exists()


@pytest.mark.parametrize("where", ["direct", "group"])
def test_messages_that_wait_for_each_other_are_all_sent(alice, bob, where, request):
    conversation = request.getfixturevalue(where)
    payload = meanwhile(
        lambda: send_message(alice, conversation),
        asking(bob, "sendMessage", conversationId=conversation, body="me, too"),
    )
    assert payload["message"]["sequence"] == 2


@pytest.mark.parametrize("_", range(3))
def test_two_accounts_are_deleted(alice, bob, charlie, _):
    direct = talk(alice, bob)
    groups = [gather(alice, bob, charlie), gather(bob, alice, charlie), gather(bob, alice)]
    for conversation in (direct, *groups):
        say(alice, conversation)
        say(bob, conversation)
    gone = at_once(*(asking(door, "deleteAccount", password=PASSWORD) for door in (alice, bob)))
    assert codes(gone) == ["done", "done"]
    assert Conversation.objects.count() == 2
    for group in groups[:2]:
        assert people_in(read(charlie, group)) == {"charlie": "OWNER"}


def test_an_account_is_deleted_while_its_person_is_removed_and_its_group_deleted(alice, bob, charlie):
    kept, doomed = gather(alice, bob, charlie), gather(alice, bob, charlie)
    ended = at_once(
        asking(bob, "deleteAccount", password=PASSWORD),
        asking(alice, "removeParticipant", conversationId=kept, userId=gid(bob)),
        asking(alice, "deleteConversation", conversationId=doomed),
    )
    assert not ended[0]["errors"]
    assert not ended[2]["errors"]
    assert people_in(read(alice, kept)) == {"alice": "OWNER", "charlie": "MEMBER"}
    assert read(alice, doomed) is None


def test_an_account_is_deleted_while_its_person_is_added_and_writes(alice, bob, charlie):
    group, other, direct = gather(alice, charlie), gather(alice, bob), talk(alice, bob)
    ended = at_once(
        asking(bob, "deleteAccount", password=PASSWORD),
        asking(alice, "addParticipants", conversationId=group, userIds=[gid(bob)]),
        asking(bob, "sendMessage", conversationId=other, body="bye"),
        asking(alice, "sendMessage", conversationId=direct, body="bye"),
    )
    assert not ended[0]["errors"]
    assert set(codes(ended)) <= {"done", "NOT_FOUND", "FORBIDDEN"}
    assert people_in(read(alice, group)) == {"alice": "OWNER", "charlie": "MEMBER"}
    assert Message.objects.exclude(sender=None).exclude(sender=alice.person).count() == 0


@pytest.mark.parametrize("_", range(3))
def test_a_group_is_renamed_and_written_to_while_it_is_deleted(alice, bob, group, _):
    ended = at_once(
        asking(alice, "deleteConversation", conversationId=group),
        asking(alice, "updateConversation", conversationId=group, title="new"),
        asking(bob, "sendMessage", conversationId=group, body="hello"),
        asking(bob, "markRead", conversationId=group),
        asking(bob, "updateParticipation", conversationId=group, isPinned=True),
        asking(bob, "leaveConversation", conversationId=group),
    )
    assert not ended[0]["errors"]
    assert set(codes(ended)) <= {"done", "NOT_FOUND"}
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert not Participant.objects.exists()


def test_a_message_is_edited_while_it_is_deleted(alice, direct):
    message = say(alice, direct)
    ended = at_once(
        asking(alice, "deleteMessage", messageId=message),
        *(asking(alice, "editMessage", messageId=message, body=f"edit {i}") for i in range(4)),
    )
    assert set(codes(ended)) <= {"done", "CONFLICT"}
    row = Message.objects.get()
    assert (row.body, row.revisions.count(), row.is_deleted) == ("", 0, True)


def test_edits_at_once_are_all_kept(alice, direct):
    message = say(alice, direct)
    bodies = [f"edit {i}" for i in range(6)]
    ended = at_once(*(asking(alice, "editMessage", messageId=message, body=body) for body in bodies))
    assert codes(ended) == ["done"] * 6
    row = Message.objects.get()
    assert sorted([row.body, *row.revisions.values_list("body", flat=True)]) == sorted(["hello", *bodies])


def test_what_one_keeps_to_oneself_is_kept_from_two_devices(alice, direct):
    for i in range(10):
        Participant.objects.update(is_pinned=False, muted_until=None)
        ended = at_once(
            asking(alice, "updateParticipation", conversationId=direct, isPinned=True),
            asking(alice, "updateParticipation", conversationId=direct, mutedUntil="2030-01-01T00:00:00Z"),
        )
        assert codes(ended) == ["done", "done"]
        mine = read(alice, direct)["viewerParticipant"]
        assert (mine["isPinned"], mine["mutedUntil"] is None) == (True, False), i


def test_marking_and_sending_never_wait_for_each_other(alice, bob, group):
    def send(door: Door) -> Callable[[], list[str]]:
        return lambda: [send_message(again(door), group) for _ in range(10)]

    def mark(door: Door) -> Callable[[], list[str]]:
        return lambda: [done(again(door), "markRead", conversationId=group)["id"] for _ in range(10)]

    at_once(send(alice), mark(alice), send(bob), mark(bob), mark(alice), mark(bob))
    for door in (alice, bob):
        done(door, "markRead", conversationId=group)
        assert read(door, group)["unreadCount"] == 0
