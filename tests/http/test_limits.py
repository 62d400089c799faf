"""What a document may ask for: the attacks themselves, sent as they would be."""

import pytest
from graphql import get_introspection_query

from schema.documents import parse_document
from schema.limits import Walk
from schema.schema import schema

TOO_COMPLEX = "QUERY_TOO_COMPLEX"


def spreads(levels):
    """Fragments that each spread the next one twice: 2^levels fields in a few hundred bytes."""
    bomb = " ".join(f"fragment F{level} on Query {{ ...F{level + 1} ...F{level + 1} }}" for level in range(levels))
    return f"{{ ...F0 }} {bomb} fragment F{levels} on Query {{ me {{ id }} }}"


def aliases(count, prefix="a"):
    return " ".join(f"{prefix}{place}: me {{ id }}" for place in range(count))


TOO_MUCH = {
    "own fields 12 deep": "{ conversation(id: 1) { " + "lastMessage { conversation { " * 6 + "id" + " }}" * 6 + "}}",
    "introspection beyond the standard query": "{ __schema { types { " + "ofType { " * 15 + "name" + " }" * 15 + "}}}",
    "introspection lists inside themselves": "{ __schema { types { fields { type { fields { type { fields { name }"
    " } } } } } } }",
    "100 aliases": f"{{ {aliases(100)} }}",
    "16 aliases through spreads": f"{{ ...A ...B }} fragment A on Query {{ {aliases(8)} }}"
    f" fragment B on Query {{ {aliases(8, 'b')} }}",
    "a fragment bomb of 22 levels": spreads(22),
    "a fragment bomb of 60 levels": spreads(60),
    "more than 1,000 tokens": "{ " + "__typename " * 1_001 + "}",
    "31 directives": "{ me " + "@include(if: true) " * 31 + "{ id } }",
    "1,000 inline fragments": "{ " + "... { __typename } " * 1_000 + "}",
    "100 conversations of 100 messages": "{ conversations(first: 100) { nodes"
    " { messages(first: 100) { nodes { id } } } } }",
}


@pytest.mark.row(1, 2, 3, 4, 6, 7)
@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
def test_a_document_that_asks_for_too_much_is_refused(alice, query):
    response = alice.post(query)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (200, TOO_COMPLEX)
    assert "data" not in response.json()


@pytest.mark.row(1, 2, 3, 4, 6, 7)
@pytest.mark.parametrize("query", TOO_MUCH.values(), ids=TOO_MUCH)
def test_it_is_a_400_for_clients_of_the_newer_media_type(alice, query):
    response = alice.post(query, HTTP_ACCEPT="application/graphql-response+json")
    assert response.status_code == 400


@pytest.mark.row(4)
def test_eleven_operations_and_fifty_one_variables_are_too_many(alice):
    eleven = " ".join(f"query Q{place} {{ me {{ id }} }}" for place in range(11))
    body = {"query": eleven, "operationName": "Q0"}
    answer = alice.client.post("/graphql", body, content_type="application/json").json()
    assert answer["errors"][0]["extensions"] == {"code": TOO_COMPLEX, "limit": 10}
    variables = " ".join(f"$v{place}: Int" for place in range(51))
    assert alice.refused(f"query({variables}) {{ me {{ id }} }}") == TOO_COMPLEX


@pytest.mark.row(7)
def test_the_cost_and_its_limit_are_told(alice):
    (error,) = alice.post(TOO_MUCH["100 conversations of 100 messages"]).json()["errors"]
    assert error["extensions"] == {"code": TOO_COMPLEX, "cost": 10_100, "limit": 5_000}


@pytest.mark.row(7)
def test_page_sizes_in_variables_are_counted_too(alice):
    query = "query($n: Int = 100) { conversations(first: $n) { nodes { messages(last: $n) { nodes { id } } } } }"
    assert alice.refused(query) == TOO_COMPLEX
    assert alice.refused(query, n=90) == TOO_COMPLEX
    assert alice.ask(query, n=20) == {"conversations": {"nodes": []}}


def test_what_front_ends_really_ask_is_allowed(alice):
    alice.ask(
        get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True, schema_description=True)
    )
    alice.ask(
        "{ conversations { edges { cursor node { id title unreadCount"
        " participants { edges { node { user { username } } } }"
        " lastMessage { body sender { username } replyTo { body sender { displayName } } } } } } }"
    )
    alice.ask(f"{{ {aliases(15)} }}")
    alice.ask("{ " + "__typename " * 100 + "}")


@pytest.mark.row(3)
def test_the_walk_looks_at_each_fragment_once(monkeypatch):
    looked_at = []
    real = Walk.selections
    monkeypatch.setattr(
        Walk, "selections", lambda self, node, parent: looked_at.append(node) or real(self, node, parent)
    )
    document = parse_document(spreads(60))
    Walk(schema._schema, document, document.operations[None], {}).total()
    assert len([node for node in looked_at if node]) == 63  # the operation, 61 fragments, and the fields of `me`


def test_a_fragment_that_spreads_itself_ends_in_validation(alice):
    assert alice.refused("{ ...A } fragment A on Query { ...A me { id } }") == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.row(8)
def test_half_a_page_too_much_is_wrong_input_and_not_too_complex(alice):
    for size in ("1000000", "-1", "2147483648"):
        assert alice.refused(f"{{ users(first: {size}) {{ nodes {{ id }} }} }}") == "BAD_USER_INPUT"
