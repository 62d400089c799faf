"""Every path to every private thing, walked by those who may not see it: a stranger, who was removed, staff.

Each gets nothing, never FORBIDDEN, and the same bytes as for an id that nothing has.
"""

import json

import pytest

from accounts.models import Session, User
from messaging.models import Conversation, Message, Participant
from tests.conftest import PASSWORD
from tests.messaging.operations import document, done, gather, gid, global_id, say, talk

CANARY = "canary"
KINDS = ["Conversation", "Message", "Participant", "Session"]
WHOLE = """__typename
  ... on Conversation { title lastSequence participants { nodes { user { username } } } messages { nodes { body } }
    lastMessage { body } viewerParticipant { role } createdBy { username } }
  ... on Message { body sequence sender { username } conversation { title } replyTo { body } replies { nodes { body } }
    readBy { nodes { username } } revisions { body } idempotencyKey }
  ... on Participant { role lastReadSequence user { username } conversation { title } }
  ... on Session { device ipAddress }"""


@pytest.fixture
def secret(alice, bob) -> dict[str, str]:
    """A group of alice and bob with all that is private in it, by the name of its type; every text is a canary."""
    group = gather(alice, bob, title=f"{CANARY} title")
    question = say(alice, group, f"{CANARY} question")
    message = say(bob, group, f"{CANARY} answer", replyToId=question, idempotencyKey=f"{CANARY} key")
    done(bob, "editMessage", messageId=message, body=f"{CANARY} edited")
    Session.objects.filter(user=alice.person).update(device=f"{CANARY} device")
    return {
        "Conversation": group,
        "Message": message,
        "Participant": gid(Participant.objects.get(user=alice.person)),
        "Session": gid(Session.objects.filter(user=alice.person).latest("pk")),
        "question": question,
        "alice": gid(alice),
        "bob": gid(bob),
    }


@pytest.fixture(params=["a stranger", "who was removed", "who left", "staff", "who shares another conversation"])
def outsider(request, alice, charlie, dora, secret):
    """Somebody who may not see the group."""
    if request.param in ("who was removed", "who left"):
        done(alice, "addParticipants", conversationId=secret["Conversation"], userIds=[gid(charlie)])
        say(charlie, secret["Conversation"], f"{CANARY} of my own", idempotencyKey="mine")
    if request.param == "who was removed":
        done(alice, "removeParticipant", conversationId=secret["Conversation"], userId=gid(charlie))
    if request.param == "who left":
        done(charlie, "leaveConversation", conversationId=secret["Conversation"])
    if request.param == "staff":
        User.objects.filter(pk=charlie.person.pk).update(is_staff=True, is_superuser=True)
    if request.param == "who shares another conversation":
        say(alice, talk(alice, charlie), "in the open")
        say(alice, gather(alice, charlie, title="open"), "in the open")
    return charlie


def assert_nothing(answer) -> None:
    text = answer.content.decode()
    assert CANARY not in text
    assert "FORBIDDEN" not in text
    assert "INTERNAL" not in text


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(22, 23)
@pytest.mark.parametrize("kind", KINDS)
def test_by_node(outsider, secret, kind):
    query = f"query($id: ID!) {{ node(id: $id) {{ {WHOLE} }} }}"
    answer = outsider.post(query, {"id": secret[kind]})
    assert answer.content == outsider.post(query, {"id": global_id(kind, 2**62)}).content == b'{"data":{"node":null}}'


@pytest.mark.row(23)
def test_by_nodes_among_what_one_may_see(outsider, secret):
    ids = [*(secret[kind] for kind in KINDS), gid(outsider)]
    answer = outsider.post(f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ {WHOLE} }} }}", {"ids": ids})
    assert_nothing(answer)
    assert [node and node["__typename"] for node in answer.json()["data"]["nodes"]] == [None] * 4 + ["User"]


@pytest.mark.row(23)
@pytest.mark.parametrize(("field", "kind"), [("conversation", "Conversation"), ("message", "Message")])
def test_by_a_field_of_its_own(outsider, secret, field, kind):
    query = f"query($id: ID!) {{ {field}(id: $id) {{ __typename }} }}"
    nothing = json.dumps({"data": {field: None}}, separators=(",", ":")).encode()
    assert outsider.post(query, {"id": secret[kind]}).content == nothing


