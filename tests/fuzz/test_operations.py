"""Thousands of operations that nobody would write, as a participant, a stranger and nobody.

None answers 500 or with an error without a code, and none shows what is somebody else's. The suite takes the same few
hundred each time. `FUZZ_EXAMPLES=5000 pytest tests/fuzz -n 0 --hypothesis-show-statistics` takes others, so many for
each test, and counts the codes.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real
from graphql import get_named_type, is_required_input_field
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, from_schema, mutations, nodes, queries

from schema.deadline import PunctualExecution
from schema.errors import ErrorCode
from schema.schema import schema
from tests.fuzz.conftest import World

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
SDL = (Path(real.BASE_DIR) / "schema" / "schema.graphql").read_text()
NEVER = {"INTERNAL_SERVER_ERROR", "UNAVAILABLE", "TIMEOUT"}
CODES = {code.value for code in ErrorCode} - NEVER
VIEWERS = ("alice", "charlie", "nobody")
LIFTED = dict.fromkeys(real.GRAPHQL_LIMITS, 100_000)
"""So that what is asked for is run, not refused at the door."""


def often(examples: int) -> settings:
    """The same examples each time, and quick; or, by FUZZ_EXAMPLES, others and many."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


# ── what documents are made of ───────────────────────────────────────────────────────────────────────────────────────

KINDS = ("group", "question", "answer", "direct", "whisper", "participant", "tombstone", "session")
NAMED = [f"@{whose} {kind}@" for whose in ("shared", "secret") for kind in KINDS]
NAMED += ["@alice@", "@bob@", "@charlie@", "@dora@", "@eve@", "@missing@", "@user 0@", "@malformed@"]
TEXTS = [
    "alice",
    "bob",
    "dora",
    "canary",  # what all forbidden texts begin with, to be searched for
    "mine",
    "@cursor@",
    "eve@example.com",
]
TEXTS += ["' OR 1=1 --", "%_", "\x01\x1b[31m", "\u202e", "👩‍👩‍👧", "x" * 300, " ", ""]
TIMES = [
    "2026-01-31T12:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-01-31",
    "yesterday",
    "",
]

IDS = st.sampled_from(NAMED)
STRINGS = st.one_of(st.sampled_from(TEXTS), st.text(max_size=30))
INTEGERS = st.one_of(st.integers(0, 5), st.sampled_from([-1, 100, 101, 1_000, 2**31 - 1, -(2**31)]))
SCALARS = {
    "ID": IDS.map(nodes.String),
    "String": STRINGS.map(nodes.String),
    "Int": st.one_of(*[st.integers(0, 5)] * 9, INTEGERS).map(nodes.Int),
    "DateTime": st.one_of(st.sampled_from(TIMES), st.datetimes().map(lambda moment: f"{moment.isoformat()}Z")).map(
        nodes.String
    ),
    "Upload": st.just(nodes.Null),  # tests/http/test_multipart.py sends files
}


# ── what must hold of every answer ───────────────────────────────────────────────────────────────────────────────────


def check(world: World, who: str, response: Any) -> set[str]:
    """The codes of an answer that gives nothing away."""
    text = response.content.decode()
    answer = json.loads(text)
    assert response.status_code < 500, text
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    codes |= set(re.findall(r'"code":"([A-Z_]+)"', text))
    assert codes <= CODES, text
    assert [canary for canary in world.forbidden[who] if canary in text] == []
    return codes


def send(world: World, who: str, body: dict[str, Any]) -> None:
    count(check(world, who, world.send(who, world.fill(json.dumps(body, ensure_ascii=False)).encode())))


def count(codes: set[str]) -> None:
    for code in codes or {"no error"}:
        event(code)


@pytest.mark.row(22, 23, 24)
@pytest.mark.parametrize("who", VIEWERS)
@often(100)
@given(document=queries(SDL, custom_scalars=SCALARS))
def test_queries_that_fit_the_schema(world: World, settings: Any, who: str, document: str) -> None:
    settings.GRAPHQL_LIMITS = LIFTED
    send(world, who, {"query": document})


