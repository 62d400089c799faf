"""Blocking where people talk: the blocked one meets the words for a disabled account, the other is told to unblock."""

from functools import partial

import pytest

from accounts.models import Block, User
from messaging.models import Conversation, Message, Participant, Reaction
from messaging.services import block_user
from tests.conftest import Door
from tests.messaging.operations import (
    do,
    document,
    done,
    gather,
    gid,
    look_at,
    people_in,
    read,
    refused,
    say,
    send_message,
    statements,
    talk,
)
from tests.races import again, at_once, meanwhile, on_postgresql

LIST = "{ conversations { nodes { id viewerCanSend lastMessage { viewerCanEdit } } } }"
REACT = (
    "mutation($input: ReactionInput!) { addReaction(input: $input) { message { id } errors { code field message } } }"
)


def block(door: Door, other: Door) -> None:
    block_user(viewer=door.person, person=other.person)


def ways(door: Door, other: Door, direct: str, group: str, message: str):
    """Every way to reach somebody: by name what is sent, and what answers."""
    return {
        "start": partial(do, door, "startDirectConversation", userId=gid(other)),
        "write": partial(do, door, "sendMessage", conversationId=direct, body="hello"),
        "edit": partial(do, door, "editMessage", messageId=message, body="other words"),
        "react": lambda: door.ask(REACT, input={"messageId": message, "emoji": "👍"})["addReaction"],
        "type": partial(do, door, "setTyping", conversationId=direct, isTyping=True),
        "add": partial(do, door, "addParticipants", conversationId=group, userIds=[gid(other)]),
        "gather": partial(do, door, "createConversation", title="x", participantIds=[gid(other)]),
    }


WAYS = ["start", "write", "edit", "react", "type", "add", "gather"]


@pytest.fixture
def scene(alice, bob, direct):
    """What bob, and what alice has: a message in their direct conversation, and a group without the other."""
    return {
        door.person.username: (direct, gather(door), say(door, direct))  # each the owner of a group of their own
        for door in (alice, bob)
    }


@pytest.mark.parametrize("way", WAYS)
def test_the_blocked_person_meets_the_words_for_a_disabled_account(alice, bob, scene, way):
    reach = ways(bob, alice, *scene["bob"])[way]
    User.objects.filter(pk=alice.person.pk).update(is_active=False)
    disabled = reach()
    User.objects.filter(pk=alice.person.pk).update(is_active=True)
    block(alice, bob)
    assert reach() == disabled
    assert [(one["code"], one["field"]) for one in disabled["errors"]] == [("FORBIDDEN", None)]


@pytest.mark.parametrize("way", WAYS)
def test_the_blocker_is_told_to_unblock_first(alice, bob, scene, way):
    block(alice, bob)
    payload = ways(alice, bob, *scene["alice"])[way]()
    assert [(one["code"], one["field"]) for one in payload["errors"]] == [("BLOCKED", None)]


@pytest.mark.parametrize("way", WAYS)
def test_who_has_blocked_and_is_blocked_is_told_of_their_own(alice, bob, scene, way):
    block(alice, bob)
    block(bob, alice)
    assert [one["code"] for one in ways(bob, alice, *scene["bob"])[way]()["errors"]] == ["BLOCKED"]


@pytest.mark.parametrize("way", WAYS)
def test_without_the_block_it_goes(alice, bob, scene, way):
    block(alice, bob)
    Block.objects.all().delete()
    assert ways(bob, alice, *scene["bob"])[way]()["errors"] == []


@pytest.mark.parametrize("way", WAYS)
def test_refused_is_with_nothing_done(alice, bob, scene, way):
    block(alice, bob)
    before = (Message.objects.count(), Conversation.objects.count(), Participant.objects.count())
    ways(bob, alice, *scene["bob"])[way]()
    assert (Message.objects.count(), Conversation.objects.count(), Participant.objects.count()) == before
    assert look_at(bob, scene["bob"][2])["revisions"] == []


def test_a_third_person_is_not_concerned(alice, bob, charlie):
    block(alice, bob)
    assert talk(charlie, alice)
    assert people_in(read(charlie, gather(charlie, alice, bob))).keys() == {"alice", "bob", "charlie"}


def test_one_who_is_blocked_refuses_all_who_are_added(alice, bob, charlie):
    block(alice, bob)
    group = gather(bob)
    given = {"conversationId": group, "userIds": [gid(charlie), gid(alice)]}
    assert refused(bob, "addParticipants", **given) == [("FORBIDDEN", None)]
    assert people_in(read(bob, group)) == {"bob": "OWNER"}