LISTS = {
    "conversations": "{ conversations(filters: {isArchived: null}) { totalCount nodes { title } } }",
    "conversations by search": '{ conversations(filters: {search: "canary"}) { totalCount nodes { title } } }',
    "conversations by people": """query($bob: ID!, $alice: ID!) {
      conversations(filters: {participantIds: [$bob, $alice]}) { totalCount nodes { title } } }""",
    "conversations by somebody's name": '{ conversations(filters: {search: "bob"}) { totalCount nodes { title } } }',
    "messages": "{ messages { totalCount nodes { body conversation { title } } } }",
    "messages by conversation": """query($Conversation: ID!) {
      messages(filters: {conversationId: $Conversation}) { totalCount nodes { body } } }""",
    "messages by sender": "query($bob: ID!) { messages(filters: {senderId: $bob}) { totalCount nodes { body } } }",
    "messages by participant": """query($bob: ID!) {
      messages(filters: {participantId: $bob}) { totalCount nodes { body } } }""",
    "unread messages": """query($Conversation: ID!) {
      messages(filters: {conversationId: $Conversation, unreadOnly: true}) { totalCount nodes { body } } }""",
    "my own messages": """query($me: ID!, $Conversation: ID!) {
      messages(filters: {senderId: $me, conversationId: $Conversation}) { totalCount nodes { body } } }""",
}


