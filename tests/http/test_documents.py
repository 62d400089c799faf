"""Which operation is run, and what is answered when none can be: methods, media types, codes."""

import json

import pytest

from accounts.models import User
from tests.conftest import PASSWORD
from tests.operations import ME, REGISTER

pytestmark = pytest.mark.django_db

NEW = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}
REGISTER_DORA = f"""mutation {{ register(input: {{
  username: "dora", email: "dora@example.com", password: "{PASSWORD}"
}}) {{ token errors {{ code }} }} }}"""
RESPONSE_JSON = "application/graphql-response+json"


def send(client, query: str, headers: dict | None = None, **body):
    return client.post(
        "/graphql", json.dumps({"query": query, **body}), content_type="application/json", headers=headers or {}
    )


def code_of(response) -> str:
    (error,) = response.json()["errors"]
    return error["extensions"]["code"]


# ── methods ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_a_query_goes_by_post_and_by_get(client, path):
    assert client.post(path, {"query": ME}, content_type="application/json").json() == {"data": {"me": None}}
    assert client.get(path, {"query": ME}).json() == {"data": {"me": None}}


def test_variables_go_by_get_too(alice):
    address = {"query": "query A($n: Int) { users(first: $n) { totalCount } } query B { me { id } }"}
    address |= {"operationName": "A", "variables": '{"n": 1}'}
    answer = alice.client.get("/graphql", address, HTTP_AUTHORIZATION=f"Bearer {alice.token}")
    assert answer.json() == {"data": {"users": {"totalCount": 1}}}


@pytest.mark.row(13)
@pytest.mark.parametrize(
    "address",
    [
        {"query": REGISTER_DORA},
        {"query": f"# harmless\n,,, {REGISTER_DORA}"},
        {
            "query": f"query A {{ me {{ id }} }} {REGISTER_DORA.replace('mutation', 'mutation B', 1)}",
            "operationName": "B",
        },
        {"query": REGISTER_DORA.replace("mutation", "mutation Me", 1), "operationName": "Me"},
    ],
)
def test_a_mutation_never_goes_by_get(client, address):
    response = client.get("/graphql", address)
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == "POST"
    assert not User.objects.exists()


@pytest.mark.row(13)
def test_two_operations_of_one_name_never_smuggle_a_mutation_through_get(client):
    for first, second in (("query A { me { id } }", "mutation A"), ("mutation A", "query A { me { id } }")):
        query = f"{first} {second}".replace("mutation A", REGISTER_DORA.replace("mutation", "mutation A", 1))
        client.get("/graphql", {"query": query, "operationName": "A"})
    assert not User.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_other_methods_are_405(client, method, path):
    response = getattr(client, method)(path)
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == "GET, POST"


def test_a_method_nobody_knows_is_405(client):
    assert client.generic("BREW", "/graphql", REGISTER_DORA, "application/json").status_code == 405


@pytest.mark.parametrize(
    "address",
    [
        "variables=[]&query={me{id}}",
        "variables={&query={me{id}}",
        "variables={%22a%22:NaN}&query={me{id}}",
        "variables={%22a%22:%22%5Cu0000%22}&query={me{id}}",
        "extensions=5&query={me{id}}",
        "query=" + "&a=1" * 1_100,
        "query=",
        "query=%20",
        "operationName=A",
    ],
)
def test_a_malformed_address_is_a_bad_request(client, address):
    response = client.get(f"/graphql?{address}")
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "latin-1"])
def test_an_address_is_read_as_utf_8_only(client, charset):
    response = client.get("/graphql?query={me{id}}", CONTENT_TYPE=f"text/plain; charset={charset}")
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_bytes_in_an_address_that_are_no_utf_8_do_no_harm(client):
    assert client.get("/graphql?query={me{id}}%23%ff%fe%00").status_code in (200, 400)


# ── which operation ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(10)
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("{ me { id } } { me { username } }", None),
        ("query A { me { id } } query B { me { username } }", None),
        ("query A { me { id } } query B { me { username } }", ""),
        ("query A { me { id } } query B { me { username } }", "C"),
        ("query A { me { id } }", "B"),
        ("{ me { id } }", "A"),
        ("query A { me { id } }", "a"),
        ("fragment F on User { id }", None),
        ("fragment F on User { id }", "F"),
        ("query A { me { id } }", "A\r\n\x1b[31m"),
    ],
)
def test_which_operation_must_be_plain(client, query, name):
    response = send(client, query, operationName=name)
    assert (response.status_code, code_of(response)) == (200, "OPERATION_RESOLUTION_FAILURE")


def test_of_several_operations_the_named_one_is_run(alice):
    two = "query A { me { username } } query B { me { displayName } }"
    response = send(alice.client, two, {"Authorization": f"Bearer {alice.token}"}, operationName="B")
    assert response.json() == {"data": {"me": {"displayName": "Alice Adams"}}}


@pytest.mark.parametrize(
    "query", ["{", "}", "me", "{ me { id }", "query { me(: 1) { id } }", "{ me { id } } 🦊", "#", '"']
)
def test_what_is_no_graphql_says_where(client, query):
    response = send(client, query)
    assert (response.status_code, code_of(response)) == (200, "GRAPHQL_PARSE_FAILED")
    assert response.json()["errors"][0]["locations"]


