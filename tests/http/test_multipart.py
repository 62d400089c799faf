"""Multipart requests: what may come in a form, where its files go, and that every guard sees its operation."""

import json
from typing import Any

import pytest
from django.test import Client

from messaging.models import Attachment
from tests.conftest import Door
from tests.files import PREFLIGHT, UPLOAD, a_file, ask_with, send_form

pytestmark = pytest.mark.django_db

OPERATIONS = {"query": UPLOAD, "variables": {"input": {"file": None}}}
PLACE = "variables.input.file"


def answered(response: Any) -> tuple[int, str]:
    """(status, code) of a request that was refused, with a sentence, and of which nothing was kept."""
    assert Attachment.objects.count() == 0
    (error,) = response.json()["errors"]
    assert error["message"]
    assert response.json().get("data") is None
    return response.status_code, error["extensions"]["code"]


def filename(response: Any) -> str:
    return response.json()["data"]["uploadAttachment"]["attachment"]["filename"]


# ── what works ───────────────────────────────────────────────────────────────────────────────────────────────────────

PREFLIGHTS = ["Apollo-Require-Preflight", "X-Apollo-Operation-Name", "GraphQL-Preflight", "X-Requested-With"]


@pytest.mark.parametrize("header", PREFLIGHTS)
def test_each_of_these_headers_makes_a_browser_ask_first(alice, header):
    headers = {f"HTTP_{header.upper().replace('-', '_')}": "1"}
    assert filename(send_form(alice, OPERATIONS, {"0": [PLACE]}, headers, **{"0": a_file()})) == "note.txt"


@pytest.mark.parametrize("header", PREFLIGHTS)
def test_other_origins_that_are_ours_may_send_them(client, header):
    asked = {"HTTP_ORIGIN": "https://chat.example", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}
    assert header.lower() in client.options("/graphql", **asked)["Access-Control-Allow-Headers"]


def test_several_files_in_several_places(alice):
    query = """mutation($a: UploadAttachmentInput!, $file: Upload!) {
      a: uploadAttachment(input: $a) { attachment { filename } }
      b: uploadAttachment(input: {file: $file}) { attachment { filename } } }"""
    data = ask_with(
        alice,
        query,
        {"a": {"file": None}, "file": None},
        one=("variables.a.file", a_file(name="a.txt")),
        two=("variables.file", a_file(name="b.txt")),
    )
    assert [data[name]["attachment"]["filename"] for name in "ab"] == ["a.txt", "b.txt"]


def test_one_file_in_two_places(alice):
    query = """mutation($a: Upload!, $b: Upload!) {
      a: uploadAttachment(input: {file: $a}) { attachment { size } }
      b: uploadAttachment(input: {file: $b}) { attachment { size } } }"""
    operations = {"query": query, "variables": {"a": None, "b": None}}
    large = a_file(b"x" * 3_000_000)  # on disk, not in memory
    data = send_form(alice, operations, {"x": ["variables.a", "variables.b"]}, x=large).json()["data"]
    assert [data[name]["attachment"]["size"] for name in "ab"] == [3_000_000] * 2


def test_an_operation_without_files(alice):
    response = send_form(alice, {"query": "{ me { username } }"}, {})
    assert response.json() == {"data": {"me": {"username": "alice"}}}


def test_what_else_is_in_the_form_does_not_matter(alice):
    assert filename(send_form(alice, OPERATIONS, {"0": [PLACE]}, more="1", **{"0": a_file()})) == "note.txt"


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(14)
@pytest.mark.parametrize("headers", [{}, {"HTTP_APOLLO_REQUIRE_PREFLIGHT": " "}, {"HTTP_X_CSRFTOKEN": "x"}])
def test_without_a_preflight_header(alice, headers):
    response = send_form(alice, OPERATIONS, {"0": [PLACE]}, headers, **{"0": a_file()})
    assert answered(response) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_file_of_nobody(anyone):
    response = send_form(anyone, OPERATIONS, {"0": [PLACE]}, **{"0": a_file()})
    assert answered(response) == (200, "UNAUTHENTICATED")
    anyone.token = "stale"
    assert answered(send_form(anyone, OPERATIONS, {"0": [PLACE]}, **{"0": a_file()})) == (200, "UNAUTHENTICATED")


