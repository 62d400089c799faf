"""Rows 1 to 10 and 18: documents that ask for too much, for nonsense, or for what is not told."""

import json
from typing import Any

import pytest
from graphql import get_introspection_query

from schema.documents import parse_document
from schema.limits import Walk
from schema.schema import schema
from tests.conftest import Door
from tests.security.answers import assert_refused

TOO_COMPLEX = "QUERY_TOO_COMPLEX"

pytestmark = pytest.mark.django_db


def nested(levels: int, below: str = "id") -> str:
    """So many fields of our own inside one another, each with fields of its own."""
    names = ["conversation" if place % 2 else "lastMessage" for place in range(levels - 1)]
    return '{ conversation(id: "x") { ' + " { ".join([*names, below]) + " }" * (levels + 1)


def spreads(levels: int, last: str = "me { id }") -> str:
    """Fragments that each spread the next one twice."""
    bomb = " ".join(f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} }}" for level in range(levels))
    return f"{{ ...F0 }} {bomb} fragment F{levels} on Query {{ {last} }}"


def aliases(count: int, prefix: str = "a", name: str = "me { id }") -> str:
    return " ".join(f"{prefix}{place}: {name}" for place in range(count))


# ── 1: depth ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(1)
@pytest.mark.parametrize("levels", [11, 12, 40])
def test_own_fields_nested_deeper_than_ten_are_refused(alice: Door, levels: int) -> None:
    assert_refused(alice, TOO_COMPLEX, nested(levels))


@pytest.mark.row(1)
def test_ten_are_not(alice: Door) -> None:
    assert alice.ask(nested(10)) == {"conversation": None}


@pytest.mark.row(1)
@pytest.mark.parametrize(
    "hidden",
    [
        "{{ ...A }} fragment A on Query {deep}",
        "{{ ... {{ ... on Query {deep} }} }}",
        "{{ ...A }} fragment A on Query {{ ...B }} fragment B on Query {{ ... @include(if: true) {deep} }}",
        "query Q {deep}",
    ],
)
def test_fragments_hide_no_level(alice: Door, hidden: str) -> None:
    assert_refused(alice, TOO_COMPLEX, hidden.format(deep=nested(12)))


def test_a_mutation_is_no_deeper(alice: Door) -> None:
    deep = nested(12).removeprefix('{ conversation(id: "x") ').removesuffix("}")
    query = f'mutation {{ leaveConversation(input: {{conversationId: "x"}}) {{ conversation {deep} }} }}'
    assert_refused(alice, TOO_COMPLEX, query)


INSIDE_THEMSELVES = {
    "fields": "types { fields { type { fields { type { fields { name } } } } } }",
    "args": "types { fields { args { type { fields { args { type { fields { args { name } } } } } } } } }",
    "possibleTypes": "types { possibleTypes { possibleTypes { possibleTypes { name } } } }",
    "inputFields": "types { inputFields { type { inputFields { type { inputFields { name } } } } } }",
    "interfaces": "types { interfaces { interfaces { interfaces { name } } } }",
    "fields by way of a fragment": "types { ...T } } } fragment T on __Type { fields { type { ...U } } }"
    " fragment U on __Type { fields { type { fields { name } } } }",
}


@pytest.mark.row(1)
@pytest.mark.parametrize("selection", INSIDE_THEMSELVES.values(), ids=INSIDE_THEMSELVES)
def test_introspection_lists_stand_once_inside_themselves(anyone: Door, selection: str) -> None:
    ending = "" if "fragment" in selection else " } }"
    assert_refused(anyone, TOO_COMPLEX, f"{{ __schema {{ {selection}{ending}")


@pytest.mark.row(1)
def test_introspection_is_as_deep_as_the_standard_query_and_no_deeper(anyone: Door) -> None:
    anyone.ask(get_introspection_query())
    assert_refused(anyone, TOO_COMPLEX, "{ __schema { types { " + "ofType { " * 14 + "name" + " }" * 17)


@pytest.mark.row(1)
def test_introspection_of_one_type_is_no_deeper(anyone: Door) -> None:
    assert_refused(anyone, TOO_COMPLEX, '{ __type(name: "User") { ' + "ofType { " * 15 + "name" + " }" * 17)


# ── 2: aliases ───────────────────────────────────────────────────────────────────────────────────────────────────────

