"""What browsers bring along: origins, cookies, hosts."""

import json

import pytest
from django.test import Client

from tests.operations import ME

GOOD, EVIL = "https://chat.example", "http://evil.example"
HEADERS = "authorization, content-type, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name"

pytestmark = pytest.mark.django_db


def ask(client, query: str = ME, **headers: str):
    return client.post("/graphql", json.dumps({"query": query}), content_type="application/json", headers=headers)


def preflight(client, origin: str, path: str = "/graphql"):
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": HEADERS,
        },
    )


# ── CORS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_our_front_end_may_read_the_answer(client):
    response = ask(client, Origin=GOOD)
    assert response["Access-Control-Allow-Origin"] == GOOD
    assert "origin" in response["Vary"].lower()


def test_who_is_no_page_is_told_nothing_of_pages(client):
    response = ask(client)
    assert "Access-Control-Allow-Origin" not in response
    assert "origin" not in response["Vary"].lower()
    assert response["Cache-Control"] == "no-store"  # nobody keeps it, and hands it to a page


@pytest.mark.row(15)
@pytest.mark.parametrize(
    "origin",
    [
        EVIL,
        "null",
        "https://chat.example.evil.example",
        "http://chat.example",
        "https://chat.example:8443",
        "https://evil.example/https://chat.example",
        "https://CHAT.example@evil.example",
        "",
        "*",
    ],
)
def test_other_sites_may_not(client, origin):
    for response in (ask(client, Origin=origin), preflight(client, origin)):
        assert "Access-Control-Allow-Origin" not in response


@pytest.mark.row(15)
def test_no_site_may_read_with_credentials(client):
    for response in (ask(client, Origin=GOOD), preflight(client, GOOD)):
        assert "Access-Control-Allow-Credentials" not in response
        assert response["Access-Control-Allow-Origin"] != "*"


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_the_preflight_of_our_front_end_allows_what_clients_send(client, path):
    response = preflight(client, GOOD, path)
    assert response.status_code == 200
    allowed = response["Access-Control-Allow-Headers"].lower().split(", ")
    assert {*HEADERS.split(", "), "apollographql-client-version", "x-request-id", "x-graphql-cost"} <= set(allowed)
    assert "POST" in response["Access-Control-Allow-Methods"]


def test_refusals_can_be_read_too(client):
    response = client.put("/graphql", headers={"Origin": GOOD})
    assert (response.status_code, response["Access-Control-Allow-Origin"]) == (405, GOOD)


def test_the_request_id_and_the_rate_limits_can_be_read(client):
    exposed = ask(client, Origin=GOOD)["Access-Control-Expose-Headers"].lower().split(", ")
    assert exposed == [
        "x-request-id",
        "retry-after",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "ratelimit-policy",
    ]


def test_cors_is_for_graphql_alone(client):
    assert "Access-Control-Allow-Origin" not in client.get("/admin/", headers={"Origin": GOOD})


# ── cookies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def browser(alice) -> Client:
    """Alice, signed in to the admin by cookie, in a browser that must show CSRF tokens."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.person)
    return browser


CSRF = "c" * 32


@pytest.mark.row(16)
def test_the_cookie_alone_does_not_open_the_door(browser):
    response = ask(browser)
    assert response.status_code == 403
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_the_cookie_with_the_csrf_token_does(browser):
    browser.cookies["csrftoken"] = CSRF
    response = ask(browser, **{"X-CSRFToken": CSRF})
    assert response.json()["data"]["me"]["username"] == "alice"


@pytest.mark.row(16)
def test_the_wrong_csrf_token_does_not(browser):
    browser.cookies["csrftoken"] = CSRF
    assert ask(browser, **{"X-CSRFToken": "d" * 32}).status_code == 403


@pytest.mark.row(16)
def test_the_right_csrf_token_from_another_site_does_not(browser):
    browser.cookies["csrftoken"] = CSRF
    assert ask(browser, Origin=EVIL, **{"X-CSRFToken": CSRF}).status_code == 403


def test_a_query_by_get_needs_no_csrf_token(browser):
    assert browser.get("/graphql", {"query": ME}).json()["data"]["me"]["username"] == "alice"


@pytest.mark.row(13, 16)
def test_a_mutation_by_get_with_the_cookie_is_refused(browser):
    query = 'mutation { createConversation(input: {title: "x", participantIds: []}) { errors { code } } }'
    assert browser.get("/graphql", {"query": query}).status_code == 405


def test_an_old_cookie_that_signs_nobody_in_needs_no_csrf_token(db):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["sessionid"] = "long gone"
    assert ask(browser).json() == {"data": {"me": None}}


def test_a_malformed_form_with_the_cookie_is_refused(browser):
    response = browser.post("/graphql", b"\xff", content_type="multipart/form-data; boundary=\xff")
    assert response.status_code in (400, 403, 415)


def test_a_token_counts_more_than_the_cookie(browser, bob):
    response = ask(browser, Authorization=f"Bearer {bob.token}")
    assert response.json()["data"]["me"]["username"] == "bob"


def test_a_token_needs_no_csrf_token_and_sets_no_cookie(alice):
    response = ask(Client(enforce_csrf_checks=True), Authorization=f"Bearer {alice.token}")
    assert response.json()["data"]["me"]["username"] == "alice"
    assert not response.cookies


def test_a_token_beside_a_cookie_sets_no_cookie_either(browser, bob):
    assert not ask(browser, Authorization=f"Bearer {bob.token}").cookies


def test_signing_in_sets_no_cookie(db):
    query = 'mutation { tokenAuth(input: {username: "x", password: "x"}) { token } }'
    assert not ask(Client(enforce_csrf_checks=True), query).cookies


def test_a_disabled_persons_cookie_is_worth_nothing(browser, alice):
    type(alice.person).objects.update(is_active=False)
    assert ask(browser).json() == {"data": {"me": None}}


# ── hosts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(17)
@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "evil.example:80", "testserver@evil", "[::"]
)
def test_another_hosts_name_is_400(client, host):
    assert ask(client, Host=host).status_code == 400


def test_what_a_proxy_is_said_to_have_forwarded_changes_no_host(client):
    assert ask(client, **{"X-Forwarded-Host": "evil.example"}).status_code == 200
