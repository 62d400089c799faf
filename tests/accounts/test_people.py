"""me and users: who is there, and what of them others see."""

import base64
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests.conftest import Door, join
from tests.operations import ME, USERS

PRIVATE = "email isEmailVerified phoneNumber"


def cursor_of(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def statements(door: Door, query: str, **variables) -> list[str]:
    """The SQL of one request; a transaction's beginning and end are not counted."""
    with CaptureQueriesContext(connection) as captured:
        door.ask(query, **variables)
    ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in captured if not query["sql"].startswith(ends)]


@pytest.fixture
def crowd(alice) -> list[str]:
    """Seven names in the order of the list; alice is the first."""
    names = ["Bea", "carl", "Cora", "dan", "Eve", "fred"]
    for name in reversed(names):
        join(name)
    return ["alice", *names]


def names_of(page: dict) -> list[str]:
    return [edge["node"]["username"] for edge in page["edges"]]


# ── me ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_me_is_null_when_nobody_is_signed_in(anyone):
    assert anyone.ask(ME) == {"me": None}


def test_me_is_who_is_signed_in(alice):
    assert alice.ask(ME)["me"]["username"] == "alice"


def test_me_takes_one_statement(alice):
    assert len(statements(alice, ME)) == 1


def test_i_see_my_own_private_fields(alice):
    me = alice.ask(f"{{ me {{ {PRIVATE} }} }}")["me"]
    assert me == {"email": "alice@example.com", "isEmailVerified": False, "phoneNumber": None}


@pytest.mark.row(31)
def test_markup_in_a_name_is_only_text(db, anyone):
    name = "<img src=x onerror=alert(1)>"
    User.objects.create_user("dora", "dora@example.com", "correct horse battery", first_name=name)
    token = anyone.ask(
        'mutation { tokenAuth(input: {username: "dora", password: "correct horse battery"}) { token } }'
    )["tokenAuth"]["token"]
    answer = Door(token=token).post("{ me { firstName } }")
    assert answer["Content-Type"].startswith("application/json")
    assert answer.json()["data"]["me"]["firstName"] == name


# ── users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_lists_people_without_signing_in(anyone):
    assert anyone.refused(USERS) == "UNAUTHENTICATED"


def test_people_are_listed_by_username_without_regard_to_case(alice, crowd):
    page = alice.ask(USERS)["users"]
    assert names_of(page) == [node["username"] for node in page["nodes"]] == crowd
    assert page["totalCount"] == 7
    assert not page["pageInfo"]["hasNextPage"]
    assert not page["pageInfo"]["hasPreviousPage"]


def test_disabled_people_are_not_listed(alice, crowd):
    User.objects.filter(username="dan").update(is_active=False)
    assert "dan" not in names_of(alice.ask(USERS)["users"])


def pages_of(door: Door, size: str, cursor: str, more: str, end: str) -> list[dict]:
    """Every page of the list in turn, three people on each."""
    pages = [door.ask(USERS, **{size: 3})["users"]]
    while pages[-1]["pageInfo"][more]:
        pages.append(door.ask(USERS, **{size: 3, cursor: pages[-1]["pageInfo"][end]})["users"])
    return pages


def test_paging_forward_meets_everybody_once(alice, crowd):
    pages = pages_of(alice, "first", "after", more="hasNextPage", end="endCursor")
    assert [names_of(page) for page in pages] == [crowd[:3], crowd[3:6], crowd[6:]]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False, True, True]


def test_paging_backward_meets_everybody_once(alice, crowd):
    pages = pages_of(alice, "last", "before", more="hasPreviousPage", end="startCursor")
    assert [names_of(page) for page in pages] == [crowd[4:], crowd[1:4], crowd[:1]]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [False, True, True]


def test_a_page_begins_and_ends_with_the_cursors_it_names(alice, crowd):
    page = alice.ask(USERS, first=3)["users"]
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    assert page["pageInfo"]["endCursor"] == page["edges"][-1]["cursor"]


def test_a_page_lies_between_two_cursors(alice, crowd):
    cursors = [edge["cursor"] for edge in alice.ask(USERS)["users"]["edges"]]
    assert names_of(alice.ask(USERS, after=cursors[1], before=cursors[5])["users"]) == crowd[2:5]
    assert names_of(alice.ask(USERS, first=2, after=cursors[1], before=cursors[5])["users"]) == crowd[2:4]
    assert names_of(alice.ask(USERS, last=2, after=cursors[1], before=cursors[5])["users"]) == crowd[3:5]


def test_a_newcomer_shifts_no_page(alice, crowd):
    first = alice.ask(USERS, first=3)["users"]
    join("aaron")
    second = alice.ask(USERS, first=3, after=first["pageInfo"]["endCursor"])["users"]
    assert names_of(second) == crowd[3:6]


def test_a_cursor_holds_when_its_person_is_gone(alice, crowd):
    first = alice.ask(USERS, first=3)["users"]
    User.objects.get(username="carl").delete()
    second = alice.ask(USERS, first=3, after=first["pageInfo"]["endCursor"])["users"]
    assert names_of(second) == crowd[3:6]


@pytest.mark.parametrize("size", ["first", "last"])
def test_a_page_of_none_is_a_page(alice, crowd, size):
    page = alice.ask(USERS, **{size: 0})["users"]
    assert page["edges"] == page["nodes"] == []
    assert page["totalCount"] == 7
    assert page["pageInfo"]["startCursor"] is None


def test_a_page_has_fifty_when_nobody_says_how_many(alice):
    User.objects.bulk_create([User(username=f"u{i:03}", email=f"u{i:03}@example.com") for i in range(120)])
    assert len(alice.ask(USERS)["users"]["edges"]) == 50
    assert len(alice.ask(USERS, first=100)["users"]["edges"]) == 100


