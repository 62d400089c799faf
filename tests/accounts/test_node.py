"""node and nodes: whatever the viewer may see, by its id; everything else is null, and all nulls look alike."""

import base64

import jwt
import pytest

from accounts.models import User
from tests.conftest import join

NODE = """query($id: ID!) { node(id: $id) {
  __typename id ... on User { username email phoneNumber } ... on Conversation { title } ... on Message { body }
} }"""
NODES = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


def global_id(name: str, key: object) -> str:
    return base64.b64encode(f"{name}:{key}".encode()).decode()


@pytest.fixture
def conversation(alice, bob) -> dict[str, str]:
    """The ids of alice's and bob's conversation and of what is in it."""
    start = "mutation($id: ID!) { startDirectConversation(input: {userId: $id}) { conversation { id } } }"
    send = 'mutation($id: ID!) { sendMessage(input: {conversationId: $id, body: "canary"}) { message { id } } }'
    inside = "query($id: ID!) { conversation(id: $id) { viewerParticipant { id } } }"
    started = alice.ask(start, id=global_id("User", bob.person.pk))["startDirectConversation"]["conversation"]["id"]
    return {
        "Conversation": started,
        "Message": alice.ask(send, id=started)["sendMessage"]["message"]["id"],
        "Participant": alice.ask(inside, id=started)["conversation"]["viewerParticipant"]["id"],
    }


def test_a_person_is_found_by_id(alice, bob):
    node = alice.ask(NODE, id=global_id("User", bob.person.pk))["node"]
    assert node["username"] == "bob"
    assert node["email"] is node["phoneNumber"] is None


@pytest.mark.parametrize("kind", ["Conversation", "Message", "Participant"])
def test_a_participant_finds_what_is_in_the_conversation(alice, bob, conversation, kind):
    for door in (alice, bob):
        assert door.ask(NODE, id=conversation[kind])["node"]["__typename"] == kind


@pytest.mark.row(22, 23)
@pytest.mark.parametrize("kind", ["Conversation", "Message", "Participant"])
def test_to_a_stranger_it_does_not_exist(charlie, conversation, kind):
    missing = charlie.post(NODE, {"id": global_id(kind, 2**62)}).content
    assert charlie.post(NODE, {"id": conversation[kind]}).content == missing == b'{"data":{"node":null}}'


@pytest.mark.row(23)
@pytest.mark.parametrize("kind", ["Conversation", "Message", "Participant"])
def test_to_staff_it_does_not_exist_either(charlie, conversation, kind):
    User.objects.filter(pk=charlie.person.pk).update(is_staff=True, is_superuser=True)
    assert charlie.ask(NODE, id=conversation[kind])["node"] is None


@pytest.mark.row(22)
@pytest.mark.parametrize("field", ["conversation", "message"])
@pytest.mark.parametrize("kind", ["Conversation", "Message", "Participant", "User"])
def test_a_field_of_one_type_finds_nothing_of_another(alice, conversation, field, kind):
    ids = {**conversation, "User": global_id("User", alice.person.pk)}
    found = alice.ask(f"query($id: ID!) {{ {field}(id: $id) {{ __typename }} }}", id=ids[kind])[field]
    assert found == ({"__typename": kind} if kind.lower() == field else None)


MALFORMED = [
    "",
    "1",
    "garbage",
    "é",
    "User:1",
    "=" * 10_000,
    base64.b64encode(b"\xff\xfe:1").decode(),
    global_id("User", ""),
    global_id("User", "x"),
    global_id("User", "-1"),
    global_id("User", "+1"),
    global_id("User", " 1"),
    global_id("User", "1_0"),
    global_id("User", "1.0"),
    global_id("User", "1:1"),
    global_id("User", "١"),
    global_id("User", "²"),
    global_id("User", 2**63),
    global_id("User", 10**4_000),
    global_id("User", "1\0"),
    global_id("user", 1),
    global_id("", 1),
    global_id("RefreshToken", 1),
    global_id("Permission", 1),
    global_id("accounts.User", 1),
    global_id("User' OR 1=1 --", 1),
]


@pytest.mark.row(22)
@pytest.mark.parametrize("bad_id", MALFORMED, ids=[one[:30] for one in MALFORMED])
def test_a_malformed_id_finds_nothing_and_nobody_is_told_why(alice, bad_id):
    assert alice.post(NODE, {"id": bad_id}).content == b'{"data":{"node":null}}'


def test_an_id_may_be_a_number_and_finds_nothing(alice):
    assert alice.ask(NODE, id=1)["node"] is None


def test_ones_own_session_never_breaks_the_server(alice):
    sid = jwt.decode(alice.token, options={"verify_signature": False})["sid"]
    answer = alice.post(NODE, {"id": global_id("Session", sid)}).json()
    assert "errors" not in answer


@pytest.mark.row(22, 24)
def test_the_session_of_another_does_not_exist(alice, charlie):
    sid = jwt.decode(alice.token, options={"verify_signature": False})["sid"]
    assert charlie.ask(NODE, id=global_id("Session", sid))["node"] is None


def test_nodes_come_in_the_order_that_was_asked_for_and_null_for_what_is_not_there(alice, bob, conversation):
    ids = [conversation["Message"], "garbage", global_id("User", bob.person.pk), global_id("User", 2**62)]
    found = alice.ask(NODES, ids=[*ids, ids[0]])["nodes"]
    assert [node and node["__typename"] for node in found] == ["Message", None, "User", None, "Message"]


@pytest.mark.row(23)
def test_nodes_as_a_stranger_are_all_null(charlie, conversation):
    assert charlie.ask(NODES, ids=list(conversation.values()))["nodes"] == [None, None, None]


def test_no_ids_are_no_nodes(alice):
    assert alice.ask(NODES, ids=[])["nodes"] == []


def test_a_hundred_ids_are_fine_and_one_more_is_refused(alice):
    people = [join(f"u{i:03}") for i in range(2)]
    ids = [global_id("User", people[i % 2].pk) for i in range(101)]
    assert len(alice.ask(NODES, ids=ids[:100])["nodes"]) == 100
    assert alice.refused(NODES, ids=ids) == "BAD_USER_INPUT"


@pytest.mark.parametrize("query", ['{ node(id: "x") { id } }', '{ nodes(ids: ["x"]) { id } }'])
def test_nobody_asks_for_nodes_without_signing_in(anyone, query):
    assert anyone.refused(query) == "UNAUTHENTICATED"
