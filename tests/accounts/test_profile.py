"""updateProfile: one's own, and by staff that of others."""

import base64

import pytest

from accounts.models import User
from tests.conftest import Door, join
from tests.operations import ERRORS, refusals

PROFILE = "username email isEmailVerified firstName lastName displayName bio phoneNumber"
UPDATE = f"mutation($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ user {{ {PROFILE} }} {ERRORS} }} }}"


def update(door: Door, **fields):
    return door.ask(UPDATE, input=fields)["updateProfile"]


def updated(door: Door, **fields):
    payload = update(door, **fields)
    assert payload["errors"] == []
    return payload["user"]


def gid(person: User) -> str:
    return base64.b64encode(f"User:{person.pk}".encode()).decode()


def row(person: User) -> dict:
    return User.objects.filter(pk=person.pk).values().get()


NEW = {
    "username": "alicia",
    "email": "alicia@example.com",
    "firstName": "Alicia",
    "lastName": "Adler",
    "bio": "one\ntwo",
    "phoneNumber": "+12125552368",
}


def test_everything_may_change_at_once(alice):
    user = updated(alice, **NEW)
    assert user == {**NEW, "isEmailVerified": False, "displayName": "Alicia Adler"}
    assert alice.ask(f"{{ me {{ {PROFILE} }} }}")["me"] == user


def test_what_is_left_out_stays_and_null_clears(alice):
    updated(alice, **NEW)
    assert updated(alice, bio="new") == {**NEW, "bio": "new", "isEmailVerified": False, "displayName": "Alicia Adler"}
    cleared = updated(alice, firstName=None, lastName=None, bio=None, phoneNumber=None)
    assert (cleared["firstName"], cleared["lastName"], cleared["bio"], cleared["phoneNumber"]) == ("", "", "", None)
    assert cleared["displayName"] == "alicia"


@pytest.mark.parametrize("field", ["username", "email"])
def test_null_is_refused_where_nothing_can_be_empty(alice, field):
    before = row(alice.person)
    assert refusals(update(alice, bio="new", **{field: None})) == [("BAD_USER_INPUT", field)]
    assert row(alice.person) == before


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("username", "al"),
        ("username", "a" * 31),
        ("username", "al ice"),
        ("username", "alice@example.com"),
        ("username", ""),
        ("email", "alice"),
        ("email", ""),
        ("email", "älice@example.com"),
        ("firstName", "a" * 51),
        ("firstName", "a\nb"),
        ("lastName", "a\u202eb"),
        ("bio", "a" * 501),
        ("phoneNumber", "12345"),
    ],
)
def test_a_bad_value_is_named_and_nothing_changes(alice, field, bad):
    before = row(alice.person)
    refused = refusals(update(alice, **{**NEW, field: bad}))
    assert set(refused) == {("BAD_USER_INPUT", field)}
    assert row(alice.person) == before


@pytest.mark.parametrize("value", ["bob", "BOB"])
def test_a_taken_name_is_refused(alice, bob, value):
    assert refusals(update(alice, username=value)) == [("TAKEN", "username")]
    assert refusals(update(alice, email=f"{value}@Example.com")) == [("TAKEN", "email")]


def test_ones_own_name_in_another_case_is_free(alice):
    assert updated(alice, username="Alice")["username"] == "Alice"


def test_a_changed_address_is_unverified_again(alice):
    User.objects.update(is_email_verified=True)
    assert updated(alice, bio="new")["isEmailVerified"]
    assert updated(alice, email="alice@EXAMPLE.com")["isEmailVerified"]
    assert not updated(alice, email="other@example.com")["isEmailVerified"]


def test_what_was_refused_is_not_shown_or_saved_by_the_next_field(alice, bob):
    query = """mutation {
      a: updateProfile(input: {username: "bob", firstName: "Mallory"}) { errors { code } }
      b: updateProfile(input: {bio: "new"}) { user { username firstName bio } errors { code } }
    }"""
    answer = alice.ask(query)
    assert answer["a"]["errors"] == [{"code": "TAKEN"}]
    assert answer["b"] == {"user": {"username": "alice", "firstName": "Alice", "bio": "new"}, "errors": []}


# ── whose ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_naming_oneself_is_the_same(alice):
    assert updated(alice, userId=gid(alice.person), bio="mine")["bio"] == "mine"
    assert updated(alice, userId=None, bio="still mine")["bio"] == "still mine"


def test_others_change_nothing(alice, charlie):
    before = row(alice.person)
    assert refusals(update(charlie, userId=gid(alice.person), bio="theirs")) == [("FORBIDDEN", None)]
    assert row(alice.person) == before


@pytest.mark.parametrize("bad", ["", "garbage", "VXNlcjo5OTk5OQ==", "TWVzc2FnZTox"])
def test_nobody_is_found_by_a_bad_id(alice, bad):
    assert refusals(update(alice, userId=bad, bio="x")) == [("NOT_FOUND", "userId")]


@pytest.mark.parametrize(
    ("actor", "target", "allowed"),
    [
        ("staff", "person", True),
        ("staff", "staff", False),
        ("staff", "superuser", False),
        ("superuser", "person", True),
        ("superuser", "staff", True),
        ("superuser", "superuser", True),
        ("person", "person", False),
        ("person", "staff", False),
    ],
)
def test_staff_change_people_and_superusers_everybody(alice, actor, target, allowed):
    ranks = {"person": {}, "staff": {"is_staff": True}, "superuser": {"is_staff": True, "is_superuser": True}}
    User.objects.filter(username="alice").update(**ranks[actor])
    other = join("dora", **ranks[target])
    payload = update(alice, userId=gid(other), email="new@example.com")
    assert [error["code"] for error in payload["errors"]] == ([] if allowed else ["FORBIDDEN"])
    assert (row(other)["email"] == "new@example.com") == allowed


@pytest.mark.row(25)
@pytest.mark.parametrize("field", ["isStaff", "isSuperuser", "isActive", "isEmailVerified", "password", "createdAt"])
def test_nobody_promotes_themselves(alice, field):
    answer = alice.post(UPDATE, {"input": {field: True}}).json()
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")


def test_nobody_asks_without_signing_in(anyone, db):
    assert anyone.refused(UPDATE, input={"bio": "x"}) == "UNAUTHENTICATED"
