"""Documents by id: Apollo's automatic persisted queries, `documentId` from a manifest, and trusted documents alone."""

import json
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured

from config.checks import refuse_unsafe_settings
from schema import persisted
from tests.operations import ME, REGISTER

REDIS_URL = settings.REDIS_URL
RESPONSE_JSON = "application/graphql-response+json"
NEW = {"username": "dora", "email": "dora@example.com", "password": "correct horse battery"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_is_known_yet(settings: Any, tmp_path: Path) -> None:
    """In the memory of one process, whose time can be moved, and under a name of the test's own."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(tmp_path)}
    }
    settings.PERSISTED_DOCUMENTS, settings.PERSISTED_DOCUMENTS_FILE = "on", ""


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apollo(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)} | more}}


def post(client: Any, accept: str = "application/json", **body: Any) -> Any:
    return client.post("/graphql", json.dumps(body), content_type="application/json", headers={"Accept": accept})


def refusal(response: Any) -> tuple[int, str, str]:
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    return response.status_code, error["extensions"]["code"], error["message"]


NOT_FOUND = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
NOT_SUPPORTED = (200, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
NOBODY = {"data": {"me": None}}


# ── automatic persisted queries ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(21)
def test_an_unknown_hash_asks_for_the_document_which_is_then_known(client):
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND
    assert post(client, query=ME, **apollo(ME)).json() == NOBODY
    assert post(client, **apollo(ME)).json() == NOBODY


@pytest.mark.row(21)
def test_an_unknown_hash_is_400_in_the_newer_media_type(client):
    assert refusal(post(client, RESPONSE_JSON, **apollo(ME))) == (400, *NOT_FOUND[1:])


def test_a_hash_goes_by_get_and_so_does_the_document_with_it(client):
    by_hash = {"extensions": json.dumps(apollo(ME)["extensions"])}
    assert refusal(client.get("/graphql", by_hash)) == NOT_FOUND
    assert client.get("/graphql", {"query": ME, **by_hash}).json() == NOBODY
    assert client.get("/graphql", by_hash).json() == NOBODY


def test_what_was_sent_with_its_hash_is_known_by_its_document_id(client):
    post(client, query=ME, **apollo(ME))
    assert post(client, documentId=f"sha256:{hash_of(ME)}").json() == NOBODY


def test_variables_and_the_operations_name_come_along(alice):
    query = "query A($n: Int) { users(first: $n) { totalCount } } query B { me { id } }"
    asked = {"operationName": "A", "variables": {"n": 1}, **apollo(query)}
    post(alice.client, query=query, **asked)
    headers = {"Authorization": f"Bearer {alice.token}"}
    response = alice.client.post("/graphql", json.dumps(asked), content_type="application/json", headers=headers)
    assert response.json() == {"data": {"users": {"totalCount": 1}}}


@pytest.mark.row(21)
def test_a_wrong_hash_is_400_and_nothing_is_done(client):
    response = post(client, query=REGISTER, variables={"input": NEW}, **apollo(ME))
    assert refusal(response)[:2] == (400, "BAD_REQUEST")
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND
    assert refusal(post(client, **apollo(REGISTER))) == NOT_FOUND


@pytest.mark.row(21)
@pytest.mark.parametrize(
    "asked",
    [
        5,
        [],
        "sha256",
        {},
        {"version": 1},
        {"version": 2, "sha256Hash": hash_of(ME)},
        {"version": 1, "sha256Hash": None},
        {"version": 1, "sha256Hash": 5},
        {"version": 1, "sha256Hash": hash_of(ME)[:-1]},
        {"version": 1, "sha256Hash": hash_of(ME).upper()},
        {"version": 1, "sha256Hash": hash_of(ME) + "\n"},
    ],
)
@pytest.mark.parametrize("text", [{}, {"query": ME}])
def test_a_malformed_hash_is_400(client, asked, text):
    response = post(client, extensions={"persistedQuery": asked}, **text)
    assert refusal(response)[:2] == (400, "BAD_REQUEST")


@pytest.mark.row(13, 21)
def test_a_mutation_by_its_hash_never_goes_by_get(client):
    post(client, query=REGISTER, variables={"input": NEW}, **apollo(REGISTER))
    address = {"extensions": json.dumps(apollo(REGISTER)["extensions"]), "variables": json.dumps({"input": NEW})}
    response = client.get("/graphql", address)
    assert (response.status_code, response["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "query",
    [
        "{ me { ",
        "{ nothing }",
        "query($n: Int!) { users(first: $n) { totalCount } }",
        "{ me { " + " ".join(f"a{n}: id" for n in range(16)) + " } }",
    ],
)
def test_what_cannot_be_run_is_not_kept(client, query):
    assert "data" not in post(client, query=query, **apollo(query)).json()
    assert refusal(post(client, **apollo(query))) == NOT_FOUND


def test_a_long_document_is_not_kept(client):
    query = ME + " " * persisted.MAX_BYTES
    assert post(client, query=query, **apollo(query)).json() == NOBODY
    assert refusal(post(client, **apollo(query))) == NOT_FOUND


def test_a_document_without_its_hash_is_not_kept(client):
    post(client, query=ME)
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND


def test_two_documents_of_one_place_push_each_other_out(client, monkeypatch):
    monkeypatch.setattr(persisted, "PLACES", 1)
    other = f"{ME} # other"
    for query in (ME, other):
        post(client, query=query, **apollo(query))
    assert post(client, **apollo(other)).json() == NOBODY
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND


def test_a_document_is_forgotten_after_a_day(client, time_machine):
    time_machine.move_to("2026-07-01T12:00:00Z", tick=False)
    post(client, query=ME, **apollo(ME))
    time_machine.move_to("2026-07-02T11:59:59Z", tick=False)
    assert post(client, **apollo(ME)).json() == NOBODY
    time_machine.move_to("2026-07-02T12:00:01Z", tick=False)
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND


def test_what_somebody_else_has_put_in_the_cache_is_not_run(client):
    post(client, query=ME, **apollo(ME))
    cache.set(persisted._place(persisted.id_of(ME)), REGISTER)
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND


@pytest.mark.skipif(not REDIS_URL, reason="documents are not kept in Redis: no REDIS_URL")
def test_in_redis_a_document_is_kept_for_a_day(client, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    query = f"{ME} # {secrets.token_hex()}"
    assert refusal(post(client, **apollo(query))) == NOT_FOUND
    post(client, query=query, **apollo(query))
    assert post(client, **apollo(query)).json() == NOBODY
    key = cache.make_key(persisted._place(persisted.id_of(query)))
    assert 86_000 < cache._cache.get_client().ttl(key) <= 86_400


def test_without_redis_documents_are_asked_for_in_full_and_run(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND
    assert post(client, query=ME, **apollo(ME)).json() == NOBODY


def test_a_browser_that_brings_a_hash_gets_graphql_and_no_page(client):
    response = client.get("/graphql", {"documentId": "x"}, headers={"Accept": "text/html,*/*;q=0.8"})
    assert refusal(response) == NOT_FOUND


# ── off ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_switched_off_no_id_is_taken(client, settings):
    settings.PERSISTED_DOCUMENTS = "off"
    assert refusal(post(client, **apollo(ME))) == NOT_SUPPORTED
    assert refusal(post(client, documentId=f"sha256:{hash_of(ME)}")) == NOT_SUPPORTED


def test_switched_off_a_document_with_its_hash_is_run_and_not_kept(client, settings):
    settings.PERSISTED_DOCUMENTS = "off"
    assert post(client, query=ME, **apollo(ME)).json() == NOBODY
    settings.PERSISTED_DOCUMENTS = "on"
    assert refusal(post(client, **apollo(ME))) == NOT_FOUND


# ── the manifest ────────────────────────────────────────────────────────────────────────────────────────────────────

CODEGEN = {hash_of(ME): ME, hash_of(REGISTER): REGISTER}
RELAY = {"0123456789abcdef0123456789abcdef": ME, "Register.1": REGISTER}
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [
        {"id": hash_of(ME), "name": "Me", "type": "query", "body": ME},
        {"id": "register", "name": "Register", "type": "mutation", "body": REGISTER},
    ],
}


@pytest.fixture
def manifest(settings: Any, tmp_path: Path) -> Any:
    """Writes the file, and names it in the settings."""
    path = tmp_path / "documents.json"

    def write(content: Any) -> None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        settings.PERSISTED_DOCUMENTS_FILE = str(path)
        persisted.read_manifest.cache_clear()

    return write


@pytest.mark.parametrize("mode", ["on", "only"])
@pytest.mark.parametrize(
    ("content", "document_id"),
    [(CODEGEN, hash_of(ME)), (RELAY, "0123456789abcdef0123456789abcdef"), (APOLLO, hash_of(ME))],
    ids=["codegen", "relay", "apollo"],
)
def test_a_document_of_the_manifest_is_run_by_its_id_and_by_its_hash(
    client, settings, manifest, mode, content, document_id
):
    manifest(content)
    settings.PERSISTED_DOCUMENTS = mode
    for asked in (document_id, f"sha256:{hash_of(ME)}"):
        assert post(client, documentId=asked).json() == NOBODY
        assert client.get("/graphql", {"documentId": asked}).json() == NOBODY
    assert post(client, **apollo(ME)).json() == NOBODY


def test_a_hash_that_was_made_of_another_printing_is_an_id_all_the_same(client, manifest):
    manifest({hash_of("query Me"): ME})
    assert post(client, documentId=f"sha256:{hash_of('query Me')}").json() == NOBODY


def test_an_unknown_id_is_not_found(client, manifest):
    manifest(RELAY)
    for unknown in ("", "Register.2", "sha256:", f"md5:{'0' * 32}", f"sha256:{'0' * 64}", "sha256:" + "é" * 64):
        assert refusal(post(client, documentId=unknown)) == NOT_FOUND


@pytest.mark.parametrize("wrong", [5, [], {}, True])
def test_an_id_of_the_wrong_type_is_400(client, wrong):
    assert refusal(post(client, documentId=wrong))[:2] == (400, "BAD_REQUEST")


def test_a_mutation_of_the_manifest_never_goes_by_get(client, manifest):
    manifest(RELAY)
    response = client.get("/graphql", {"documentId": "Register.1", "variables": json.dumps({"input": NEW})})
    assert (response.status_code, response["Allow"]) == (405, "POST")


# ── only ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def trusted(settings: Any, manifest: Any) -> None:
    manifest(RELAY)
    settings.PERSISTED_DOCUMENTS = "only"


def test_a_trusted_document_is_run_in_full_too(client, trusted):
    assert post(client, query=ME).json() == NOBODY


@pytest.mark.row(21)
@pytest.mark.parametrize("query", ["{ __typename }", "{ __schema { queryType { name } } }", f"{ME} ", "{ me {"])
@pytest.mark.parametrize("with_id", [True, False])
def test_any_other_document_is_refused(client, trusted, query, with_id):
    answer = refusal(post(client, query=query, **(apollo(query) if with_id else {})))
    assert answer[:2] == (200, "PERSISTED_QUERY_REQUIRED")
    assert refusal(post(client, **apollo(query))) == NOT_FOUND


@pytest.mark.row(21)
def test_any_other_document_of_staff_is_refused(alice, trusted):
    type(alice.person).objects.update(is_staff=True)
    assert alice.refused("{ me { id } }") == "PERSISTED_QUERY_REQUIRED"


def test_what_was_kept_before_is_not_run(client, settings, manifest):
    query = "{ me { id } }"
    post(client, query=query, **apollo(query))
    assert post(client, **apollo(query)).json() == NOBODY
    manifest(RELAY)
    settings.PERSISTED_DOCUMENTS = "only"
    assert refusal(post(client, **apollo(query))) == NOT_FOUND


# ── a wrong file ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ([], "not a JSON object"),
        ({}, "it holds no document"),
        ({"a": 5}, "a is not a text"),
        ({"a": "{ me {"}, "a is not GraphQL"),
        ({"sha256:" + "0" * 64: ME}, "is not the SHA-256 of its document"),
        ({"format": "apollo-persisted-query-manifest", "operations": {}}, "its operations"),
        ({"format": "apollo-persisted-query-manifest", "operations": [{"body": ME}]}, "its operations"),
        ({"format": "apollo-persisted-query-manifest", "operations": [{"id": "a"}]}, "a is not a text"),
    ],
)
def test_a_wrong_manifest_stops_the_start(manifest, content, reason):
    manifest(content)
    with pytest.raises(ImproperlyConfigured, match=r"E019.*PERSISTED_DOCUMENTS_FILE") as stopped:
        refuse_unsafe_settings()
    assert reason in str(stopped.value)


def test_a_missing_manifest_stops_the_start(settings, tmp_path):
    settings.PERSISTED_DOCUMENTS_FILE = str(tmp_path / "nowhere.json")
    with pytest.raises(ImproperlyConfigured, match="E019"):
        refuse_unsafe_settings()


@pytest.mark.parametrize("mode", ["only", "yes", ""])
def test_trusted_documents_without_a_manifest_and_unknown_modes_stop_the_start(settings, mode):
    settings.PERSISTED_DOCUMENTS = mode
    with pytest.raises(ImproperlyConfigured, match=r"E018.*PERSISTED_DOCUMENTS"):
        refuse_unsafe_settings()
