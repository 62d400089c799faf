"""user: a person by exactly one of id and username."""

import base64

import pytest

from accounts.models import User

USER = "query($id: ID, $username: String) { user(id: $id, username: $username) { username email unreadCount } }"


def gid(person: User) -> str:
    return base64.b64encode(f"User:{person.pk}".encode()).decode()


@pytest.mark.parametrize("name", ["bob", "BOB", "Bob"])
def test_by_username_in_any_case(alice, bob, name):
    assert alice.ask(USER, username=name)["user"] == {"username": "bob", "email": None, "unreadCount": None}


def test_by_id(alice, bob):
    assert alice.ask(USER, id=gid(bob.person))["user"]["username"] == "bob"


def test_oneself(alice):
    assert alice.ask(USER, username="alice")["user"]["email"] == "alice@example.com"


@pytest.mark.parametrize(
    "name", ["", "nobody", "bo", "b%", "b_b", "bob@example.com", "bob ", "' OR 1=1 --", "é" * 9_999]
)
def test_nobody_of_this_name_is_null(alice, bob, name):
    assert alice.ask(USER, username=name)["user"] is None


@pytest.mark.parametrize("bad", ["", "garbage", "é", "VXNlcjo5OTk5OQ==", "TWVzc2FnZTox", "bob"])
def test_nobody_of_this_id_is_null(alice, bob, bad):
    assert alice.ask(USER, id=bad)["user"] is None


def test_both_or_neither_are_refused(alice, bob):
    assert alice.refused(USER) == "BAD_USER_INPUT"
    assert alice.refused(USER, id=None, username=None) == "BAD_USER_INPUT"
    assert alice.refused(USER, id=gid(bob.person), username="bob") == "BAD_USER_INPUT"


def test_staff_see_what_is_private(alice, bob):
    User.objects.filter(username="alice").update(is_staff=True)
    assert alice.ask(USER, username="bob")["user"] == {"username": "bob", "email": "bob@example.com", "unreadCount": 0}


def test_nobody_asks_without_signing_in(anyone, db):
    assert anyone.refused(USER, username="bob") == "UNAUTHENTICATED"
