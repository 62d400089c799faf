"""Rows 37 to 44 over WebSocket, on a live process: what it refuses, when it closes, and with which code."""

import json
import re
import socket
from contextlib import suppress
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.conftest import PASSWORD
from tests.live.process import EVENTS, Person, Process

LIMITS = {"subscriptions": 20, "sockets": 10, "sockets_of_address": 30, "messages": 300}
MAX_MESSAGE = 64 * 1024


# ── 37: where a page comes from ──────────────────────────────────────────────────────────────────────────────────────

FOREIGN = [
    "null",
    "http://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://evil.example/{host}",
    "http://{host}.evil.example",
    "http://{host}@evil.example",
    "file://",
    "http://[",
    "",
]


@pytest.mark.row(37)
@pytest.mark.parametrize("origin", FOREIGN)
def test_a_page_from_elsewhere_is_turned_away_at_the_handshake(process: Process, origin: str) -> None:
    origin = origin.format(host=f"127.0.0.1:{process.port}")
    with pytest.raises(InvalidStatus) as refused:
        process.dial(additional_headers={"Origin": origin})
    assert refused.value.response.status_code == 403


@pytest.mark.row(37)
@pytest.mark.parametrize("origin", ["http://127.0.0.1:{port}", "https://chat.example"])
def test_our_own_page_and_one_that_is_named_come_in(process: Process, alice: Person, origin: str) -> None:
    with alice.dial(origin=origin.format(port=process.port)):
        pass


@pytest.mark.row(37)
def test_without_an_origin_one_comes_in_and_still_needs_a_token(process: Process) -> None:
    with process.dial() as line:
        line.say("connection_init")
        assert line.ended() == ([], 4403)


def test_a_host_that_is_not_ours_is_turned_away(process: Process) -> None:
    with socket.create_connection(("127.0.0.1", process.port)) as line, pytest.raises(InvalidStatus) as refused:
        process.dial(host="evil.example", sock=line, origin="http://evil.example")
    assert refused.value.response.status_code == 403


def test_nothing_is_compressed(process: Process) -> None:
    """Each message would be for each subscriber: half as much again as to send it, and 40 KiB kept for each socket."""
    with process.dial(compression="deflate") as line:
        assert line.socket.protocol.extensions == []


def test_another_path_is_turned_away(process: Process) -> None:
    with pytest.raises(InvalidStatus) as refused:
        process.dial(path="/admin/")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["graphql-ws", "soap"]])
def test_another_protocol_is_not_spoken(process: Process, offered: Any) -> None:
    with process.dial(subprotocols=offered) as line:
        assert line.ended() == ([], 4406)


# ── 38, 39: the order of things ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(38)
def test_who_says_nothing_is_hung_up_on(process: Process) -> None:
    with process.dial() as line:
        assert line.ended() == ([], 4408)


@pytest.mark.row(38)
def test_who_only_pings_is_hung_up_on(process: Process) -> None:
    with process.dial() as line:
        line.say("ping")
        line.say("ping", payload={"why": "to stay"})
        line.say("pong")
        assert line.ended() == ([{"type": "pong"}, {"type": "pong"}], 4408)


@pytest.mark.row(39)
def test_subscribing_before_one_is_known(process: Process) -> None:
    with process.dial() as line:
        line.subscribe()
        assert line.ended() == ([], 4401)


@pytest.mark.row(39)
def test_introducing_oneself_twice(process: Process, alice: Person) -> None:
    with alice.dial() as line:
        line.say("connection_init", payload=alice.header)
        assert line.ended() == ([], 4429)


@pytest.mark.row(39)
def test_introducing_oneself_twice_without_waiting(process: Process, alice: Person) -> None:
    with process.dial() as line:
        line.say("connection_init", payload=alice.header)
        line.say("connection_init", payload=alice.header)
        assert line.ended()[1] == 4429


@pytest.mark.row(39)
def test_the_same_id_twice(alice: Person) -> None:
    with alice.dial() as line:
        line.subscribe("same")
        line.subscribe("same")
        assert line.ended() == ([], 4409)


def test_an_id_may_be_used_again_when_its_subscription_is_over(alice: Person, conversation: str) -> None:
    with alice.dial() as line:
        cursor = alice.cursor()
        line.listen("same", after=cursor)
        line.say("complete", id="same")
        assert line.listen("same", after=cursor) == []


# ── 40: what is no message ───────────────────────────────────────────────────────────────────────────────────────────

