"""Mentions: whom a message names."""

import pytest

from messaging.models import Mention
from tests.conftest import PASSWORD, enter, join
from tests.messaging.operations import (
    do,
    document,
    done,
    gather,
    gid,
    global_id,
    look_at,
    refused,
    say,
    send_message,
    statements,
)
from tests.operations import refusals

SENT = "message { id mentions { id username } }"


def mentioned(door, message: str) -> list[str]:
    found = door.ask("query($id: ID!) { message(id: $id) { mentions { username } } }", id=message)
    return [person["username"] for person in found["message"]["mentions"]]


def test_people_are_named_in_the_order_given_and_once_each(alice, bob, dora):
    group = gather(alice, bob, dora)
    named = [gid(one) for one in (dora, bob, dora, alice)]
    given = {"conversationId": group, "body": "@dora @bob @me", "mentionIds": named}
    message = alice.ask(document("sendMessage", SENT), input=given)["sendMessage"]["message"]
    assert [person["username"] for person in message["mentions"]] == ["dora", "bob", "alice"]
    assert mentioned(bob, message["id"]) == ["dora", "bob", "alice"]


@pytest.mark.parametrize("none", [{}, {"mentionIds": None}, {"mentionIds": []}], ids=["left out", "null", "empty"])
def test_nobody_need_be_named(alice, direct, none):
    assert mentioned(alice, send_message(alice, direct, **none)) == []


def test_each_message_of_a_page_has_its_own(alice, bob, group):
    send_message(alice, group, "1", mentionIds=[gid(bob)])
    say(alice, group, "2")
    send_message(bob, group, "3", mentionIds=[gid(alice), gid(bob)])
    found = alice.ask("{ messages { nodes { mentions { username } } } }")["messages"]["nodes"]
    assert [[one["username"] for one in node["mentions"]] for node in found] == [["alice", "bob"], [], ["bob"]]


def test_who_is_seen_and_takes_no_part_cannot_be_named(alice, bob, charlie, group):
    given = {"conversationId": group, "body": "hello", "mentionIds": [gid(bob), gid(charlie)]}
    assert refused(alice, "sendMessage", **given) == [("BAD_USER_INPUT", "mentionIds.1")]
    assert Mention.objects.count() == 0


def test_who_has_left_cannot_be_named_any_more_and_stays_where_they_were(alice, bob, group):
    message = send_message(alice, group, mentionIds=[gid(bob)])
    done(bob, "leaveConversation", conversationId=group)
    given = {"conversationId": group, "body": "hello", "mentionIds": [gid(bob)]}
    assert refused(alice, "sendMessage", **given) == [("BAD_USER_INPUT", "mentionIds.0")]
    assert mentioned(alice, message) == ["bob"]


@pytest.mark.row(22)
@pytest.mark.parametrize("wrong", ["nonsense", global_id("User", 2**62), global_id("Conversation", 1), ""])
def test_what_names_nobody_is_not_found(alice, bob, group, wrong):
    given = {"conversationId": group, "body": "hello", "mentionIds": [gid(bob), wrong]}
    assert refused(alice, "sendMessage", **given) == [("NOT_FOUND", "mentionIds.1")]
    assert do(alice, "sendMessage", conversationId=group, body="next")["message"]["sequence"] == 1


def test_fifty_are_the_most(alice):
    people = [join(f"u{i}") for i in range(51)]
    group = gather(alice, *people)
    given = {"conversationId": group, "body": "all of you"}
    too_many = [gid(one) for one in people]
    assert refused(alice, "sendMessage", **given, mentionIds=too_many) == [("LIMIT_EXCEEDED", "mentionIds")]
    assert len(mentioned(alice, send_message(alice, group, mentionIds=too_many[:50]))) == 50


def test_a_stranger_learns_nothing_by_naming_people(alice, bob, charlie, group):
    given = {"conversationId": group, "body": "hello", "mentionIds": [gid(bob)]}
    answer = do(charlie, "sendMessage", **given)
    missing = do(charlie, "sendMessage", **{**given, "conversationId": global_id("Conversation", 2**62)})
    assert refusals(answer) == [("NOT_FOUND", "conversationId")]
    assert answer == missing


def test_the_same_key_with_other_people_is_another_message(alice, bob, group):
    key = {"conversationId": group, "body": "hello", "idempotencyKey": "k"}
    first = done(alice, "sendMessage", **key, mentionIds=[gid(bob)])
    assert done(alice, "sendMessage", **key, mentionIds=[gid(bob)])["id"] == first["id"]
    for other in ([], [gid(alice)], [gid(bob), gid(alice)]):
        assert refused(alice, "sendMessage", **key, mentionIds=other) == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
    assert mentioned(alice, first["id"]) == ["bob"]


def test_a_key_finds_its_message_when_who_was_named_is_gone(alice, bob, dora):
    group = gather(alice, bob, dora)
    given = {"conversationId": group, "body": "hello", "idempotencyKey": "k", "mentionIds": [gid(dora), gid(bob)]}
    first = done(alice, "sendMessage", **given)
    done(dora, "deleteAccount", password=PASSWORD)
    assert done(alice, "sendMessage", **given)["id"] == first["id"]
    assert mentioned(alice, first["id"]) == ["bob"]


def test_a_tombstone_names_nobody(alice, bob, group):
    message = send_message(alice, group, mentionIds=[gid(bob)])
    done(alice, "deleteMessage", messageId=message)
    assert mentioned(bob, message) == []
    assert look_at(bob, message)["isDeleted"]
    assert Mention.objects.count() == 0


def test_naming_people_takes_three_statements_however_many(alice):
    people = [join(f"u{i}") for i in range(50)]
    group = gather(alice, *people)
    taken = [
        len(statements(alice, document("sendMessage", "message { id }"), input=given))
        for given in (
            {"conversationId": group, "body": "a", "mentionIds": [gid(one) for one in some]}
            for some in ([], people[:1], people)
        )
    ]
    assert taken == [taken[0], taken[0] + 3, taken[0] + 3]


def test_an_account_that_is_disabled_stays_named(alice, group):
    carl = enter(join("carl"))
    done(alice, "addParticipants", conversationId=group, userIds=[gid(carl)])
    message = send_message(alice, group, mentionIds=[gid(carl)])
    type(carl.person).objects.filter(pk=carl.person.pk).update(is_active=False)
    assert mentioned(alice, message) == ["carl"]