@often(60)
@given(document=queries(SDL, custom_scalars=SCALARS))
def test_what_is_compiled_answers_as_graphql_core_does(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch, document: str
) -> None:
    settings.GRAPHQL_LIMITS = LIFTED
    body = world.fill(json.dumps({"query": document})).encode()
    compiled = world.send("alice", body)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "execution_context_class", PunctualExecution)
        ordinary = world.send("alice", body)
    assert (compiled.status_code, compiled.content) == (ordinary.status_code, ordinary.content)


@pytest.mark.row(22, 23, 24)
@pytest.mark.parametrize("who", VIEWERS)
@often(100)
@given(document=mutations(SDL, custom_scalars=SCALARS))
def test_mutations_that_fit_the_schema(world: World, settings: Any, who: str, document: str) -> None:
    settings.GRAPHQL_LIMITS = LIFTED
    send(world, who, {"query": document})


@pytest.mark.parametrize("who", VIEWERS)
@often(100)
@given(document=from_schema(SDL, custom_scalars=SCALARS, mode=Mode.NEGATIVE))
def test_documents_with_a_mistake(world: World, who: str, document: str) -> None:
    send(world, who, {"query": document})


# ── variables ────────────────────────────────────────────────────────────────────────────────────────────────────────

INPUTS = {
    name: get_named_type(field.args["input"].type)
    for name, field in schema._schema.mutation_type.fields.items()
    if "input" in field.args
}
LEAVES = st.one_of(IDS, STRINGS, INTEGERS, st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    LEAVES, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=3))
)
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "ID": IDS,
    "String": STRINGS,
    "Int": INTEGERS,
    "DateTime": st.sampled_from(TIMES),
    "Upload": st.none(),
    "Boolean": st.booleans(),
    "ParticipantRole": st.sampled_from(["OWNER", "ADMIN", "MEMBER"]),
}


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """A mutation whose input mostly fits, field by field, and sometimes is anything at all."""
    name = draw(st.sampled_from(sorted(INPUTS)))
    given: dict[str, Any] = {}
    for key, declared in INPUTS[name].fields.items():
        if draw(st.integers(0, 29)) > (0 if is_required_input_field(declared) else 9):
            fitting = BY_TYPE.get(get_named_type(declared.type).name, JSON)
            value = draw(st.one_of(*[fitting] * 30, JSON))
            given[key] = [value] if "[" in str(declared.type) else value
    if draw(st.integers(0, 29)) == 0:
        given = draw(JSON)
    selection = "__typename ... on Payload { errors { code message field retryAfter } }"
    query = f"mutation($input: {INPUTS[name].name}!) {{ {name}(input: $input) {{ {selection} }} }}"
    return {"query": query, "variables": {"input": given}}


@pytest.mark.parametrize("who", VIEWERS)
@often(100)
@given(body=calls())
def test_inputs_by_variables(world: World, who: str, body: dict[str, Any]) -> None:
    send(world, who, body)


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SOUND = (
    b'{"query":"query A($id: ID!) { node(id: $id) { id } }","operationName":"A","variables":{"id":"x"},"extensions":{}}'
)
CONTENT_TYPES = ["application/json", "application/json; charset=utf-8", "application/graphql-response+json"]
CONTENT_TYPES += ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain", ""]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A sound body with some of its bytes taken out, doubled or replaced."""
    body = bytearray(SOUND)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 20)))
        body[start:end] = draw(st.one_of(st.binary(max_size=8), st.just(bytes(body[start:end]) * 2)))
    return bytes(body)


PARTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(JSON, st.just("{ me { id } }"))
        for name in ("query", "operationName", "variables", "extensions")
    },
)
BODIES = st.one_of(
    broken(),
    st.binary(max_size=200),
    PARTS.map(lambda parts: json.dumps(parts).encode()),
    JSON.map(lambda value: json.dumps(value).encode()),
)


@pytest.mark.row(11)
@often(200)
@given(body=BODIES, content_type=st.one_of(*[st.just("application/json")] * 4, st.sampled_from(CONTENT_TYPES)))
def test_bodies(world: World, body: bytes, content_type: str) -> None:
    count(check(world, "alice", world.send("alice", body, content_type)))