NO_MESSAGES = {
    "list": [],
    "number": 1,
    "null": "null",
    "text": '"ping"',
    "nothing": "",
    "bad JSON": '{"type":"ping"',
    "NaN": '{"type":"ping","payload":{"a":NaN}}',
    "deep": "[" * 30_000,
    "a text that nobody can store": '{"type":"ping","payload":{"a":"\\ud800"}}',
    "binary": b'{"type":"ping"}',
    "no type": {},
    "type of no kind": {"type": 5},
    "unknown type": {"type": "start", "id": "1", "payload": {}},
    "of the server": {"type": "next", "id": "1", "payload": {}},
    "ping with a text": {"type": "ping", "payload": "x"},
    "pong with a list": {"type": "pong", "payload": []},
    "subscribe with a text": {"type": "subscribe", "id": "1", "payload": "x"},
    "subscribe without a payload": {"type": "subscribe", "id": "1"},
    "subscribe without an id": {"type": "subscribe", "payload": {"query": EVENTS}},
    "id of no kind": {"type": "subscribe", "id": {}, "payload": {"query": EVENTS}},
    "id that is a number": {"type": "subscribe", "id": 1, "payload": {"query": EVENTS}},
    "empty id": {"type": "subscribe", "id": "", "payload": {"query": EVENTS}},
    "no query": {"type": "subscribe", "id": "1", "payload": {}},
    "empty query": {"type": "subscribe", "id": "1", "payload": {"query": ""}},
    "query of no kind": {"type": "subscribe", "id": "1", "payload": {"query": 5}},
    "variables of no kind": {"type": "subscribe", "id": "1", "payload": {"query": EVENTS, "variables": []}},
    "name of no kind": {"type": "subscribe", "id": "1", "payload": {"query": EVENTS, "operationName": {}}},
    "complete without an id": {"type": "complete"},
    "complete with an id of no kind": {"type": "complete", "id": {}},
}


@pytest.mark.row(40)
@pytest.mark.parametrize("message", NO_MESSAGES.values(), ids=NO_MESSAGES)
def test_what_is_no_message_closes_the_socket(alice: Person, message: Any) -> None:
    with alice.dial() as line:
        line.send(json.dumps(message) if isinstance(message, list | int | dict) else message)
        assert line.ended() == ([], 4400)


@pytest.mark.row(40)
@pytest.mark.parametrize("payload", ["x", 1, [], True])
def test_an_introduction_of_no_kind(process: Process, payload: Any) -> None:
    with process.dial() as line:
        line.say("connection_init", payload=payload)
        assert line.ended() == ([], 4400)


# ── 41: who it is ────────────────────────────────────────────────────────────────────────────────────────────────────

NO_TOKENS = {
    "missing": None,
    "empty": {},
    "null": {"Authorization": None},
    "a number": {"Authorization": 5},
    "no scheme": {"Authorization": "{token}"},
    "another scheme": {"Authorization": "Basic {token}"},
    "no token": {"Authorization": "Bearer"},
    "not a token": {"Authorization": "Bearer of nothing"},
    "changed": {"Authorization": "Bearer {token}x"},
    "20 kB": {"Authorization": "Bearer " + "x" * 20_000},
    "another name": {"token": "Bearer {token}"},
}


@pytest.mark.row(41)
@pytest.mark.parametrize("payload", NO_TOKENS.values(), ids=NO_TOKENS)
def test_without_a_good_token_nobody_comes_in(process: Process, alice: Person, payload: Any) -> None:
    with process.dial() as line:
        line.send(json.dumps({"type": "connection_init", "payload": payload}).replace("{token}", alice.token))
        assert line.ended() == ([], 4403)


@pytest.mark.row(41)
def test_an_expired_token_does_not_let_in(process: Process, alice: Person) -> None:
    with process.dial() as line:
        line.say("connection_init", payload=alice.with_token_for(-1).header)
        assert line.ended() == ([], 4403)


@pytest.mark.row(41)
def test_the_token_of_a_session_that_has_ended_does_not_let_in(process: Process, bob: Person) -> None:
    elsewhere = bob.sign_in_again()
    bob.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=True)
    with process.dial() as line:
        line.say("connection_init", payload=elsewhere.header)
        assert line.ended() == ([], 4403)


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_a_token_is_found_under_either_name(process: Process, alice: Person, name: str) -> None:
    with process.dial() as line:
        line.say("connection_init", payload={name: f"bearer {alice.token}"})
        assert line.hear() == {"type": "connection_ack"}


# ── 42: subscriptions alone ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(42)
def test_a_mutation_over_the_socket_does_nothing(alice: Person, conversation: str) -> None:
    mutation = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { errors { code } } }"
    cursor = alice.cursor()
    with alice.dial() as line:
        line.subscribe("1", mutation, input={"conversationId": conversation, "body": "past the guards"})
        assert line.refusal("1") == "OPERATION_RESOLUTION_FAILURE"
        assert line.listen("1", after=cursor) == []