MANY_ALIASES = {
    "plain": f"{{ {aliases(100)} }}",
    "through one spread": f"{{ ...A }} fragment A on Query {{ {aliases(100)} }}",
    "through inline fragments": "{ " + " ".join(f"... {{ a{place}: me {{ id }} }}" for place in range(100)) + " }",
    "through many spreads": f"{{ {' '.join(f'...F{place}' for place in range(20))} }} "
    + " ".join(f"fragment F{place} on Query {{ {aliases(1, f'a{place}x')} }}" for place in range(20)),
    "of a leaf": f"{{ me {{ {aliases(100, name='id')} }} }}",
    "of one object asked for ten times": "{ "
    + " ".join(f"me {{ {aliases(10, f'a{n}x', 'id')} }}" for n in range(10))
    + " }",
    "of one object deep inside": "{ conversations { nodes { "
    + " ".join(f"lastMessage {{ sender {{ {aliases(4, f'a{n}x', 'id')} }} }}" for n in range(4))
    + " } } }",
    "of one object by spreads": f"{{ me {{ ...A }} me {{ ...B }} }} fragment A on User {{ {aliases(8, 'a', 'id')} }}"
    f" fragment B on User {{ {aliases(8, 'b', 'id')} }}",
    "of a mutation": "mutation { " + aliases(100, name='leaveConversation(input: {conversationId: "x"}) { ok }') + " }",
}


@pytest.mark.row(2)
@pytest.mark.parametrize("query", MANY_ALIASES.values(), ids=MANY_ALIASES)
def test_a_field_has_at_most_fifteen_names_for_one_object(alice: Door, query: str) -> None:
    assert_refused(alice, TOO_COMPLEX, query)


@pytest.mark.row(2)
def test_an_object_asked_for_twenty_times_by_one_name_is_one(alice: Door) -> None:
    assert alice.ask("{ " + "me { a: id b: id } " * 20 + "}")["me"].keys() == {"a", "b"}


def test_circles_of_fragments_are_left_to_validation(alice: Door) -> None:
    circle = f"fragment A on Message {{ {aliases(15, name='replyTo { ...A }')} }}"
    assert_refused(alice, "GRAPHQL_VALIDATION_FAILED", f'{{ message(id: "x") {{ ...A }} }} {circle}')


# ── 3: the fragment bomb ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(3)
@pytest.mark.parametrize("levels", [22, 60])
def test_a_fragment_bomb_is_refused(alice: Door, levels: int) -> None:
    assert_refused(alice, TOO_COMPLEX, spreads(levels))


@pytest.mark.row(3)
def test_a_bomb_of_typenames_is_refused_too(alice: Door) -> None:
    assert_refused(alice, TOO_COMPLEX, spreads(60, "__typename"))


@pytest.mark.row(3)
@pytest.mark.parametrize("levels", [22, 60])
def test_the_walk_takes_a_step_for_each_fragment(monkeypatch: pytest.MonkeyPatch, levels: int) -> None:
    """The cause of its speed; benchmarks/fragment_bomb.py has the times."""
    steps: list[str] = []
    real = Walk.fragment
    monkeypatch.setattr(Walk, "fragment", lambda self, name: steps.append(name) or real(self, name))
    document = parse_document(spreads(levels))
    Walk(schema._schema, document, document.operations[None], {}).total()
    assert len(steps) == 1 + 2 * levels


# ── 4, 5, 6: length ──────────────────────────────────────────────────────────────────────────────────────────────────

TOO_LONG = {
    "tokens": "{ " + "__typename " * 999 + "}",
    "tokens that end in nonsense": "{ " + "__typename " * 1_000 + "} } )",
    "directives": "{ me { id " + "@include(if: true) " * 31 + "} }",
    "directives of one operation": "query " + "@a " * 31 + "{ me { id } }",
    "directives spread": "{ ...A ...A ...A ...A } fragment A on Query { me @skip(if: false) { "
    + "id @include(if: true) " * 8
    + "} }",
    "variables": f"query({' '.join(f'$v{place}: Int' for place in range(51))}) {{ me {{ id }} }}",
}


@pytest.mark.row(4)
@pytest.mark.parametrize("query", TOO_LONG.values(), ids=TOO_LONG)
def test_a_document_has_limits_in_length(alice: Door, query: str) -> None:
    assert_refused(alice, TOO_COMPLEX, query)


@pytest.mark.row(4)
def test_eleven_operations_are_too_many_whichever_is_run(alice: Door) -> None:
    eleven = " ".join(f"query Q{place} {{ me {{ id }} }}" for place in range(11))
    assert_refused(alice, TOO_COMPLEX, eleven, operationName="Q10")


