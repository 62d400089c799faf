"""Below a path of its own, such as /chat, the same guards stand at the door."""

import json
from typing import Any

import pytest

from tests.conftest import Door, Log

pytestmark = pytest.mark.django_db


def ask(door: Door, query: str) -> Any:
    """As a server does that was told to answer below /chat: the path has the prefix, the address of a view has not."""
    return door.client.post(
        "/graphql",
        json.dumps({"query": query}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {door.token}"} if door.token else {},
        SCRIPT_NAME="/chat",
    ).json()


def code_of(answer: Any) -> str:
    (error,) = answer["errors"]
    return error["extensions"]["code"]


def test_a_person_is_known(alice: Door) -> None:
    assert ask(alice, "{ me { username } }") == {"data": {"me": {"username": "alice"}}}


def test_a_bad_token_is_refused(anyone: Door) -> None:
    anyone.token = "bad"
    assert code_of(ask(anyone, "{ me { username } }")) == "UNAUTHENTICATED"


def test_limits_hold(alice: Door) -> None:
    query = "{ " + " ".join(f"a{place}: me {{ id }}" for place in range(16)) + " }"
    assert code_of(ask(alice, query)) == "QUERY_TOO_COMPLEX"


def test_rates_are_limited(alice: Door, settings: Any) -> None:
    settings.RATE_LIMITS = "all=1/1m"
    query = 'mutation { a: markRead(input: {conversationId: "x"}) { errors { code } }'
    query += ' b: markRead(input: {conversationId: "x"}) { errors { code } } }'
    assert code_of(ask(alice, query)) == "RATE_LIMITED"


def test_hours_are_kept(alice: Door, settings: Any, time_machine: Any) -> None:
    settings.ACCESS_HOURS = "06:00-07:00"
    time_machine.move_to("2026-07-01T12:00:00Z", tick=False)
    alice.token = None
    assert code_of(ask(alice, "{ me { username } }")) == "OUTSIDE_ACCESS_HOURS"


def test_rude_texts_are_refused(alice: Door) -> None:
    query = 'mutation { createConversation(input: {title: "shit", participantIds: []}) { errors { code } } }'
    assert code_of(ask(alice, query)) == "OFFENSIVE_LANGUAGE"


def test_the_request_is_logged(alice: Door, log: Log) -> None:
    ask(alice, "query Mounted { me { username } }")
    assert log.entry()["operation"] == "Mounted"


@pytest.mark.parametrize("path", ["/graphql%0A", "/graphql/%0A", "//graphql", "/graphql//", "/./graphql", "/GraphQL"])
def test_no_other_spelling_of_the_path_leads_past_the_guards(anyone: Door, path: str) -> None:
    query = "{ " + " ".join(f"a{place}: me {{ id }}" for place in range(16)) + " }"
    response = anyone.client.post(path, json.dumps({"query": query}), content_type="application/json")
    assert response.status_code == 404


def test_an_encoded_slash_is_a_slash(anyone: Door) -> None:
    query = "{ " + " ".join(f"a{place}: me {{ id }}" for place in range(16)) + " }"
    answer = anyone.client.post("/graphql%2F", json.dumps({"query": query}), content_type="application/json").json()
    assert code_of(answer) == "QUERY_TOO_COMPLEX"
