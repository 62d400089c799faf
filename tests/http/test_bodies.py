"""What comes in a POST: whatever is no GraphQL request is 400 BAD_REQUEST, and nothing is ever 500."""

import json
from importlib import import_module
from io import BytesIO

import pytest

from tests.operations import ME

pytestmark = pytest.mark.django_db

LIST = "[" * 18_000
OBJECT = '{"a":' * 18_000


def send(client, body: bytes | str, content_type: str = "application/json", **headers: str):
    return client.generic("POST", "/graphql", body, content_type, **headers)


def code_of(response) -> str:
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    return error["extensions"]["code"]


MALFORMED = {
    "spaces": b"   ",
    "null": b"null",
    "number": b"5",
    "true": b"true",
    "string": b'"{ me { id } }"',
    "empty list": b"[]",
    "batch": b'[{"query":"{ me { id } }"},{"query":"{ me { id } }"}]',
    "empty object": b"{}",
    "not JSON": b"{",
    "raw GraphQL": b"{ me { id } }",
    "two objects": b'{"query":"{ me { id } }"}{"query":"{ me { id } }"}',
    "bad UTF-8": b'{"query":"{ me { id } } # \xff"}',
    "overlong UTF-8": b'{"query":"{ me { id } } # \xc0\x80"}',
    "UTF-16": '{"query":"{ me { id } }"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"query":"{ me { id } }"}',
    "query null": b'{"query":null}',
    "query number": b'{"query":5}',
    "query list": b'{"query":["{ me { id } }"]}',
    "query object": b'{"query":{"me":"id"}}',
    "query true": b'{"query":true}',
    "query empty": b'{"query":""}',
    "query of spaces": b'{"query":" \\n\\t "}',
    "no query": b'{"variables":{}}',
    "operationName number": b'{"query":"{ me { id } }","operationName":5}',
    "operationName list": b'{"query":"{ me { id } }","operationName":[]}',
    "operationName object": b'{"query":"{ me { id } }","operationName":{"a":1}}',
    "variables list": b'{"query":"{ me { id } }","variables":[]}',
    "variables string": b'{"query":"{ me { id } }","variables":"{}"}',
    "variables number": b'{"query":"{ me { id } }","variables":5}',
    "extensions list": b'{"query":"{ me { id } }","extensions":[]}',
    "NaN": b'{"query":"{ me { id } }","variables":{"a":NaN}}',
    "Infinity": b'{"query":"{ me { id } }","variables":{"a":-Infinity}}',
    "5,000 digits": b'{"query":"{ me { id } }","variables":{"a":' + b"9" * 5_000 + b"}}",
    "deep list": LIST.encode(),
    "deep object": OBJECT.encode(),
    "deep list in variables": f'{{"query":"{{ me {{ id }} }}","variables":{{"a":{LIST}{"]" * 18_000}}}}}'.encode(),
    "deep object in variables": f'{{"query":"{{ me {{ id }} }}","variables":{{"a":{OBJECT}1{"}" * 18_001}}}'.encode(),
    "NUL in the query": b'{"query":"{ me { id } } #\\u0000"}',
    "raw NUL": b'{"query":"{ me { id } }\x00"}',
    "NUL in a variable": b'{"query":"{ me { id } }","variables":{"a":"\\u0000"}}',
    "NUL in a nested variable": b'{"query":"{ me { id } }","variables":{"a":[{"b":["\\u0000"]}]}}',
    "NUL in a variable's name": b'{"query":"{ me { id } }","variables":{"\\u0000":1}}',
    "NUL in operationName": b'{"query":"query A { me { id } }","operationName":"A\\u0000"}',
    "lone surrogate in the query": b'{"query":"{ me { id } } #\\ud800"}',
    "lone surrogate in a variable": b'{"query":"{ me { id } }","variables":{"a":"\\udfff"}}',
    "surrogates in the wrong order": b'{"query":"{ me { id } }","variables":{"a":"\\udc00\\ud800"}}',
    "lone surrogate in extensions": b'{"query":"{ me { id } }","extensions":{"a":"\\ud800"}}',
    "NUL in a literal": b'{"query":"{ node(id: \\"\\\\u0000\\") { id } }"}',
    "lone surrogate in a literal": b'{"query":"{ node(id: \\"\\\\u{0}\\") { id } }"}',
}