def test_the_session_cookie_without_a_csrf_token(alice):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice.person)
    fields = {"operations": json.dumps(OPERATIONS), "map": json.dumps({"0": [PLACE]}), "0": a_file()}
    assert answered(browser.post("/graphql", fields, **PREFLIGHT)) == (403, "FORBIDDEN")


MANY = {str(place): [f"variables.{place}"] for place in range(1_000)}
BAD_MAPS = {
    "null": None,
    "a list": [["variables.input.file"]],
    "a number": 5,
    "paths that are no list": {"0": PLACE},
    "no paths": {"0": []},
    "a path that is a number": {"0": [5]},
    "an empty path": {"0": [""]},
    "the variables themselves": {"0": ["variables"]},
    "the document": {"0": ["query"]},
    "an extension": {"0": ["extensions.file"]},
    "an operation of a batch": {"0": ["0.variables.input.file"]},
    "no such variable": {"0": ["variables.input.other"]},
    "below null": {"0": ["variables.input.file.more"]},
    "below a text": {"0": ["variables.text.0"]},
    "in place of a text": {"0": ["variables.text"]},
    "in place of an object": {"0": ["variables.input"]},
    "beyond a list": {"0": ["variables.list.1"]},
    "before a list": {"0": ["variables.list.-1"]},
    "a list by an odd number": {"0": ["variables.list.٠"]},
    "a list by a huge number": {"0": ["variables.list." + "9" * 5_000]},
    "__proto__": {"0": ["variables.__proto__.polluted"]},
    "constructor": {"0": ["variables.constructor.prototype.polluted"]},
    "__class__": {"0": ["variables.__class__"]},
    "twice the same place": {"0": [PLACE, PLACE]},
    "no file of that name": {"0": [PLACE], "1": ["variables.list.0"]},
    "a file that is not named": {},
    "another file": {"1": [PLACE]},
    "eleven places": {"0": [f"variables.many.{place}" for place in range(11)]},
    "1,000 files": MANY,
}


@pytest.mark.row(32)
@pytest.mark.parametrize("places", BAD_MAPS.values(), ids=BAD_MAPS)
def test_a_bad_map(alice, places):
    variables = {"input": {"file": None}, "text": "x", "list": [None], "many": [None] * 20}
    variables |= {str(place): None for place in range(1_000)} if places is MANY else {}
    response = send_form(alice, {"query": UPLOAD, "variables": variables}, places, **{"0": a_file()})
    assert answered(response) == (400, "BAD_REQUEST")


BAD_OPERATIONS = {
    "a batch": [OPERATIONS],
    "null": None,
    "a text": "mutation",
    "no document": {"variables": {"input": {"file": None}}},
    "variables that are a list": {"query": UPLOAD, "variables": [None]},
    "no variables": {"query": UPLOAD},
}


@pytest.mark.row(9, 11)
@pytest.mark.parametrize("operations", BAD_OPERATIONS.values(), ids=BAD_OPERATIONS)
def test_bad_operations(alice, operations):
    response = send_form(alice, operations, {"0": [PLACE]}, **{"0": a_file()})
    assert answered(response) == (400, "BAD_REQUEST")


def post(door: Door, body: Any, **given: str) -> Any:
    given = {"HTTP_AUTHORIZATION": f"Bearer {door.token}", **PREFLIGHT, **given}
    return door.client.post("/graphql", body, **given)


