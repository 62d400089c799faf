"""Rows 22 to 31: what one finds out about others, and what one may say of oneself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from accounts.models import Session, User
from messaging.models import Attachment, Conversation, Message, Participant
from schema.schema import schema
from tests.accounts.test_node import MALFORMED
from tests.conftest import Door, enter, join
from tests.messaging.operations import done, gather, gid, global_id, look_at, say, talk
from tests.operations import TOKEN_AUTH
from tests.security.answers import assert_refused

pytestmark = pytest.mark.django_db
KINDS: dict[str, type] = {
    "Conversation": Conversation,
    "Message": Message,
    "Participant": Participant,
    "Session": Session,
}
MUTATIONS = schema._schema.mutation_type.fields
QUERIES = schema._schema.query_type.fields


@pytest.fixture
def dora(db: None) -> Door:
    return enter(join("dora"))


# ── 22: ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def input_of(mutation: str) -> GraphQLInputObjectType | None:
    argument = MUTATIONS[mutation].args.get("input")
    return get_named_type(argument.type) if argument else None


def is_id(field: GraphQLInputField | GraphQLArgument) -> bool:
    return get_named_type(field.type).name == "ID"


def is_list(field: GraphQLInputField | GraphQLArgument) -> bool:
    kind = field.type.of_type if is_non_null_type(field.type) else field.type
    return bool(is_list_type(kind))


ID_FIELDS = [
    (mutation, name)
    for mutation in MUTATIONS
    for name, field in getattr(input_of(mutation), "fields", {}).items()
    if is_id(field)
]


ID_ARGUMENTS = [
    (query, name)
    for query, field in QUERIES.items()
    for name, argument in field.args.items()
    if is_id(argument) and query != "events"  # which finds nothing in a list: tests/messaging
]


def uploaded(door: Door) -> Attachment:
    """A file that is not sent yet."""
    file = {"file": "a.txt", "filename": "a.txt", "content_type": "text/plain", "size": 1}
    return Attachment.objects.create(uploader=door.person, **file)


@pytest.fixture
def own(alice: Door, bob: Door) -> dict[str, str]:
    """What an id in an input may name, by the name of the field: all of it alice's own."""
    group = gather(alice, bob)
    message = say(alice, group)
    return {
        "conversationId": group,
        "messageId": message,
        "replyToId": message,
        "upToMessageId": message,
        "userId": gid(bob),
        "userIds": gid(bob),
        "participantIds": gid(bob),
        "mentionIds": gid(bob),
        "attachmentIds": gid(uploaded(alice)),
        "sessionId": gid(Session.objects.filter(user=alice.person).latest("pk")),
        "id": group,
        "ids": group,
    }


@pytest.fixture
def wrong(bob: Door, dora: Door) -> list[str]:
    """Ids that name nothing for alice: what is bob's and dora's, what never was, and what is no id."""
    group = gather(bob, dora, title="canary")
    say(dora, group, "canary")
    say(bob, talk(bob, dora), "canary")
    secret = Conversation.objects.exclude(participants__user__username="alice")
    theirs = [gid(row) for model in (Message, Participant) for row in model.objects.filter(conversation__in=secret)]
    theirs += [gid(row) for row in (*secret, uploaded(bob), *Session.objects.exclude(user__username="alice"))]
    missing = [global_id(kind, key) for kind in (*KINDS, "User") for key in (0, 2**62)]
    return [*theirs, *missing, *MALFORMED]


def smallest(kind: Any) -> Any:
    """A value that fits."""
    if is_non_null_type(kind):
        return smallest(kind.of_type)
    if is_list_type(kind):
        return []
    if is_enum_type(kind):
        return next(iter(kind.values))
    return {"Int": 1, "Boolean": True, "DateTime": "2026-01-31T12:00:00Z"}.get(kind.name, "x")


def filled(mutation: str, own: dict[str, str], field: str, value: str) -> dict[str, Any]:
    """The input of a mutation with alice's own ids, and this value in this field."""
    given: dict[str, Any] = {}
    for name, declared in input_of(mutation).fields.items():
        if name == field or is_id(declared):
            one = value if name == field else own[name]
            given[name] = [one] if is_list(declared) else one
        elif is_required_input_field(declared):
            given[name] = smallest(declared.type)
    return given


def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in KINDS.values()]


@pytest.mark.row(22)
@pytest.mark.parametrize(("mutation", "field"), ID_FIELDS)
def test_whatever_is_wrong_with_an_id_in_an_input_it_is_not_found(
    alice: Door, own: dict[str, str], wrong: list[str], mutation: str, field: str
) -> None:
    """A stranger's, of another type, missing, malformed: the same bytes, and nothing is done."""
    kind = input_of(mutation).name
    query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ errors {{ code message field }} }} }}"
    before = state()
    (answer,) = {alice.post(query, {"input": filled(mutation, own, field, one)}).content for one in wrong}
    (error,) = json.loads(answer)["data"][mutation]["errors"]
    assert (error["code"], error["field"].removesuffix(".0")) == ("NOT_FOUND", field)
    assert state() == before


