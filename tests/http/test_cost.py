"""What an operation was priced at is told to who asks, and it is the number that the limit goes by."""

from typing import Any

import pytest

from tests.operations import ME, USERS

PEOPLE = "query($n: Int) { users(first: $n) { nodes { username } } }"
TOLD = {"HTTP_X_GRAPHQL_COST": "1"}

pytestmark = pytest.mark.django_db


def told(response: Any) -> Any:
    return response.json().get("extensions")


@pytest.mark.parametrize(("query", "variables", "cost"), [(ME, {}, 0), (PEOPLE, {"n": 7}, 7), (PEOPLE, {}, 50)])
def test_who_asks_is_told_the_cost(alice, query, variables, cost):
    response = alice.post(query, variables, **TOLD)
    assert told(response) == {"cost": {"requested": cost, "limit": 5_000}}
    assert "errors" not in response.json()


@pytest.mark.parametrize("header", [{}, {"HTTP_X_GRAPHQL_COST": "0"}, {"HTTP_X_GRAPHQL_COST": ""}])
def test_who_does_not_ask_is_not(alice, header):
    assert told(alice.post(ME, **header)) is None


def test_where_the_setting_says_so_everybody_is(alice, settings):
    settings.COST_IN_ANSWERS = True
    assert told(alice.post(PEOPLE, {"n": 7})) == {"cost": {"requested": 7, "limit": 5_000}}


def test_a_query_by_get_is_told_too(client):
    response = client.get("/graphql", {"query": ME}, headers={"X-GraphQL-Cost": "1"})
    assert told(response) == {"cost": {"requested": 0, "limit": 5_000}}


def test_a_refusal_has_the_cost_of_what_was_asked(anyone):
    response = anyone.post(USERS, **TOLD)
    assert told(response)["cost"]["requested"] == 50
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_at_the_limit_it_is_run_and_beyond_it_refused_with_both_numbers(alice, settings):
    settings.GRAPHQL_LIMITS = settings.GRAPHQL_LIMITS | {"cost": 7}
    assert told(alice.post(PEOPLE, {"n": 7}, **TOLD)) == {"cost": {"requested": 7, "limit": 7}}
    (error,) = alice.post(PEOPLE, {"n": 8}, **TOLD).json()["errors"]
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX", "cost": 8, "limit": 7}