@pytest.mark.parametrize("missing", ["operations", "map"])
def test_a_field_that_is_missing_or_a_file(alice, missing):
    fields = {"operations": json.dumps(OPERATIONS), "map": json.dumps({"0": [PLACE]}), "0": a_file()}
    assert answered(post(alice, {**fields, missing: a_file(fields[missing].encode())})) == (400, "BAD_REQUEST")
    del fields[missing]
    assert answered(post(alice, fields)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("text", ["", "{", "NaN", "[" * 18_000, '{"0": ["\\u0000"]}', '{"0": ["\\ud800"]}'])
@pytest.mark.parametrize("name", ["operations", "map"])
def test_a_field_that_is_no_json(alice, name, text):
    fields = {"operations": json.dumps(OPERATIONS), "map": json.dumps({"0": [PLACE]}), "0": a_file()}
    assert answered(post(alice, {**fields, name: text})) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=x"])
@pytest.mark.parametrize("body", [b"x", b"--x\r\n", b"--x\r\nContent-Disposition: form-data\r\n\r\n"])
def test_a_form_that_cannot_be_read(alice, boundary, body):
    given = {"HTTP_AUTHORIZATION": f"Bearer {alice.token}", **PREFLIGHT}
    response = alice.client.generic("POST", "/graphql", body, f"multipart/form-data{boundary}", **given)
    assert answered(response) == (400, "BAD_REQUEST")


def test_eleven_files(alice):
    files = {str(place): a_file() for place in range(11)}
    assert answered(send_form(alice, OPERATIONS, {"0": [PLACE]}, **files)) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("file", ["x", "", 5, True, {}, [], {"name": "a"}])
def test_what_stands_in_the_place_of_a_file(alice, file):
    answer = alice.post(UPLOAD, {"input": {"file": file}})
    assert answered(answer) == (200, "BAD_USER_INPUT")


def test_a_file_that_did_not_come(alice):
    assert answered(alice.post(UPLOAD, {"input": {"file": None}})) == (200, "BAD_USER_INPUT")
    query = 'mutation { uploadAttachment(input: {file: "x"}) { attachment { id } } }'
    assert answered(alice.post(query)) == (200, "GRAPHQL_VALIDATION_FAILED")


def test_a_file_in_the_place_of_a_text(alice, anyone):
    query = "query($username: String) { user(username: $username) { id } }"
    operations = {"query": query, "variables": {"username": None}}
    response = send_form(alice, operations, {"0": ["variables.username"]}, **{"0": a_file()})
    assert answered(response) == (200, "BAD_USER_INPUT")


# ── how much ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(12)
def test_the_operation_itself_stays_small(alice):
    operations = {**OPERATIONS, "more": "x" * 128 * 1024}
    response = send_form(alice, operations, {"0": [PLACE]}, **{"0": a_file()})
    assert answered(response) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.row(12)
def test_all_files_together_have_a_limit(alice, settings):
    settings.MULTIPART_MAX_SIZE = 100_000
    response = send_form(alice, OPERATIONS, {"0": [PLACE]}, **{"0": a_file(b"x" * 100_000)})
    assert answered(response) == (413, "PAYLOAD_TOO_LARGE")


# ── the guards see it ────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_counts_as_a_mutation(alice, settings):
    settings.RATE_LIMITS = "all=2/1m"
    codes = [send_form(alice, OPERATIONS, {"0": [PLACE]}, **{"0": a_file()}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]


def test_its_document_has_limits(alice):
    names = " ".join(f"a{place}: uploadAttachment(input: $input) {{ attachment {{ id }} }}" for place in range(16))
    operations = {**OPERATIONS, "query": f"mutation($input: UploadAttachmentInput!) {{ {names} }}"}
    assert answered(send_form(alice, operations, {"0": [PLACE]}, **{"0": a_file()})) == (200, "QUERY_TOO_COMPLEX")


def test_the_name_of_a_file_is_text_that_people_read(alice):
    response = send_form(alice, OPERATIONS, {"0": [PLACE]}, **{"0": a_file(name="fuck you.txt")})
    assert answered(response) == (200, "OFFENSIVE_LANGUAGE")
    assert response.json()["errors"][0]["extensions"]["field"] == "file"


@pytest.mark.row(35)
def test_the_log_knows_its_operation_and_nothing_of_its_files(alice, log):
    send_form(alice, OPERATIONS, {"0": [PLACE]}, **{"0": a_file(b"a secret", "a secret.txt")})
    assert log.entry()["operation"] == "Upload"
    assert "secret" not in log.getvalue()