DEEP = {
    "braces": "{" * 20_000,
    "braces of fields": "{me" * 20_000,
    "brackets": "{ node(id: " + "[" * 20_000,
    "objects": "{ node(id: " + "{a:" * 20_000,
    "types": "query($a: " + "[" * 20_000,
    "few enough to be parsed": "{ node(id: " + "[" * 450 + "]" * 450 + ") { id } }",
    "selections few enough to be parsed": "{ a " * 450 + "}" * 450,
}


@pytest.mark.row(5)
@pytest.mark.parametrize("query", DEEP.values(), ids=DEEP)
def test_a_document_nested_thousands_deep_is_refused(alice: Door, query: str) -> None:
    answer = alice.post(query).json()
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} <= {
        TOO_COMPLEX,
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
    }


@pytest.mark.row(5)
@pytest.mark.parametrize("place", ["variables", "extensions", "query", "anything"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_nested_thousands_deep_is_a_bad_request(alice: Door, place: str, opening: str, closing: str) -> None:
    deep = opening * 15_000 + "1" + closing * 15_000
    body = f'{{"query":"{{ me {{ id }} }}","{place}":{deep}}}'
    response = alice.client.post("/graphql", body, content_type="application/json")
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.row(6)
def test_a_hundred_typenames_are_one(alice: Door) -> None:
    assert alice.ask("{ " + "__typename " * 100 + "}") == {"__typename": "Query"}


@pytest.mark.row(6)
def test_five_hundred_typenames_are_not_compared_with_one_another(alice: Door) -> None:
    assert_refused(alice, "GRAPHQL_VALIDATION_FAILED", "{ " + "__typename " * 500 + "}")


@pytest.mark.row(6)
@pytest.mark.parametrize("fragment", ["... { __typename } ", "... on Query { __typename } ", "... { me { id } } "])
def test_a_thousand_inline_fragments_are_refused(alice: Door, fragment: str) -> None:
    assert_refused(alice, TOO_COMPLEX, "{ " + fragment * 1_000 + "}")


# ── 7, 8: pages ──────────────────────────────────────────────────────────────────────────────────────────────────────

TOO_DEAR = {
    "100 conversations of 100 messages": "{ conversations(first: 100) { nodes {"
    " messages(first: 100) { nodes { id } } } } }",
    "by edges": "{ conversations(last: 100) { edges { node { messages(last: 50) { edges { node { id } } } } } } }",
    "by default sizes": "{ conversations { nodes { messages { nodes { readBy { nodes { id } } } } } } }",
    "by fragments": "{ conversations(first: 100) { nodes { ...A } } }"
    " fragment A on Conversation { messages(first: 100) { nodes { id } } }",
    "side by side": "{ "
    + " ".join(
        f"a{n}: conversations(first: 20) {{ nodes {{ messages(first: 20) {{ nodes {{ id }} }} }} }}" for n in range(13)
    )
    + " }",
    "by node": '{ node(id: "x") { ... on Conversation { messages(first: 100) { nodes {'
    " readBy(first: 100) { nodes { id } } } } } } }",
}


@pytest.mark.row(7)
@pytest.mark.parametrize("query", TOO_DEAR.values(), ids=TOO_DEAR)
def test_the_objects_of_all_pages_are_counted_together(alice: Door, query: str) -> None:
    extensions = assert_refused(alice, TOO_COMPLEX, query)["extensions"]
    assert extensions["cost"] > extensions["limit"] == 5_000


SIZES = [
    "first: 1000000",
    "first: -1",
    "first: 2147483648",
    "first: -2147483649",
    "first: 101",
    "last: 101",
    "last: -1",
]
SIZES += ["first: 1, last: 1", "first: 0, last: 0"]
LISTS = [
    "users({}) {{ nodes {{ id }} }}",
    "conversations({}) {{ edges {{ cursor }} }}",
    "messages({}) {{ totalCount }}",
]
LISTS += ['conversation(id: "x") {{ messages({}) {{ nodes {{ id }} }} }}']


@pytest.mark.row(8)
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("listed", LISTS)
def test_a_page_size_that_makes_no_sense_is_wrong_input(alice: Door, listed: str, sizes: str) -> None:
    assert_refused(alice, "BAD_USER_INPUT", f"{{ {listed.format(sizes)} }}")


@pytest.mark.row(8)
@pytest.mark.parametrize("size", [1_000_000, -1, 2_147_483_648, -(2**40), 10**30, 101, 1.5, "1", True, [1]])
def test_by_a_variable_it_is_too(alice: Door, size: Any) -> None:
    assert_refused(alice, "BAD_USER_INPUT", "query($n: Int) { users(first: $n) { totalCount } }", {"n": size})


@pytest.mark.row(8)
def test_both_by_variables_are_too(alice: Door) -> None:
    query = "query($n: Int, $m: Int = 1) { users(first: $n, last: $m) { totalCount } }"
    assert assert_refused(alice, "BAD_USER_INPUT", query, {"n": 1})["extensions"]["field"] == "last"


@pytest.mark.row(7)
def test_a_thousand_events_are_a_thousand_objects(alice: Door) -> None:
    cursor = alice.ask("{ eventCursor }")["eventCursor"]
    events = f'events(after: "{cursor}", first: 1000) {{ events {{ __typename }} }}'
    alice.ask(f"{{ {aliases(5, name=events)} }}")
    assert assert_refused(alice, TOO_COMPLEX, f"{{ {aliases(6, name=events)} }}")["extensions"]["cost"] == 6_000


@pytest.mark.row(7, 8)
@pytest.mark.parametrize("size", [-1_000_000, -1, 0, 1_001, 1_000_000])
def test_no_number_of_events_makes_anything_cheaper(alice: Door, size: int) -> None:
    events = f'events(after: "x", first: {size}) {{ events {{ __typename }} }}'
    dear = "conversations(first: 100) { nodes { messages(first: 100) { nodes { id } } } }"
    assert_refused(alice, TOO_COMPLEX, f"{{ {events} {dear} }}")
    assert alice.refused(f"{{ {events} }}") == "BAD_USER_INPUT"


# ── 9, 10: which operation ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(9)
@pytest.mark.parametrize("count", [1, 2, 500])
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
def test_a_batch_is_a_bad_request_and_nothing_of_it_is_done(alice: Door, count: int, accept: str) -> None:
    one = {"query": 'mutation { createConversation(input: {title: "x", participantIds: []}) { errors { code } } }'}
    response = alice.client.post(
        "/graphql",
        json.dumps([one] * count),
        content_type="application/json",
        headers={"Accept": accept, "Authorization": f"Bearer {alice.token}"},
    )
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert alice.ask("{ conversations { totalCount } }")["conversations"]["totalCount"] == 0


@pytest.mark.row(10)
@pytest.mark.parametrize("name", [None, "", "C"])
def test_of_two_operations_none_is_run_unless_it_is_named(alice: Door, name: str | None) -> None:
    two = "query A { me { id } } query B { me { username } }"
    assert_refused(alice, "OPERATION_RESOLUTION_FAILURE", two, operationName=name)


# ── 18: introspection ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(18)
@pytest.mark.parametrize(
    "query",
    ["{ __schema { queryType { name } } }", '{ __type(name: "User") { name } }', "{ x: __schema { types { name } } }"],
)
def test_where_introspection_is_off_it_is_refused(anyone: Door, settings: Any, query: str) -> None:
    settings.INTROSPECTION = False
    assert_refused(anyone, "GRAPHQL_VALIDATION_FAILED", f"{query} # off")


MISSPELT = {
    "a field": "{ user { id } uesrs { totalCount } }",
    "a field of an object": "{ me { usrname } }",
    "an argument": "{ users(frist: 1) { totalCount } }",
    "a type": "query($a: Usr) { me { id } }",
    "a fragment's type": "{ ... on Qury { me { id } } }",
    "a directive": "{ me @includ(if: true) { id } }",
    "an input's field": 'mutation { tokenAuth(input: {usrname: "a", password: "b"}) { token } }',
    "a value of an enum": "mutation {"
    ' changeRole(input: {conversationId: "x", userId: "x", role: ONWER}) { errors { code } } }',
    "a subselection": "{ me { id { username } } }",
    "an operation": "query A { me { id } } query AB { me { id } }",
}


@pytest.mark.row(18)
@pytest.mark.parametrize("query", MISSPELT.values(), ids=MISSPELT)
def test_then_nothing_is_suggested(anyone: Door, settings: Any, query: str) -> None:
    settings.INTROSPECTION = False
    text = anyone.post(f"{query} # off").content.decode()
    assert '"errors"' in text
    assert "Did you mean" not in text


@pytest.mark.row(18)
@pytest.mark.parametrize(
    "given",
    [{"conversationId": "x", "userId": "x", "role": "ONWER"}, {"conversationId": "x", "userId": "x", "rolle": "OWNER"}],
)
def test_nor_for_variables(alice: Door, settings: Any, given: dict[str, str]) -> None:
    settings.INTROSPECTION = False
    query = "mutation($input: ChangeRoleInput!) { changeRole(input: $input) { errors { code } } } # off"
    assert "Did you mean" not in assert_refused(alice, "BAD_USER_INPUT", query, {"input": given})["message"]