@pytest.mark.row(22)
@pytest.mark.parametrize(("query", "argument"), ID_ARGUMENTS)
def test_whatever_is_wrong_with_an_id_in_a_query_nothing_is_found(
    alice: Door, own: dict[str, str], wrong: list[str], query: str, argument: str
) -> None:
    declared = QUERIES[query].args[argument]
    kind = "[ID!]!" if is_list(declared) else "ID!"
    document = f"query($id: {kind}) {{ {query}({argument}: $id) {{ __typename }} }}"
    (answer,) = {alice.post(document, {"id": [one] if is_list(declared) else one}).content for one in wrong}
    assert json.loads(answer) == {"data": {query: [None] if is_list(declared) else None}}


def test_the_walk_meets_every_kind_of_id() -> None:
    assert {"conversationId", "messageId", "userId", "sessionId", "replyToId"} <= {field for _, field in ID_FIELDS}
    assert {query for query, _ in ID_ARGUMENTS} >= {"node", "nodes", "user", "conversation", "message"}


# ── 24: what is private ──────────────────────────────────────────────────────────────────────────────────────────────

PRIVATE = {"email", "phoneNumber", "isEmailVerified", "sessions", "unreadCount"}
CANARIES = ("canary@example.com", "+12125552368", "canary device")


def everything(kind: GraphQLObjectType, depth: int) -> str:
    """A selection of all fields of a type that need no arguments, and of theirs."""
    chosen = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(below):
            chosen.append(name)
        elif depth and isinstance(below, GraphQLObjectType):
            sizes = "(first: 2)" if "first" in field.args else ""
            chosen.append(f"{name}{sizes} {{ {everything(below, depth - 1)} }}")
    return " ".join(chosen)