@pytest.mark.parametrize(
    "query",
    [
        "{ nothing }",
        "{ me }",
        "{ me { id { x } } }",
        "{ me(id: 1) { id } }",
        "query($a: Nothing) { me { id } }",
        "query($a: Int) { me { id } }",
        "{ me { ...F } }",
        "{ me { ...F } } fragment F on User { ...F }",
        "{ me @nothing { id } }",
        '{ users(first: "1") { totalCount } }',
        "query A { me { id } } query A { me { id } }",
        'mutation { register(input: {username: "dora", isStaff: true}) { token } }',
    ],
)
def test_what_does_not_fit_the_schema_is_a_validation_error(client, query):
    response = send(client, query, operationName="A" if "query A" in query else None)
    codes = {error["extensions"]["code"] for error in response.json()["errors"]}
    assert (response.status_code, codes) == (200, {"GRAPHQL_VALIDATION_FAILED"})
    assert "data" not in response.json()


@pytest.mark.parametrize(
    "given",
    [{}, None, {"username": "dora"}, {**NEW, "username": None}, {**NEW, "username": 5}, {**NEW, "x": 1}, [], "x"],
)
def test_variables_that_do_not_fit_are_wrong_input(client, given):
    response = send(client, REGISTER, variables={"input": given})
    assert {error["extensions"]["code"] for error in response.json()["errors"]} == {"BAD_USER_INPUT"}
    assert "data" not in response.json()
    assert not User.objects.exists()


def test_a_variable_left_out_is_wrong_input(anyone):
    assert anyone.refused(REGISTER) == "BAD_USER_INPUT"


def test_a_subscription_over_plain_http_is_refused_with_a_code(client):
    assert send(client, "subscription { events { cursor } }").json()["errors"][0]["extensions"]["code"]


NESTED = {
    "fields": ("{me", "}"),
    "inline fragments": ("{me{id ...", "}}"),
    "lists": ("[", "]"),
    "objects": ("{a:", "}"),
}


@pytest.mark.row(5)
@pytest.mark.parametrize("depth", [50, 100, 150, 190, 250, 1_000, 7_000])
@pytest.mark.parametrize("kind", NESTED)
def test_a_document_nested_however_deep_is_answered_with_a_code(client, kind, depth):
    opening, closing = NESTED[kind]
    nested = opening * depth + ("1" if kind == "objects" else "") + closing * depth
    query = nested if kind in ("fields", "inline fragments") else f"{{ node(id: {nested}) {{ id }} }}"
    response = send(client, query)
    assert response.status_code == 200
    assert {error["extensions"]["code"] for error in response.json()["errors"]} <= {
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "QUERY_TOO_COMPLEX",
    }


def test_selections_that_fit_the_schema_nested_deep_are_answered(client):
    nested = "{ me { id " + "... on User { id " * 300 + "}" * 300 + "} }"
    response = send(client, nested)
    assert "INTERNAL_SERVER_ERROR" not in response.content.decode()


# ── introspection ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(18)
@pytest.mark.parametrize("field", ["__schema { types { name } }", '__type(name: "User") { name }'])
def test_where_introspection_is_off_the_schema_is_not_told(client, settings, field):
    settings.INTROSPECTION = False
    answer = send(client, f"{{ {field} }} # off").json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in answer


@pytest.mark.row(18)
def test_where_introspection_is_off_nothing_is_suggested_either(client, settings):
    settings.INTROSPECTION = False
    for query in ("{ user { id } } # off", "{ me { usrname } } # off", "query($a: Usr) { me { id } } # off"):
        assert "Did you mean" not in send(client, query).content.decode()
    given = send(client, f"{REGISTER} # off", variables={"input": {**NEW, "usrname": "x"}})
    assert "Did you mean" not in given.content.decode()


# ── what the answer says it is ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/json, */*", "text/html", "nonsense"])
def test_the_answer_is_application_json_unless_something_else_is_asked_for(client, accept):
    response = send(client, ME, {"Accept": accept} if accept else None)
    assert response["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("accept", [RESPONSE_JSON, f"{RESPONSE_JSON}, application/json;q=0.9"])
def test_the_answer_is_graphql_response_json_when_that_is_preferred(client, accept):
    response = send(client, ME, {"Accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, f"{RESPONSE_JSON}; charset=utf-8")


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("query A { me { id } }", {"operationName": "B"}),
        (REGISTER, {"variables": {}}),
        ("", {}),
    ],
)
def test_then_a_request_error_is_400(client, query, body):
    response = send(client, query, {"Accept": RESPONSE_JSON}, **body)
    assert (response.status_code, response["Content-Type"]) == (400, f"{RESPONSE_JSON}; charset=utf-8")
    assert "data" not in response.json()


@pytest.mark.parametrize("query", [ME, "{ users { totalCount } }", "{ me { id } users { totalCount } }"])
def test_then_an_operation_that_was_run_is_200_even_with_errors(client, query):
    response = send(client, query, {"Accept": RESPONSE_JSON})
    assert response.status_code == 200
    assert "data" in response.json()


def test_no_answer_is_kept_by_a_cache(alice):
    response = alice.post(ME)
    assert response["Cache-Control"] == "no-store"
    assert "Accept" in response["Vary"]


def test_an_answer_is_never_taken_for_a_page(client):
    assert send(client, ME)["X-Content-Type-Options"] == "nosniff"


# ── subscriptions ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), (RESPONSE_JSON, 400)])
def test_a_subscription_without_a_stream_is_told_the_transports(client, accept, status):
    query = "subscription { anything }"
    for response in (
        send(client, query, {"Accept": accept}),
        client.get("/graphql", {"query": query}, headers={"Accept": accept}),
    ):
        assert (response.status_code, code_of(response)) == (status, "OPERATION_RESOLUTION_FAILURE")
        assert "text/event-stream" in response.json()["errors"][0]["message"]
        assert "graphql-transport-ws" in response.json()["errors"][0]["message"]
