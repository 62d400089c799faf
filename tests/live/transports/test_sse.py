"""Server-sent events on a live process: what is answered as a stream, when it ends, and what is no stream at all."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.conftest import Door
from tests.live.process import COMPLETE, EVENTS, STREAM, Person, Process, Stream
from tests.servers import wait_for

MAX_STREAMS, MAX_SOCKETS = 20, 10


def listen(person: Person, **variables: Any) -> Stream:
    return Stream(person.process, person.header, **variables)


# ── what a stream tells ──────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_stored_then_the_seam_then_what_comes(alice: Person, bob: Person, conversation: str) -> None:
    cursor = alice.cursor()
    bob.say(conversation, "before")
    with listen(alice, after=cursor) as stream:
        assert stream.response.status == 200
        assert stream.response.headers["Content-Type"] == f"{STREAM}; charset=utf-8"
        assert stream.response.headers["Cache-Control"] == "no-store"
        assert stream.event()["message"]["body"] == "before"
        assert stream.event()["__typename"] == "CaughtUp"
        bob.say(conversation, "after")
        assert stream.event()["message"]["body"] == "after"


def test_a_query_is_answered_once(alice: Person) -> None:
    with listen(alice, query="{ me { username } }") as stream:
        assert stream.rest() == [("next", {"data": {"me": {"username": alice.username}}}), COMPLETE]


def test_a_mutation_by_post_is_answered_once(alice: Person, conversation: str) -> None:
    mutation = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { body } } }"
    fields = {"conversationId": conversation, "body": "by stream"}
    with listen(alice, query=mutation, input=fields) as stream:
        assert stream.rest() == [("next", {"data": {"sendMessage": {"message": {"body": "by stream"}}}}), COMPLETE]


@pytest.mark.row(44)
def test_who_is_removed_is_told_so_and_that_is_all(process: Process, alice: Person) -> None:
    erin = process.register("erin")
    group = alice.gather(erin)
    with listen(erin, after=erin.cursor(), conversationId=group) as stream:
        assert stream.event()["__typename"] == "CaughtUp"
        alice.do("removeParticipant", conversationId=group, userId=erin.id)
        assert stream.event()["__typename"] == "ConversationEnded"
        assert stream.rest() == [COMPLETE]


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(41)
@pytest.mark.parametrize("header", ["Bearer of nothing", "Bearer", "Basic YWxpY2U6", ""])
def test_without_a_good_token_there_is_nothing_to_hear(process: Process, header: str) -> None:
    with Stream(process, {"Authorization": header}) as stream:
        assert stream.refusal() == "UNAUTHENTICATED"


@pytest.mark.row(41)
def test_without_any_token_neither(process: Process) -> None:
    with Stream(process, {}) as stream:
        assert stream.refusal() == "UNAUTHENTICATED"


@pytest.mark.row(41)
def test_an_expired_token_does_not_listen(alice: Person) -> None:
    with listen(alice.with_token_for(-1)) as stream:
        assert stream.refusal() == "UNAUTHENTICATED"


def test_somebody_elses_conversation_is_not_found(process: Process, conversation: str) -> None:
    with listen(process.register("charlie"), conversationId=conversation) as stream:
        assert stream.refusal() == "NOT_FOUND"


@pytest.mark.parametrize("cursor", ["", "yesterday", "MTox", "0" * 3_000])
def test_a_malformed_cursor(alice: Person, cursor: str) -> None:
    with listen(alice, after=cursor) as stream:
        assert stream.refusal() == "BAD_USER_INPUT"


DEEP = f"conversation {{ lastMessage {{ {'replyTo { ' * 8} id"
TOO_MUCH = {
    "tokens": "subscription { events { cursor " + "sequence " * 1_000 + "} }",
    "depth": f"subscription {{ events {{ {DEEP} {'} ' * 12}",
}


@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_asks_for_too_much_is_told_so_in_a_stream(alice: Person, query: str) -> None:
    with listen(alice, query=query) as stream:
        assert stream.response.headers["Content-Type"] == f"{STREAM}; charset=utf-8"
        assert stream.refusal() == "QUERY_TOO_COMPLEX"


def test_a_subscription_to_nothing(alice: Person) -> None:
    with listen(alice, query="subscription { events @skip(if: true) { cursor } }") as stream:
        assert stream.refusal() == "GRAPHQL_VALIDATION_FAILED"


def test_a_person_has_so_many_streams(process: Process) -> None:
    dora = process.register("dora")
    cursor = dora.cursor()
    streams = [listen(dora, after=cursor) for _ in range(MAX_STREAMS)]
    assert {stream.event()["__typename"] for stream in streams} == {"CaughtUp"}
    with listen(dora, after=cursor) as one_more:
        assert one_more.refusal() == "LIMIT_EXCEEDED"
    for stream in streams:
        stream.__exit__()

    def can_listen_again() -> bool:
        with listen(dora, after=cursor) as stream:
            return "data" in stream.hear()[1]

    wait_for(can_listen_again)


def test_sockets_take_no_streams_place_nor_streams_a_sockets(process: Process) -> None:
    dora = process.register("dora")
    cursor = dora.cursor()
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(listen(dora, after=cursor)) for _ in range(MAX_STREAMS)]
        assert {stream.event()["__typename"] for stream in streams} == {"CaughtUp"}
        for _ in range(MAX_SOCKETS):
            open_ones.enter_context(dora.dial())
        with listen(dora, after=cursor) as one_more:
            assert one_more.refusal() == "LIMIT_EXCEEDED"


def test_streams_that_begin_at_once_are_counted_one_by_one(process: Process) -> None:
    dora = process.register("dora")
    with ThreadPoolExecutor(2 * MAX_STREAMS) as pool, ExitStack() as open_ones:
        began = list(pool.map(lambda _: listen(dora, after=dora.cursor()), range(2 * MAX_STREAMS)))
        heard = [open_ones.enter_context(stream).hear()[1] for stream in began]
    assert sum("data" in answer for answer in heard) == MAX_STREAMS


# ── when it ends without being complete, so that the client comes back ───────────────────────────────────────────────


@pytest.mark.row(44)
def test_it_breaks_off_when_the_session_is_revoked(bob: Person, alice: Person, conversation: str) -> None:
    elsewhere, cursor = bob.sign_in_again(), bob.cursor()
    with listen(elsewhere, after=cursor) as stream, listen(bob, after=cursor) as stays:
        assert stream.event()["__typename"] == stays.event()["__typename"] == "CaughtUp"
        bob.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=True)
        assert COMPLETE not in stream.rest()
        alice.say(conversation, "still there?")
        assert stays.event()["message"]["body"] == "still there?"


@pytest.mark.row(44)
def test_it_breaks_off_when_the_token_expires(alice: Person) -> None:
    with listen(alice.with_token_for(2), after=alice.cursor()) as stream:
        assert stream.event()["__typename"] == "CaughtUp"
        assert COMPLETE not in stream.rest()


# ── what is no stream ────────────────────────────────────────────────────────────────────────────────────────────────

NOT_FIRST = [
    "application/json, text/event-stream",
    "application/graphql-response+json, application/json;q=0.9, text/event-stream;q=0.1",
    "*/*",
    "text/html, text/event-stream",
    "",
]


def read(line: http.client.HTTPConnection, response: http.client.HTTPResponse) -> Any:
    body = json.loads(response.read())
    line.close()
    return body


@pytest.mark.parametrize("accept", NOT_FIRST)
def test_who_only_mentions_event_streams_gets_json(alice: Person, accept: str) -> None:
    line, response = alice.process.post({"query": "{ me { username } }"}, Accept=accept, **alice.header)
    assert response.status == 200
    assert response.headers["Content-Type"].partition(";")[0] != STREAM
    assert read(line, response) == {"data": {"me": {"username": alice.username}}}


@pytest.mark.parametrize("accept", NOT_FIRST)
def test_a_subscription_without_a_stream_is_told_where_to_go(alice: Person, accept: str) -> None:
    line, response = alice.process.post({"query": EVENTS}, Accept=accept, **alice.header)
    (error,) = read(line, response)["errors"]
    assert error["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


@pytest.mark.row(13)
def test_a_mutation_by_get_is_refused_though_it_asks_for_a_stream(process: Process) -> None:
    line = http.client.HTTPConnection("127.0.0.1", process.port)
    line.request("GET", "/graphql?query=mutation%7Bping%7D", headers={"Accept": STREAM})
    response = line.getresponse()
    assert (response.status, response.headers["Allow"]) == (405, "POST")
    assert read(line, response)["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


def test_a_process_of_threads_has_no_streams(db: None, anyone: Door) -> None:
    for query in (EVENTS, "{ me { id } }"):
        answer = anyone.post(query, HTTP_ACCEPT=STREAM)
        assert answer.status_code == 406
        assert "live" in answer.json()["errors"][0]["message"]


def test_nothing_of_this_was_unforeseen(process: Process) -> None:
    assert "Traceback" not in process.log.read_text()