NOT_SUBSCRIPTIONS = {
    "query": ("{ me { id } }", "OPERATION_RESOLUTION_FAILURE"),
    "query among several": (f"query Q {{ me {{ id }} }} {EVENTS}", "OPERATION_RESOLUTION_FAILURE"),
    "bad document": ("subscription { events {", "GRAPHQL_PARSE_FAILED"),
    "unknown field": ("subscription { events { secret } }", "GRAPHQL_VALIDATION_FAILED"),
    "unknown subscription": ("subscription { everything }", "GRAPHQL_VALIDATION_FAILED"),
    "two at once": ("subscription { a: events { cursor } b: events { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
    "nothing but its type": ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
    "skipped by a fragment": (
        "subscription { ...F @include(if: true) } fragment F on Subscription { events { cursor } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "skipped in a fragment": (
        "subscription { ... { ...F } } fragment F on Subscription { events @skip(if: false) { cursor } }",
        "GRAPHQL_VALIDATION_FAILED",
    ),
    "skipped": ("subscription { events @skip(if: true) { cursor } }", "GRAPHQL_VALIDATION_FAILED"),
    "too deep": (
        "subscription { events { conversation { lastMessage { replyTo { replyTo { replyTo { replyTo { replyTo {"
        " replyTo { replyTo { replyTo { body } } } } } } } } } } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "too dear with every event": (
        "subscription { events { conversation { participants(first: 100) { nodes { user { id } } }"
        " messages(last: 100) { nodes { replies(first: 5) { nodes { id } } } } } } }",
        "QUERY_TOO_COMPLEX",
    ),
    "too long": ("subscription { events { cursor " + "sequence " * 1_000 + "} }", "QUERY_TOO_COMPLEX"),
    "malformed cursor": ('subscription { events(after: "yesterday") { cursor } }', "BAD_USER_INPUT"),
    "a conversation that is none": ('subscription { events(conversationId: "x") { cursor } }', "NOT_FOUND"),
}


@pytest.mark.row(42)
@pytest.mark.parametrize(("query", "code"), NOT_SUBSCRIPTIONS.values(), ids=NOT_SUBSCRIPTIONS)
def test_what_cannot_be_subscribed_to_is_an_error_and_the_socket_stays(alice: Person, query: str, code: str) -> None:
    payload = {"query": query} | ({"operationName": "Q"} if "query Q" in query else {})
    cursor = alice.cursor()
    with alice.dial() as line:
        line.say("subscribe", id="1", payload=payload)
        assert line.refusal("1") == code
        assert line.listen("1", after=cursor) == []


def test_somebody_elses_conversation_is_not_found(process: Process, conversation: str) -> None:
    charlie = process.register("charlie")
    with charlie.dial() as line:
        line.subscribe(conversationId=conversation)
        assert line.refusal() == "NOT_FOUND"


# ── 43: how much ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(43)
def test_a_socket_has_so_many_subscriptions(alice: Person) -> None:
    cursor = alice.cursor()
    ids = [str(number) for number in range(LIMITS["subscriptions"])]
    with alice.dial() as line:
        for id in ids:
            line.listen(id, after=cursor)
        line.subscribe("one more")
        assert line.refusal("one more") == "LIMIT_EXCEEDED"
        line.say("complete", id=ids[0])
        assert line.listen("one more", after=cursor) == []


@pytest.mark.row(43)
def test_a_person_has_so_many_sockets(process: Process) -> None:
    dora = process.register("dora")
    lines = [dora.dial() for _ in range(LIMITS["sockets"])]
    with process.dial() as line:
        line.say("connection_init", payload=dora.sign_in_again().header)
        assert line.ended() == ([], 4429)
    for line in lines:
        line.say("ping")
        assert line.hear() == {"type": "pong"}
        line.socket.close()


@pytest.mark.row(43)
def test_an_address_has_so_many_sockets(process: Process, alice: Person) -> None:
    here, there = {"X-Forwarded-For": "203.0.113.7"}, {"X-Forwarded-For": "203.0.113.8"}
    lines = [process.dial(additional_headers=here) for _ in range(LIMITS["sockets_of_address"])]
    with process.dial(additional_headers=here) as line:
        assert line.ended() == ([], 4429)
    with alice.dial(additional_headers=there):
        pass
    for line in lines:
        line.socket.close()


@pytest.mark.row(43)
def test_who_floods_the_socket_with_pings_is_hung_up_on(alice: Person) -> None:
    with alice.dial() as line:
        for _ in range(LIMITS["messages"]):
            line.say("ping")
        heard, code = line.ended()
        assert code == 4429
        assert heard == [{"type": "pong"}] * (LIMITS["messages"] - 1)  # connection_init was the first message


def ping_of(size: int) -> str:
    bare = json.dumps({"type": "ping", "payload": {"a": ""}})
    return bare.replace('""', f'"{"x" * (size - len(bare))}"')


@pytest.mark.row(43)
@pytest.mark.parametrize("compression", ["deflate", None])
def test_a_message_has_at_most_64_kilobytes(alice: Person, compression: Any) -> None:
    with alice.dial(compression=compression) as line:
        line.send(ping_of(MAX_MESSAGE))
        assert line.hear() == {"type": "pong"}
        line.send(ping_of(MAX_MESSAGE + 1))
        assert line.ended() == ([], 1009)


@pytest.mark.row(43)
def test_a_message_in_many_frames_is_no_longer_either(alice: Person) -> None:
    with alice.dial() as line:
        frames = (ping_of(MAX_MESSAGE + 1)[at : at + 1_000] for at in range(0, MAX_MESSAGE + 1, 1_000))
        with suppress(ConnectionClosed):  # before the last of them is sent, or after
            line.socket.send(frames)
        assert line.ended() == ([], 1009)


# ── 44: when it ends ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(44)
def test_it_closes_when_the_token_expires(alice: Person, conversation: str) -> None:
    soon = alice.with_token_for(2)
    cursor = alice.cursor()
    with soon.dial() as line:
        line.listen(after=cursor)
        assert line.ended() == ([], 4403)


@pytest.mark.row(44)
def test_it_closes_when_the_session_is_revoked(bob: Person, alice: Person, conversation: str) -> None:
    elsewhere = bob.sign_in_again()
    cursor = bob.cursor()
    with elsewhere.dial() as line, bob.dial() as stays:
        line.listen(after=cursor, conversationId=conversation)
        stays.listen(after=cursor, conversationId=conversation)
        bob.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=True)
        assert line.ended() == ([], 4403)
        alice.say(conversation, "still there?")
        assert stays.event()["message"]["body"] == "still there?"


