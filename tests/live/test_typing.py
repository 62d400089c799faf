"""Typing: told to the others in the conversation, ends by itself, is never stored."""

import pytest

from tests.live.process import Line, Message, Process
from tests.messaging.operations import do, talk

TYPING = """subscription($after: String, $conversationId: ID) {
  events(after: $after, conversationId: $conversationId) {
    __typename cursor sequence conversation { id }
    ... on TypingChanged { isTyping user { username } }
    ... on MessageSent { message { body } } } }"""


def listen(line: Line, cursor: str, **arguments: str) -> None:
    line.subscribe(query=TYPING, after=cursor, **arguments)
    assert line.event()["__typename"] == "CaughtUp"


def typed(event: Message) -> tuple[str, str, bool]:
    return event["__typename"], event["user"]["username"].partition("-")[0], event["isTyping"]


def test_the_others_are_told_and_oneself_is_not(process: Process) -> None:
    alice, bob, charlie = (process.register(name) for name in ("alice", "bob", "charlie"))
    group = alice.gather(bob)
    with bob.dial() as bobs, alice.dial() as alices, charlie.dial() as charlies:
        for line, person in ((bobs, bob), (alices, alice), (charlies, charlie)):
            listen(line, person.cursor())
        alice.do("setTyping", "ok id", conversationId=group, isTyping=True)
        event = bobs.event()
        assert typed(event) == ("TypingChanged", "alice", True)
        assert (event["cursor"], event["sequence"], event["conversation"]["id"]) == (None, None, group)
        alice.do("setTyping", "ok id", conversationId=group, isTyping=False)
        assert typed(bobs.event()) == ("TypingChanged", "alice", False)
        alice.say(group, "hello")
        assert bobs.event()["message"]["body"] == "hello"
        assert alices.event()["message"]["body"] == "hello"  # and nothing before it
        bob.do("setTyping", "ok id", conversationId=alice.gather(bob, charlie), isTyping=True)
        assert charlies.event()["__typename"] == "ConversationStarted"
        assert typed(charlies.event()) == ("TypingChanged", "bob", True)  # of the group that is theirs, and no other


def test_to_say_it_again_is_not_told_again(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    group = alice.gather(bob)
    with bob.dial() as line:
        listen(line, bob.cursor())
        for is_typing in (False, True, True, True, False, False):
            alice.do("setTyping", "ok id", conversationId=group, isTyping=is_typing)
        alice.say(group, "hello")
        assert typed(line.event())[2] is True
        told = [line.event(), line.event()]  # of what is stored, and what is not, either may come first
        assert sorted(event["__typename"] for event in told) == ["MessageSent", "TypingChanged"]


def test_it_ends_by_itself(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    group = alice.gather(bob)
    with bob.dial() as line:
        listen(line, bob.cursor(), conversationId=group)
        alice.do("setTyping", "ok id", conversationId=group, isTyping=True)
        assert typed(line.event()) == ("TypingChanged", "alice", True)
        assert typed(line.event()) == ("TypingChanged", "alice", False)


def test_who_listens_to_one_conversation_is_told_of_no_other(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    this, other = alice.gather(bob), alice.gather(bob)
    with bob.dial() as line:
        listen(line, bob.cursor(), conversationId=this)
        alice.do("setTyping", "ok id", conversationId=other, isTyping=True)
        alice.do("setTyping", "ok id", conversationId=this, isTyping=True)
        assert line.event()["conversation"]["id"] == this


@pytest.mark.parametrize("is_typing", [True, False])
def test_a_stranger_types_nowhere(alice, bob, charlie, is_typing):
    payload = do(charlie, "setTyping", conversationId=talk(alice, bob), isTyping=is_typing)
    assert (payload["ok"], [error["code"] for error in payload["errors"]]) == (False, ["NOT_FOUND"])


def test_nobody_types_to_somebody_who_cannot_be_reached(alice, bob):
    conversation = talk(alice, bob)
    bob.person.is_active = False
    bob.person.save()
    payload = do(alice, "setTyping", conversationId=conversation, isTyping=True)
    assert [error["code"] for error in payload["errors"]] == ["FORBIDDEN"]
