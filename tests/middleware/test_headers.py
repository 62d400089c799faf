"""Security headers: every answer has them, and pages have what they need and no more."""

from typing import Any

import pytest
from django.test import Client

from config.middleware.headers import ALWAYS, NOTHING, OWN_FILES, policy_for
from tests.operations import ME

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "is_page", "policy"),
    [
        ("/graphql", False, NOTHING),
        ("/graphql", True, NOTHING),  # but GraphiQL brings its own
        ("/admin/", True, OWN_FILES),
        ("/admin/accounts/user/", True, OWN_FILES),
        ("/admin/jsi18n/", False, NOTHING),
        ("/administrators", True, NOTHING),
        ("/", True, NOTHING),
    ],
)
def test_which_policy(path, is_page, policy):
    assert policy_for(path, is_page) == policy


@pytest.mark.parametrize("policy", [NOTHING, OWN_FILES])
def test_no_policy_lets_in_what_is_inline_or_from_elsewhere(policy):
    assert policy.startswith("default-src 'none'; ")
    sources = {source for rule in policy.split("; ") for source in rule.split(" ")[1:]}
    assert sources <= {"'none'", "'self'", "data:"}
    assert "script-src 'self' data:" not in policy
    assert {"base-uri 'none'", "frame-ancestors 'none'"} <= set(policy.split("; "))


def answers(client: Client, settings: Any) -> list[Any]:
    client.raise_request_exception = False
    settings.GRAPHIQL = True
    page = {"Accept": "text/html"}
    found = [
        client.get("/graphql", {"query": ME}),
        client.get("/graphql", headers=page),
        client.get("/graphql", {"query": "{"}),
        client.put("/graphql"),
        client.get("/graphql", {"query": ME}, headers={"Host": "evil.example"}),
        client.options("/graphql", headers={"Origin": "https://chat.example", "Access-Control-Request-Method": "POST"}),
        client.get("/admin/"),
        client.get("/admin/login/"),
        client.get("/nowhere"),
        client.get("/health/live"),
        client.get("/health/ready"),
    ]
    file = client.get("/static/graphiql/parley.js")
    file.close()  # and with it the connection to the database, so this is the last
    return [*found, file]


def test_every_answer_has_them_all(client, settings):
    for response in answers(client, settings):
        assert {name: response.headers.get(name) for name in ALWAYS} == ALWAYS
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'; ")


def test_they_are_the_answers_that_were_meant(client, settings):
    codes = [response.status_code for response in answers(client, settings)]
    assert codes == [200, 200, 200, 405, 400, 200, 302, 200, 404, 200, 200, 200]


def test_graphiql_keeps_its_own_policy(client, settings):
    settings.GRAPHIQL = True
    response = client.get("/graphql", headers={"Accept": "text/html"})
    assert "'nonce-" in response["Content-Security-Policy"]


def test_developers_see_djangos_pages_as_they_are(client, settings):
    settings.DEBUG = True
    assert "Content-Security-Policy" not in client.get("/nowhere")
    assert client.get("/admin/login/")["Content-Security-Policy"] == OWN_FILES
    assert client.get("/graphql", {"query": ME})["Content-Security-Policy"] == NOTHING