@pytest.mark.row(44)
def test_who_is_removed_is_told_so_and_nothing_after(process: Process, alice: Person, bob: Person) -> None:
    erin = process.register("erin")
    group, other = alice.gather(bob, erin), alice.gather(erin)
    cursor = erin.cursor()
    with erin.dial() as line:
        line.listen("all", after=cursor)
        line.listen("one", after=cursor, conversationId=group)
        alice.do("removeParticipant", conversationId=group, userId=erin.id)
        alice.say(group, "now that she is gone")
        alice.say(other, "hello again")
        heard = [line.hear() for _ in range(4)]
    told = [(one["id"], one["payload"]["data"]["events"]["__typename"]) for one in heard if one["type"] == "next"]
    assert sorted(told) == [("all", "ConversationEnded"), ("all", "MessageSent"), ("one", "ConversationEnded")]
    assert [one for one in heard if one["type"] != "next"] == [{"id": "one", "type": "complete"}]
    assert "now that she is gone" not in json.dumps(heard)


# ── the session cookie ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def cookie(process: Process) -> str:
    """That of somebody who is signed in to the admin."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    page = browser.open(f"{process.address}/admin/login/").read().decode()
    (token,) = re.findall('name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"csrfmiddlewaretoken": token, "username": process.make_staff(), "password": PASSWORD, "next": "/admin/"}
    browser.open(f"{process.address}/admin/login/", urlencode(form).encode()).close()
    return "; ".join(f"{one.name}={one.value}" for one in jar)


def test_the_cookie_lets_a_page_of_ours_in(process: Process, cookie: str) -> None:
    with process.dial(origin=process.address, additional_headers={"Cookie": cookie}) as line:
        line.say("connection_init")
        assert line.hear() == {"type": "connection_ack"}


@pytest.mark.row(37)
@pytest.mark.parametrize("origin", [None, "https://chat.example"])
def test_the_cookie_lets_nobody_else_in(process: Process, cookie: str, origin: str | None) -> None:
    with process.dial(origin=origin, additional_headers={"Cookie": cookie}) as line:
        line.say("connection_init")
        assert line.ended() == ([], 4403)


@pytest.mark.row(41)
def test_the_cookie_makes_no_bad_token_good(process: Process, cookie: str) -> None:
    with process.dial(origin=process.address, additional_headers={"Cookie": cookie}) as line:
        line.say("connection_init", payload={"Authorization": "Bearer of nothing"})
        assert line.ended() == ([], 4403)


# ── at the end of all this ───────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_of_this_was_unforeseen(process: Process) -> None:
    assert "Traceback" not in process.log.read_text()