def test_who_is_in_the_group_already_is_not_added(alice, bob):
    group = gather(bob, alice)
    block(alice, bob)
    assert do(bob, "addParticipants", conversationId=group, userIds=[gid(alice)])["errors"] == []


def test_groups_in_common_go_on(alice, bob):
    group = gather(alice, bob)
    message = say(bob, group, "before")
    block(alice, bob)
    assert read(bob, group)["viewerCanSend"]
    assert send_message(bob, group)
    assert send_message(alice, group)
    assert done(bob, "editMessage", messageId=message, body="after")["body"] == "after"
    assert look_at(alice, message)["sender"] == {"username": "bob"}


def test_neither_can_send_in_their_direct_conversation(alice, bob, direct):
    say(alice, direct)
    block(alice, bob)
    for door in (alice, bob):
        assert not read(door, direct)["viewerCanSend"]
        (seen,) = door.ask(LIST)["conversations"]["nodes"]
        assert seen == {"id": direct, "viewerCanSend": False, "lastMessage": {"viewerCanEdit": False}}


def test_what_was_said_stays_and_can_be_taken_back(alice, bob, direct):
    message = say(bob, direct, "hello")
    block(alice, bob)
    assert look_at(alice, message)["body"] == "hello"
    assert done(bob, "markRead", conversationId=direct)
    assert done(bob, "deleteMessage", messageId=message)["isDeleted"]


def test_what_was_sent_before_comes_back_by_its_key(alice, bob, direct):
    first = send_message(bob, direct, "hello", idempotencyKey="k")
    block(alice, bob)
    assert send_message(bob, direct, "hello", idempotencyKey="k") == first


def test_a_group_made_before_comes_back_by_its_key(alice, bob):
    given = {"title": "x", "participantIds": [gid(alice)], "idempotencyKey": "k"}
    first = done(bob, "createConversation", **given)["id"]
    block(alice, bob)
    assert done(bob, "createConversation", **given)["id"] == first


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_of_conversations_asks_once_what_stands_between(alice, count):
    crowd = User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.com") for i in range(count))
    for person in crowd:
        talk(alice, person)
    Block.objects.bulk_create(Block(blocker=person, blocked=alice.person) for person in crowd)
    assert len(statements(alice, "{ conversations { nodes { viewerCanSend } } }")) == 4


def test_a_refusal_costs_the_same_as_for_a_disabled_account(alice, bob, direct):
    query = document("sendMessage", "message { id }")

    def cost() -> int:
        return len(statements(bob, query, input={"conversationId": direct, "body": "x"}))

    block(alice, bob)
    blocked = cost()
    Block.objects.all().delete()
    User.objects.filter(pk=alice.person.pk).update(is_active=False)
    assert cost() == blocked


def test_blocks_go_with_either_account(alice, bob, charlie):
    block(alice, bob)
    block(bob, charlie)
    done(bob, "deleteAccount", password="correct horse battery")
    assert not Block.objects.exists()


# ── at once ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(5))
def test_what_is_there_when_the_block_has_answered_is_all_there_will_be(alice, bob, direct, _):
    def block_and_count() -> int:
        block(alice, bob)
        return Message.objects.count()

    def write() -> int:
        return len(do(again(bob), "sendMessage", conversationId=direct, body="hello")["errors"])

    *refusals, there = at_once(write, write, write, block_and_count)
    assert Message.objects.count() == there == refusals.count(0)


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("with_answer", [False, True], ids=["text alone", "an answer"])
def test_who_is_blocked_while_their_message_waits_sends_nothing(alice, bob, direct, with_answer):
    answered = {"replyToId": say(alice, direct)} if with_answer else {}
    before = Message.objects.count()
    refused = meanwhile(
        lambda: block(alice, bob),
        lambda: do(again(bob), "sendMessage", conversationId=direct, body="hello", **answered),
    )
    assert [error["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert Message.objects.count() == before
    assert Conversation.objects.get().last_sequence == before


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(5))
def test_nor_does_anybody_react_once_the_block_has_answered(alice, bob, direct, _):
    message = say(alice, direct)

    def block_and_count() -> int:
        block(alice, bob)
        return Reaction.objects.count()

    def react(emoji: str) -> int:
        return len(again(bob).ask(REACT, input={"messageId": message, "emoji": emoji})["addReaction"]["errors"])

    *refusals, there = at_once(*(partial(react, emoji) for emoji in "👍🎉😀"), block_and_count)
    assert Reaction.objects.count() == there == refusals.count(0)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_blocking_each_other_at_once(alice, bob, direct):
    at_once(lambda: block(alice, bob), lambda: block(bob, alice), lambda: block(alice, bob))
    assert Block.objects.count() == 2