@pytest.mark.row(5, 9, 11)
@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_graphql_request_is_a_bad_request(client, path, body):
    response = client.post(path, body, content_type="application/json")
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("body", [b"null", b'{"query":5}', b"\xff", LIST.encode()])
def test_it_is_so_for_people_who_are_signed_in_too(alice, body):
    response = send(alice.client, body, HTTP_AUTHORIZATION=f"Bearer {alice.token}")
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("literal", [r'"\uD800"', r'"\uDC00\uD800"', r'"\u{D800}"', r'"\u{110000}"', r'"\x"'])
def test_an_escape_that_means_nothing_is_no_graphql(client, literal):
    response = send(client, json.dumps({"query": f"{{ node(id: {literal}) {{ id }} }}"}))
    assert (response.status_code, code_of(response)) == (200, "GRAPHQL_PARSE_FAILED")


def test_a_whole_surrogate_pair_is_a_letter_like_any_other(client):
    assert send(client, b'{"query":"{ me { id } }","variables":{"a":"\\ud83e\\udd8a"}}').json() == {
        "data": {"me": None}
    }


@pytest.mark.row(12)
def test_a_body_that_is_too_large_is_413(client):
    response = send(client, json.dumps({"query": "{ me { id } }" + " " * 3_000_000}))
    assert (response.status_code, code_of(response)) == (413, "PAYLOAD_TOO_LARGE")


def test_what_else_is_in_the_body_does_not_matter(client):
    body = {
        "query": "{ me { id } }",
        "id": 5,
        "operationName": None,
        "variables": None,
        "extensions": None,
        "doc_id": [],
    }
    assert send(client, json.dumps(body)).json() == {"data": {"me": None}}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'Application/JSON; charset="utf-8"',
        "application/graphql-response+json",
    ],
)
def test_json_in_utf_8_is_taken(client, content_type):
    assert send(client, b'{"query":"{ me { id } }"}', content_type).json() == {"data": {"me": None}}


@pytest.mark.row(14)
@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/html",
        "application/graphql",
        "application/jsonp",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; charset=utf-7",
        "application/json; charset=no-such-thing",
        "application/octet-stream",
        "json",
        "; charset=utf-8",
    ],
)
def test_any_other_content_type_is_415(client, content_type):
    response = send(client, b'{"query":"{ me { id } }"}', content_type)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.row(14)
def test_a_form_of_another_site_does_nothing(client):
    response = client.post("/graphql", {"query": "mutation { tokenAuth(input: {}) { token } }"})
    assert response.status_code == 415


HOSTILE_CONTENT_TYPES = [
    "application/json; charset=base64",
    "application/json; charset=undefined",
    "application/json; a*=no-such-charset'en'b",
    "application/json; a'*'=b",
]


@pytest.mark.parametrize("content_type", HOSTILE_CONTENT_TYPES)
def test_a_content_type_that_nobody_can_read_is_answered(content_type):
    """Through the server's own entry point: Django reads this header while it makes the request, before our guards."""
    body = b'{"query":"{ me { id } }"}'
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/graphql",
        "QUERY_STRING": "a=1",
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    statuses: list[str] = []
    import_module("config.wsgi").application(environ, lambda status, _: statuses.append(status))
    assert statuses[0][:3] in ("200", "400", "415")


@pytest.mark.parametrize(
    "accept",
    [
        "application/json; a*=no-such-charset'en'b",
        "application/json; a'*'=b",
        ";;;,,,",
        "application/json;q=much",
        "*/*;q=NaN",
        "x" * 50_000,
        ",".join(["text/html"] * 5_000),
        "\x00\x1b",
        "é",
    ],
    ids=lambda accept: accept[:30].encode("unicode-escape").decode(),
)
def test_an_accept_header_that_nobody_can_read_is_answered(client, accept):
    response = send(client, b'{"query":"{ me { id } }"}', HTTP_ACCEPT=accept)
    assert (response.status_code, response.json()) == (200, {"data": {"me": None}})


@pytest.mark.parametrize("depth", [5, 50, 150, 500])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_a_nested_variable_that_does_not_fit_is_wrong_input(anyone, depth, opening, closing):
    value = json.loads(opening * depth + "1" + closing * depth)
    assert anyone.refused("query($id: ID!) { node(id: $id) { id } }", id=value) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Request-ID", "Origin", "Cookie", "X-CSRFToken", "Authorization"]
)
@pytest.mark.parametrize("value", ["", "\x00", "é", "x" * 9_000, "\x1b[31m", "a=b; c", "%", "null"])
def test_no_header_makes_the_server_fail(client, header, value):
    response = send(client, json.dumps({"query": ME}), **{f"HTTP_{header.upper().replace('-', '_')}": value})
    assert response.status_code == 200
    assert "INTERNAL_SERVER_ERROR" not in response.content.decode()