@pytest.mark.row(23)
@pytest.mark.parametrize("query", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("sizes", ["", "first: 1", "last: 1"])
def test_by_a_list(outsider, secret, query, sizes):
    head, rest = query.split("(filters: ", 1) if "(filters: " in query else (query, "")
    if sizes and rest:
        query = f"{head}({sizes}, filters: {rest}"
    answer = outsider.post(query, {**secret, "me": gid(outsider)})
    assert_nothing(answer)
    ((name, page),) = answer.json()["data"].items()
    shown = [node.get("title") or node.get("body") for node in page["nodes"]]
    assert all(text in ("open", "in the open") for text in shown if text), name
    assert page["totalCount"] >= len(shown)
    assert page["totalCount"] == 0 or "people" not in query


INSIDE = {
    "around": ("messages(around: $id) { nodes { body } }", "Message"),
    "filtered to another conversation": ("messages(filters: {conversationId: $id}) { nodes { body } }", "Conversation"),
    "filtered by a sender": ("messages(filters: {senderId: $id}) { nodes { body } }", "bob"),
    "filtered by a participant": ("messages(filters: {participantId: $id}) { nodes { body } }", "bob"),
}


@pytest.mark.row(23)
@pytest.mark.parametrize(("selection", "kind"), INSIDE.values(), ids=INSIDE)
def test_by_way_of_a_conversation_of_ones_own(outsider, secret, selection, kind):
    """One's own conversation is no door to others."""
    mine = gather(outsider, title="mine")
    say(outsider, mine, "my own words")
    query = f"query($mine: ID!, $id: ID!) {{ conversation(id: $mine) {{ {selection} }} }}"
    answer = outsider.post(query, {"mine": mine, "id": secret[kind]})
    assert_nothing(answer)
    assert answer.json()["data"]["conversation"]["messages"]["nodes"] == []


@pytest.mark.row(23, 24)
def test_by_way_of_a_person(outsider, secret):
    """People are public; what hangs on them is not, but for staff what hangs on an account."""
    query = "query($alice: ID!) { user(id: $alice) { username unreadCount sessions { device } email } }"
    found = outsider.post(query, {"alice": secret["alice"]}).json()["data"]["user"]
    is_staff = User.objects.get(pk=outsider.person.pk).is_staff
    assert found["username"] == "alice"
    assert (found["email"] is None, found["sessions"] is None, found["unreadCount"] is None) == (not is_staff,) * 3


@pytest.mark.row(23)
def test_what_is_unread_elsewhere_does_not_count(outsider, bob, secret):
    before = outsider.ask("{ me { unreadCount } }")
    say(bob, secret["Conversation"], "more")
    assert outsider.ask("{ me { unreadCount } }") == before


# ── doing ────────────────────────────────────────────────────────────────────────────────────────────────────────────

INPUTS = {
    "updateConversation": ("conversationId", {"conversationId": "Conversation", "title": "x"}),
    "deleteConversation": ("conversationId", {"conversationId": "Conversation"}),
    "addParticipants": ("conversationId", {"conversationId": "Conversation", "userIds": ["me"]}),
    "removeParticipant": ("conversationId", {"conversationId": "Conversation", "userId": "bob"}),
    "changeRole": ("conversationId", {"conversationId": "Conversation", "userId": "bob", "role": "OWNER"}),
    "leaveConversation": ("conversationId", {"conversationId": "Conversation"}),
    "updateParticipation": ("conversationId", {"conversationId": "Conversation", "isPinned": True}),
    "markRead": ("conversationId", {"conversationId": "Conversation", "upToMessageId": "Message"}),
    "sendMessage": ("conversationId", {"conversationId": "Conversation", "body": "x", "replyToId": "Message"}),
    "sendMessage with a key of one's own": (
        "conversationId",
        {"conversationId": "Conversation", "body": f"{CANARY} of my own", "idempotencyKey": "mine"},
    ),
    "editMessage": ("messageId", {"messageId": "Message", "body": "x"}),
    "deleteMessage": ("messageId", {"messageId": "Message"}),
    "revokeSession": ("sessionId", {"sessionId": "Session"}),
    "markRead of one's own up to theirs": ("upToMessageId", {"conversationId": "mine", "upToMessageId": "Message"}),
    "sendMessage in reply": ("replyToId", {"conversationId": "mine", "body": "x", "replyToId": "Message"}),
    "a person's id is a message's": ("userId", {"conversationId": "mine", "userId": "Message"}),
}
ANSWERS = {
    "revokeSession": "revokedSessionIds",
    "deleteConversation": "ok id",
    "leaveConversation": "ok id",
    "updateParticipation": "participant { id }",
    "markRead": "participant { conversation { title } }",
    "sendMessage": "message { id body replyTo { body } }",
    "editMessage": "message { id body revisions { body } }",
    "deleteMessage": "message { id body }",
}


@pytest.mark.row(22)
@pytest.mark.parametrize("attempt", INPUTS)
def test_by_the_input_of_a_mutation(outsider, secret, attempt):
    verb = {"a person's id is a message's": "removeParticipant"}.get(attempt, attempt.split()[0])
    field, fields = INPUTS[attempt]
    names = {**secret, "me": gid(outsider), "mine": gather(outsider, title="mine")}
    before = state()
    query = document(verb, ANSWERS.get(verb, "conversation { title }"))
    missing = {**names, **{kind: global_id(kind, 2**62) for kind in KINDS}}
    answers = [outsider.post(query, {"input": filled(fields, known)}) for known in (names, missing)]
    assert answers[0].content == answers[1].content
    assert_nothing(answers[0])
    errors = answers[0].json()["data"][verb]["errors"]
    assert [(error["code"], error["field"]) for error in errors] == [("NOT_FOUND", field)]
    assert state() == before


def filled(fields: dict, names: dict) -> dict:
    """The same fields with the ids of what they name."""
    return {
        field: [names[one] for one in value] if isinstance(value, list) else names.get(value, value)
        for field, value in fields.items()
    }


def state() -> list:
    models = (Conversation, Participant, Message, Session)
    return [list(model.objects.order_by("pk").values()) for model in models]


# ── those who may ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_paths_show_it_to_who_takes_part(bob, secret):
    """So that the walks above are walks to something."""
    for kind in ("Conversation", "Message", "Participant"):
        answer = bob.post(f"query($id: ID!) {{ node(id: $id) {{ {WHOLE} }} }}", {"id": secret[kind]})
        assert CANARY in answer.content.decode(), kind
    for name, query in LISTS.items():
        answer = bob.post(query, {**secret, "me": gid(bob)}).content.decode()
        assert (CANARY in answer) == (name not in ("conversations by somebody's name", "unread messages")), name


def test_one_sees_ones_own_session(alice, secret):
    answer = alice.post(f"query($id: ID!) {{ node(id: $id) {{ {WHOLE} }} }}", {"id": secret["Session"]})
    assert CANARY in answer.content.decode()


def test_an_answer_is_gone_with_its_conversation(alice, bob, secret):
    done(alice, "deleteConversation", conversationId=secret["Conversation"])
    for kind in ("Conversation", "Message", "Participant"):
        assert bob.ask("query($id: ID!) { node(id: $id) { id } }", id=secret[kind])["node"] is None


def test_after_an_account_is_deleted_its_ids_name_nothing(alice, bob, secret):
    done(alice, "deleteAccount", password=PASSWORD)
    for kind in ("Participant", "Session", "alice"):
        assert bob.ask("query($id: ID!) { node(id: $id) { id } }", id=secret[kind])["node"] is None
