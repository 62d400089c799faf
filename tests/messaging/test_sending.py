"""sendMessage, and its idempotency key."""

import pytest

from accounts.models import User
from messaging.models import Conversation, Event, Message, Participant
from tests.conftest import PASSWORD
from tests.messaging.operations import (
    bodies,
    do,
    document,
    done,
    gather,
    gid,
    global_id,
    history,
    look_at,
    read,
    refused,
    send_message,
    talk,
)

TEXTS = {
    "markup": "<img src=x onerror=alert(1)><script>alert(1)</script>&amp;",
    "SQL": "'; DROP TABLE messaging_message; -- %_\\",
    "bidirectional": "\u202eevil\u202c \u200fשלום\u200e",
    "control characters": "a\x01\x1b[31mred\x7fb",
    "lines": "one\r\ntwo\n\n\tthree",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈",
    "zero width": "a\u200bb\ufeffc",
    "graphql": '"""{ me { id } }"""',
    "json": '{"body": "\\u0000"}',
    "not normalised": "e\u0301 é",
}


def send(door, conversation, body="hello", **fields):
    return do(door, "sendMessage", conversationId=conversation, body=body, **fields)


def refused_to_send(door, conversation, body="hello", **fields):
    return refused(door, "sendMessage", conversationId=conversation, body=body, **fields)


def test_a_message_comes_back_with_its_number_and_its_sender(alice, direct):
    message = done(alice, "sendMessage", conversationId=direct, body="hello")
    assert message["sequence"] == 1
    assert message["body"] == "hello"
    assert message["sender"] == {"username": "alice"}
    assert message["isRead"]
    assert message["viewerCanEdit"]
    assert message["viewerCanDelete"]
    assert not message["isEdited"]
    assert not message["isDeleted"]
    assert message["replyTo"] is message["idempotencyKey"] is None


def test_both_read_the_same(alice, bob, direct):
    send_message(alice, direct, "hello")
    send_message(bob, direct, "hi")
    assert bodies(history(alice, direct)) == bodies(history(bob, direct)) == ["hello", "hi"]


def test_sequences_count_in_each_conversation(alice, bob, direct, group):
    for conversation in (direct, group, direct, group):
        send_message(alice, conversation)
    assert [node["sequence"] for node in history(bob, direct)["nodes"]] == [1, 2]
    assert [node["sequence"] for node in history(bob, group)["nodes"]] == [1, 2]


def test_the_edge_has_the_cursor_of_the_list(alice, direct):
    assert send(alice, direct)["messageEdge"] == {
        "cursor": history(alice, direct)["edges"][0]["cursor"],
        "node": {"id": history(alice, direct)["nodes"][0]["id"]},
    }


def test_a_message_moves_the_conversation_up_the_list(alice, bob, direct, group):
    first = "{ conversations(first: 1) { nodes { id lastMessage { body } } } }"
    send_message(alice, direct, "new")
    assert bob.ask(first)["conversations"]["nodes"] == [{"id": direct, "lastMessage": {"body": "new"}}]
    send_message(alice, group, "newer")
    assert bob.ask(first)["conversations"]["nodes"] == [{"id": group, "lastMessage": {"body": "newer"}}]


@pytest.mark.parametrize("length", [1, 10_000])
@pytest.mark.parametrize("letter", ["y", "é", "🦊"])
def test_a_body_has_1_to_10_000_characters(alice, direct, letter, length):
    message = send_message(alice, direct, letter * length)
    assert look_at(alice, message)["body"] == letter * length


def test_a_body_is_trimmed_first(alice, direct):
    assert look_at(alice, send_message(alice, direct, f" \n\u00a0{'y' * 10_000}\t\n"))["body"] == "y" * 10_000