def documents(own: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Everything that can be reached from each object, some levels deep."""
    for kind, one in {
        "Conversation": own["conversationId"],
        "Message": own["messageId"],
        "User": own["userId"],
    }.items():
        for name, field in schema._schema.type_map[kind].fields.items():
            below = get_named_type(field.type)
            if isinstance(below, GraphQLObjectType):
                sizes = "(first: 2)" if "first" in field.args else ""
                yield one, f"... on {kind} {{ {name}{sizes} {{ {everything(below, 2)} }} }}"


@pytest.mark.row(24)
def test_by_no_path_are_address_phone_and_devices_of_somebody_else_seen(
    alice: Door, bob: Door, own: dict[str, str], settings: Any
) -> None:
    """Bob walks from all that he shares with alice to her."""
    settings.GRAPHQL_LIMITS = dict.fromkeys(settings.GRAPHQL_LIMITS, 100_000)
    User.objects.filter(pk=alice.person.pk).update(email=CANARIES[0], phone_number=CANARIES[1])
    Session.objects.filter(user=alice.person).update(device=CANARIES[2])
    done(alice, "editMessage", messageId=own["messageId"], body="edited")
    met = ""
    for one, selection in documents({**own, "userId": gid(alice)}):
        response = bob.post(f"query($id: ID!) {{ node(id: $id) {{ {selection} }} }}", {"id": one})
        text = response.content.decode()
        assert "errors" not in response.json(), (selection, text)
        met += text
    assert '"username":"alice"' in met
    assert '"email":"bob@example.com"' in met
    assert not [canary for canary in CANARIES if canary in met]


@pytest.mark.row(24)
def test_private_fields_of_a_person_are_null_for_anybody_else(alice: Door, bob: Door) -> None:
    kind = schema._schema.type_map["User"]
    for name in PRIVATE & kind.fields.keys():
        below = "" if is_leaf_type(get_named_type(kind.fields[name].type)) else "{ __typename }"
        query = f"query($id: ID!) {{ user(id: $id) {{ {name} {below} }} }}"
        assert bob.ask(query, id=gid(alice))["user"] == {name: None}


# ── 25: fields that nobody sets ──────────────────────────────────────────────────────────────────────────────────────

NOT_FOR_CLIENTS = (
    "isStaff",
    "isSuperuser",
    "isActive",
    "senderId",
    "sequence",
    "createdAt",
    "id",
    "role2",
    "__proto__",
)
MUTATIONS_WITH_INPUT = [mutation for mutation in MUTATIONS if input_of(mutation)]


@pytest.mark.row(25)
@pytest.mark.parametrize("mutation", MUTATIONS_WITH_INPUT)
def test_no_input_takes_a_field_that_it_does_not_declare(alice: Door, own: dict[str, str], mutation: str) -> None:
    kind = input_of(mutation)
    required = {name: smallest(field.type) for name, field in kind.fields.items() if is_required_input_field(field)}
    before = state()
    for name in NOT_FOR_CLIENTS:
        assert name not in kind.fields
        written = ", ".join(
            f"{key}: {value if is_role(kind, key) else json.dumps(value)}" for key, value in required.items()
        )
        literal = (
            f"mutation {{ {mutation}(input: {{{written}{', ' if written else ''}{name}: true}}) {{ __typename }} }}"
        )
        assert_refused(alice, "GRAPHQL_VALIDATION_FAILED", literal)
        by_variable = f"mutation($input: {kind.name}!) {{ {mutation}(input: $input) {{ __typename }} }}"
        assert_refused(alice, "BAD_USER_INPUT", by_variable, {"input": {**required, name: True}})
    assert state() == before


def is_role(kind: GraphQLInputObjectType, name: str) -> bool:
    return bool(is_enum_type(get_named_type(kind.fields[name].type)))


# ── 27: log-ins by alias ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(27)
def test_a_hundred_log_ins_in_one_document_run_no_hasher(anyone: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    join("dora")
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, word, salt: hashed.append(word) or encode(self, word, salt)
    )
    guesses = [f'a{n}: tokenAuth(input: {{username: "dora", password: "{n}"}}) {{ token }}' for n in range(100)]
    assert_refused(anyone, "QUERY_TOO_COMPLEX", f"mutation {{ {' '.join(guesses)} }}")
    assert hashed == []


@pytest.mark.row(27)
def test_fifteen_are_counted_one_by_one_and_none_is_tried(anyone: Door, settings: Any) -> None:
    settings.RATE_LIMITS = "sign_in=10/5m"
    guesses = [f'a{n}: tokenAuth(input: {{username: "dora", password: "{n}"}}) {{ token }}' for n in range(15)]
    response = anyone.post(f"mutation {{ {' '.join(guesses)} }}")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (429, "RATE_LIMITED")
    assert response.json()["errors"][0]["extensions"]["retryAfter"] > 0


# ── 30, 31: strange texts ────────────────────────────────────────────────────────────────────────────────────────────

STRANGE = {
    "wildcards": "%_'",
    "SQL": "' OR 1=1 --",
    "backslash": "\\' \\",
    "bidirectional": "\u202eevil\u202c",
    "control characters": "a\x01\x1b[31mb\x7f",
    "line breaks": "a\r\nb\u2028c",
    "quotes": "\"';`",
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "joined": "👩‍👩‍👧",
    "markup": "<img src=x onerror=alert(1)>",
}


@pytest.mark.row(30, 31)
@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_body_is_stored_and_shown_as_it_was_written(alice: Door, bob: Door, text: str) -> None:
    message = say(alice, talk(alice, bob), text)
    assert Message.objects.get().body == text
    assert look_at(bob, message)["body"] == text
    assert bob.post(f'{{ node(id: "{message}") {{ ... on Message {{ body }} }} }}')["Content-Type"].startswith(
        "application/json"
    )


SEARCHES = {
    "users": "query($t: String!) { users(filters: {search: $t}) { nodes { username } totalCount } }",
    "conversations": "query($t: String!) { conversations(filters: {search: $t}) { nodes { title } totalCount } }",
}


@pytest.mark.row(30)
@pytest.mark.parametrize("query", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_a_search_for_strange_text_finds_nothing_by_accident(alice: Door, bob: Door, query: str, text: str) -> None:
    gather(alice, bob, title="weekend")
    ((_, page),) = alice.ask(query, t=text).items()
    assert page == {"nodes": [], "totalCount": 0}


@pytest.mark.row(30)
@pytest.mark.parametrize("query", SEARCHES.values(), ids=SEARCHES)
def test_a_search_of_ten_kilobytes_is_wrong_input(alice: Door, query: str) -> None:
    assert alice.refused(query, t="a" * 10_000) == "BAD_USER_INPUT"


@pytest.mark.row(30)
@pytest.mark.parametrize("query", SEARCHES.values(), ids=SEARCHES)
def test_a_search_for_nul_is_a_bad_request(alice: Door, query: str) -> None:
    response = alice.post(query, {"t": "a\0b"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.row(30)
@pytest.mark.parametrize("name", [*STRANGE.values(), "d" * 10_000, "dora\u200b", "dоra"])  # the last: a Cyrillic o
def test_a_strange_name_names_nobody(alice: Door, name: str) -> None:
    join("dora")
    assert alice.ask("query($n: String!) { user(username: $n) { id } }", n=name)["user"] is None
    payload = alice.ask(TOKEN_AUTH, input={"username": name, "password": "wrong"})["tokenAuth"]
    assert [error["code"] for error in payload["errors"]] == ["INVALID_CREDENTIALS"]


@pytest.mark.row(31)
def test_the_admin_shows_markup_as_text(alice: Door, bob: Door) -> None:
    markup = "<img src=x onerror=alert(1)>"
    group = gather(alice, bob, title=markup)
    say(alice, group, markup)
    User.objects.filter(pk=alice.person.pk).update(first_name=markup, bio=markup, is_staff=True, is_superuser=True)
    Session.objects.filter(user=alice.person).update(device=markup)
    alice.client.force_login(alice.person)
    rows = [alice.person, Conversation.objects.get(), Message.objects.get(), *Session.objects.all()]
    shown = ""
    for row in rows:
        place = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
        for path in (place, f"{place}?q=img", f"{place}{row.pk}/change/"):
            response = alice.client.get(path)
            shown += response.content.decode() if response.status_code == 200 else ""
    assert "&lt;img" in shown
    assert "<img src=x" not in shown