@pytest.mark.parametrize(
    "sizes",
    [
        {"first": -1},
        {"last": -1},
        {"first": 101},
        {"last": 101},
        {"first": 1_000_000},
        {"first": 2_147_483_648},
        {"last": -2_147_483_649},
        {"first": 1.5},
        {"first": "10"},
        {"first": True},
        {"first": []},
        {"first": {}},
        {"first": 10, "last": 10},
        {"first": 0, "last": 0},
    ],
    ids=str,
)
def test_a_bad_page_size_is_refused(alice, sizes):
    assert alice.refused(USERS, **sizes) == "BAD_USER_INPUT"


@pytest.mark.parametrize("sizes", ["first: -1", "first: 101", "first: 2147483648", "first: 10, last: 10"])
def test_a_bad_page_size_written_into_the_document_is_refused(alice, sizes):
    assert alice.refused(f"{{ users({sizes}) {{ totalCount }} }}") == "BAD_USER_INPUT"


BAD_CURSORS = {
    "empty": "",
    "garbage": "garbage",
    "not ASCII": "é",
    "not JSON": base64.urlsafe_b64encode(b"x").decode(),
    "not UTF-8": base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    "a number": base64.urlsafe_b64encode(b"5").decode(),
    "null": base64.urlsafe_b64encode(b"null").decode(),
    "an object": base64.urlsafe_b64encode(b'{"USERNAME": 1}').decode(),
    "nothing in it": cursor_of(),
    "another order": cursor_of("SEQUENCE", 1),
    "another order of the same form": cursor_of("TITLE", "alice", 1),
    "too short": cursor_of("USERNAME", "alice"),
    "too long": cursor_of("USERNAME", "alice", 1, 1),
    "number as name": cursor_of("USERNAME", 1, 1),
    "name as number": cursor_of("USERNAME", "alice", "1"),
    "null as number": cursor_of("USERNAME", "alice", None),
    "true as number": cursor_of("USERNAME", "alice", True),
    "fraction": cursor_of("USERNAME", "alice", 1.5),
    "beyond 64 bits": cursor_of("USERNAME", "alice", 2**63),
    "endless number": base64.urlsafe_b64encode(b'["USERNAME","a",' + b"9" * 5_000 + b"]").decode(),
    "NaN": base64.urlsafe_b64encode(b'["USERNAME","a",NaN]').decode(),
    "NUL": cursor_of("USERNAME", "al\0ice", 1),
    "lone surrogate": cursor_of("USERNAME", "al\ud800ice", 1),
    "deep": base64.urlsafe_b64encode(b"[" * 50_000).decode(),
    "an id": base64.b64encode(b"User:1").decode(),
}


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize("cursor", BAD_CURSORS.values(), ids=BAD_CURSORS)
def test_a_cursor_that_is_not_of_this_list_is_refused(alice, argument, cursor):
    assert alice.refused(USERS, **{argument: cursor}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("name", ["%", "_", "' OR 1=1 --", "x" * 10_000, "\u202e"])
def test_a_cursor_with_strange_text_is_only_a_place_in_the_list(alice, name):
    alice.ask(USERS, after=cursor_of("USERNAME", name, 1))


def test_a_refused_cursor_is_not_repeated_in_the_answer(alice):
    cursor = cursor_of("SECRETS", "canary")
    assert cursor not in alice.post(USERS, {"after": cursor}).content.decode()


# ── what is private ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def dora(db) -> User:
    return join("dora", phone_number="+12125552368", is_email_verified=True)


PEOPLE = f"{{ users {{ edges {{ node {{ username {PRIVATE} }} }} nodes {{ username {PRIVATE} }} }} }}"
NOTHING = {"email": None, "isEmailVerified": None, "phoneNumber": None}


@pytest.mark.row(24)
def test_others_see_nothing_of_what_is_private(charlie, dora):
    people = charlie.ask(PEOPLE)["users"]
    (theirs,) = [node for node in people["nodes"] if node["username"] == "dora"]
    (again,) = [edge["node"] for edge in people["edges"] if edge["node"]["username"] == "dora"]
    assert theirs == again == {"username": "dora", **NOTHING}


def test_in_the_list_everybody_sees_their_own(charlie, dora):
    (mine,) = [node for node in charlie.ask(PEOPLE)["users"]["nodes"] if node["username"] == "charlie"]
    assert mine["email"] == "charlie@example.com"


def test_staff_see_everybodys(charlie, dora):
    User.objects.filter(pk=charlie.person.pk).update(is_staff=True)
    (theirs,) = [node for node in charlie.ask(PEOPLE)["users"]["nodes"] if node["username"] == "dora"]
    assert theirs == {
        "username": "dora",
        "email": "dora@example.com",
        "isEmailVerified": True,
        "phoneNumber": "+12125552368",
    }


@pytest.mark.parametrize("field", ["password", "isStaff", "isSuperuser", "lastLogin", "isActive", "groups", "pk"])
def test_there_is_no_such_field(charlie, field):
    assert charlie.refused(f"{{ users {{ nodes {{ {field} }} }} }}") == "GRAPHQL_VALIDATION_FAILED"


# ── how much it costs ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 50])
def test_a_page_of_people_takes_two_statements_and_its_count_one_more(alice, size):
    User.objects.bulk_create([User(username=f"u{i:03}", email=f"u{i:03}@example.com") for i in range(60)])
    page = (
        f"query($n: Int) {{ users(first: $n) {{ edges {{ cursor node {{ username {PRIVATE} }} }} nodes {{ id }} }} }}"
    )
    assert len(statements(alice, page, n=size)) == 2
    assert len(statements(alice, USERS, first=size)) == 3
    assert len(statements(alice, USERS, last=size)) == 3