@pytest.mark.parametrize("body", ["", " ", " \t\r\n\u00a0\u2003 ", "y" * 10_001, " " * 20_000])
def test_a_bad_body_is_refused_and_nothing_is_sent(alice, direct, body):
    events = Event.objects.count()
    assert refused_to_send(alice, direct, body) == [("BAD_USER_INPUT", "body")]
    assert not Message.objects.exists()
    assert Event.objects.count() == events
    assert read(alice, direct)["lastSequence"] == 0


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_body_is_stored_and_returned_as_it_is(alice, bob, direct, text):
    message = send_message(alice, direct, text)
    assert look_at(bob, message)["body"] == text
    assert Message.objects.get().body == text


@pytest.mark.parametrize("field", ["senderId", "sequence", "createdAt", "editedAt"])
def test_nobody_sets_what_the_server_decides(alice, direct, field):
    variables = {"input": {"conversationId": direct, "body": "x", field: "1"}}
    (error,) = alice.post(document("sendMessage"), variables).json()["errors"]
    assert error["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
    assert not Message.objects.exists()


def test_a_message_to_a_disabled_person_is_refused(alice, direct):
    User.objects.filter(username="bob").update(is_active=False)
    assert not read(alice, direct)["viewerCanSend"]
    assert refused_to_send(alice, direct) == [("FORBIDDEN", None)]


def test_in_a_group_a_disabled_person_is_no_reason(alice, group):
    User.objects.filter(username="bob").update(is_active=False)
    assert read(alice, group)["viewerCanSend"]
    send_message(alice, group)


def test_after_the_others_account_is_gone_it_is_read_only(alice, bob, direct):
    message = send_message(alice, direct)
    done(bob, "deleteAccount", password=PASSWORD)
    assert not read(alice, direct)["viewerCanSend"]
    assert refused_to_send(alice, direct) == [("FORBIDDEN", None)]
    assert refused(alice, "editMessage", messageId=message, body="x") == [("FORBIDDEN", None)]
    assert not look_at(alice, message)["viewerCanEdit"]
    assert bodies(history(alice, direct)) == ["hello"]


def test_several_in_one_document_are_sent_in_their_order(alice, direct):
    query = """mutation($id: ID!) {
      a: sendMessage(input: {conversationId: $id, body: "a"}) { message { sequence } }
      b: sendMessage(input: {conversationId: $id, body: "b"}) { message { sequence } }
    }"""
    answer = alice.ask(query, id=direct)
    assert [answer[name]["message"]["sequence"] for name in "ab"] == [1, 2]
    assert bodies(history(alice, direct)) == ["a", "b"]


def test_one_refused_among_several_leaves_the_others(alice, direct):
    query = """mutation($id: ID!) {
      a: sendMessage(input: {conversationId: $id, body: "a"}) { errors { code } }
      b: sendMessage(input: {conversationId: $id, body: ""}) { errors { code } }
      c: sendMessage(input: {conversationId: $id, body: "c"}) { message { sequence } errors { code } }
    }"""
    answer = alice.ask(query, id=direct)
    assert answer["b"]["errors"] == [{"code": "BAD_USER_INPUT"}]
    assert answer["c"]["message"]["sequence"] == 2
    assert bodies(history(alice, direct)) == ["a", "c"]


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reply_names_what_it_answers(alice, bob, direct):
    first = send_message(alice, direct)
    reply = done(bob, "sendMessage", conversationId=direct, body="hi", replyToId=first)
    assert reply["replyTo"] == {"id": first}
    assert look_at(alice, first)["replyCount"] == 1


def test_one_may_answer_oneself_and_an_answer(alice, direct):
    first = send_message(alice, direct)
    second = send_message(alice, direct, replyToId=first)
    third = done(alice, "sendMessage", conversationId=direct, body="x", replyToId=second)
    assert third["replyTo"] == {"id": second}


def test_an_answer_to_nothing_is_a_message(alice, direct):
    assert send(alice, direct, replyToId=None)["message"]["replyTo"] is None


def test_nobody_answers_a_message_of_another_conversation(alice, direct, group):
    elsewhere = send_message(alice, group)
    assert refused_to_send(alice, direct, replyToId=elsewhere) == [("BAD_USER_INPUT", "replyToId")]


def test_nobody_answers_a_deleted_message(alice, direct):
    message = send_message(alice, direct)
    done(alice, "deleteMessage", messageId=message)
    assert refused_to_send(alice, direct, replyToId=message) == [("CONFLICT", "replyToId")]


@pytest.mark.parametrize("bad", ["", "garbage", "é", "=" * 10_000, global_id("Message", 2**62), "another type"])
def test_nobody_answers_what_is_not_there(alice, direct, bad):
    bad = direct if bad == "another type" else bad
    assert refused_to_send(alice, direct, replyToId=bad) == [("NOT_FOUND", "replyToId")]


def test_a_strangers_message_is_not_there(alice, bob, charlie, direct):
    secret = send_message(charlie, talk(charlie, bob), "secret")
    assert refused_to_send(alice, direct, replyToId=secret) == [("NOT_FOUND", "replyToId")]


# ── idempotency ──────────────────────────────────────────────────────────────────────────────────────────────────────

REUSED = [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_the_same_key_sends_once(alice, direct):
    first = send(alice, direct, idempotencyKey="k")
    events = Event.objects.count()
    assert send(alice, direct, idempotencyKey="k") == first
    assert send(alice, direct, " hello\n", idempotencyKey="k") == first
    assert Message.objects.count() == 1
    assert Event.objects.count() == events
    assert read(alice, direct)["lastSequence"] == 1


def test_only_the_sender_sees_the_key(alice, bob, direct):
    message = send_message(alice, direct, idempotencyKey="k")
    assert look_at(alice, message)["idempotencyKey"] == "k"
    assert look_at(bob, message)["idempotencyKey"] is None


def test_a_retry_returns_it_as_edited_since(alice, direct):
    first = send_message(alice, direct, idempotencyKey="k")
    done(alice, "editMessage", messageId=first, body="edited")
    again = send(alice, direct, idempotencyKey="k")["message"]
    assert (again["id"], again["body"], again["isEdited"]) == (first, "edited", True)
    assert refused_to_send(alice, direct, "edited", idempotencyKey="k") == REUSED


def test_a_retry_returns_the_tombstone_of_one_deleted_since(alice, direct):
    first = send_message(alice, direct, idempotencyKey="k")
    done(alice, "deleteMessage", messageId=first)
    again = send(alice, direct, idempotencyKey="k")["message"]
    assert (again["id"], again["body"], again["isDeleted"]) == (first, "", True)
    assert Message.objects.count() == 1


def test_a_retry_works_when_what_it_answers_was_deleted_since(alice, bob, direct):
    question = send_message(bob, direct)
    first = send_message(alice, direct, replyToId=question, idempotencyKey="k")
    done(bob, "deleteMessage", messageId=question)
    again = send(alice, direct, replyToId=question, idempotencyKey="k")["message"]
    assert (again["id"], again["replyTo"]) == (first, {"id": question})


def test_a_retry_works_when_the_other_was_disabled_since(alice, direct):
    first = send_message(alice, direct, idempotencyKey="k")
    User.objects.filter(username="bob").update(is_active=False)
    assert send(alice, direct, idempotencyKey="k")["message"]["id"] == first


def test_a_retry_after_others_have_written_returns_the_first(alice, bob, direct):
    first = send_message(alice, direct, idempotencyKey="k")
    send_message(bob, direct, "news")
    again = send(alice, direct, idempotencyKey="k")["message"]
    assert (again["id"], again["sequence"]) == (first, 1)
    assert read(alice, direct)["unreadCount"] == 1


def test_the_same_key_with_other_input_is_refused(alice, bob, direct, group):
    question = send_message(bob, direct)
    send_message(alice, direct, idempotencyKey="k")
    assert refused_to_send(alice, direct, "other", idempotencyKey="k") == REUSED
    assert refused_to_send(alice, direct, replyToId=question, idempotencyKey="k") == REUSED
    assert refused_to_send(alice, group, idempotencyKey="k") == REUSED
    assert read(alice, group)["lastSequence"] == 0
    assert Message.objects.count() == 2


def test_the_same_key_works_when_what_was_answered_is_gone(alice, bob, direct):
    question = send_message(bob, direct)
    first = send_message(alice, direct, replyToId=question, idempotencyKey="k")
    Message.objects.filter(sender=bob.person).delete()
    again = send(alice, direct, replyToId=question, idempotencyKey="k")["message"]
    assert (again["id"], again["replyTo"]) == (first, None)
    assert refused_to_send(alice, direct, replyToId=question) == [("NOT_FOUND", "replyToId")]


def test_a_key_is_the_senders_own(alice, bob, direct):
    assert send_message(alice, direct, idempotencyKey="k") != send_message(bob, direct, idempotencyKey="k")


def test_who_was_removed_gets_nothing_for_their_key(alice, bob, group):
    send_message(bob, group, idempotencyKey="k")
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    assert refused_to_send(bob, group, idempotencyKey="k") == [("NOT_FOUND", "conversationId")]


def test_nor_a_look_at_it_from_another_conversation(alice, bob, direct, group):
    send_message(bob, group, idempotencyKey="k")
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    assert refused_to_send(bob, direct, idempotencyKey="k") == REUSED


def test_a_key_is_free_again_when_its_conversation_is_gone(alice, bob, group):
    send_message(alice, group, idempotencyKey="k")
    done(alice, "deleteConversation", conversationId=group)
    assert send_message(alice, gather(alice, bob), idempotencyKey="k")


def test_a_refused_attempt_does_not_use_its_key_up(alice, direct):
    assert refused_to_send(alice, direct, "", idempotencyKey="k") == [("BAD_USER_INPUT", "body")]
    assert send(alice, direct, idempotencyKey="k")["errors"] == []


@pytest.mark.parametrize("key", ["k", "k" * 100, "🦊" * 100, " ", "' OR 1=1 --", "%"])
def test_a_key_has_1_to_100_characters(alice, direct, key):
    message = send_message(alice, direct, idempotencyKey=key)
    assert send_message(alice, direct, idempotencyKey=key) == message
    assert look_at(alice, message)["idempotencyKey"] == key


@pytest.mark.parametrize("key", ["", "k" * 101, "k" * 10_000])
def test_a_bad_key_is_refused(alice, direct, key):
    assert refused_to_send(alice, direct, idempotencyKey=key) == [("BAD_USER_INPUT", "idempotencyKey")]
    assert not Message.objects.exists()


def test_keys_differ_by_case(alice, direct):
    assert send_message(alice, direct, idempotencyKey="k") != send_message(alice, direct, idempotencyKey="K")


def test_without_a_key_or_with_null_every_message_is_another(alice, direct):
    ids = {send_message(alice, direct), send_message(alice, direct), send_message(alice, direct, idempotencyKey=None)}
    assert len(ids) == 3


def test_the_numbers_have_no_gap_after_refusals_and_retries(alice, bob, direct):
    send_message(alice, direct, idempotencyKey="k")
    refused_to_send(alice, direct, "other", idempotencyKey="k")
    send(alice, direct, idempotencyKey="k")
    send_message(bob, direct)
    assert [node["sequence"] for node in history(alice, direct)["nodes"]] == [1, 2]
    conversation = Conversation.objects.get()
    assert (conversation.last_sequence, conversation.last_event_sequence) == (2, 3)
    assert Participant.objects.get(user=alice.person).last_read_sequence == 1


def test_sending_again_with_the_key_shows_the_conversation_as_it_is(alice, bob):
    """Not with the number that the second attempt would have had."""
    conversation = talk(alice, bob)
    fields = "message { id sequence conversation { lastSequence unreadCount lastMessage { id } } }"
    given = {"conversationId": conversation, "body": "hello", "idempotencyKey": "once"}
    query = f"mutation($input: SendMessageInput!) {{ sendMessage(input: $input) {{ {fields} }} }}"
    first = alice.ask(query, input=given)
    assert first["sendMessage"]["message"]["conversation"]["lastSequence"] == 1
    assert alice.ask(query, input=given) == first
