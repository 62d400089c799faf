"""Avatars: drawn anew in four sizes, public under names that nobody can guess, gone when they are replaced."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from accounts import avatars
from accounts.models import User
from tests.accounts.test_profile import gid
from tests.conftest import PASSWORD, Door
from tests.files import a_file, ask_with, picture, send_form, stored
from tests.operations import ERRORS, refusals
from tests.races import at_once, on_postgresql

UPDATE = f"""mutation($input: UpdateProfileInput!) {{
  updateProfile(input: $input) {{ user {{ bio avatarUrl(size: 512) }} {ERRORS} }}
}}"""


def update(door: Door, content: bytes | None, **fields: Any) -> Any:
    """The payload of `updateProfile` with a new avatar, refused or not."""
    if content is None:
        return door.ask(UPDATE, input=fields)["updateProfile"]
    file = ("variables.input.avatar", a_file(content, "me.png"))
    return ask_with(door, UPDATE, {"input": {**fields, "avatar": None}}, a=file)["updateProfile"]


def put_on(door: Door, content: bytes | None = None, **fields: Any) -> str:
    """The address of a new avatar."""
    payload = update(door, content or picture(), **fields)
    assert payload["errors"] == []
    return payload["user"]["avatarUrl"]


def get(url: str, **headers: str) -> Any:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    return Door().client.get(parts.path, **headers)


def address(door: Door, of: Door, size: str = "") -> str | None:
    query = f"query($id: ID!) {{ user(id: $id) {{ avatarUrl{size} }} }}"
    return door.ask(query, id=gid(of.person))["user"]["avatarUrl"]


def test_nobody_has_one_at_first(alice):
    assert alice.ask("{ me { avatarUrl } }")["me"]["avatarUrl"] is None


@pytest.mark.parametrize(
    ("asked", "drawn"),
    [
        ("", 256),
        ("(size: null)", 256),
        ("(size: 1)", 64),
        ("(size: 64)", 64),
        ("(size: 65)", 128),
        ("(size: 9000)", 512),
    ],
)
def test_the_next_larger_size_is_taken(alice, bob, asked, drawn):
    put_on(alice, picture(size=(300, 200)))
    response = get(address(bob, alice, asked))
    assert Image.open(BytesIO(response.content)).size == (drawn, drawn)


@pytest.mark.parametrize("size", [0, -1])
def test_there_is_no_size_below_one(alice, size):
    put_on(alice)
    assert alice.refused(f"{{ me {{ avatarUrl(size: {size}) }} }}") == "BAD_USER_INPUT"


def test_it_is_the_middle_of_the_picture(alice):
    wide = Image.new("RGB", (300, 100), "red")
    wide.paste("blue", (100, 0, 200, 100))
    file = BytesIO()
    wide.save(file, "PNG")
    drawn = Image.open(BytesIO(get(put_on(alice, file.getvalue())).content)).convert("RGB")
    assert all(drawn.getpixel(place)[2] > 200 for place in ((20, 256), (256, 256), (490, 256)))


def test_it_is_public_and_stays_in_browsers(alice):
    response = get(put_on(alice))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert get(put_on(alice), HTTP_AUTHORIZATION="Bearer stale").status_code == 200


def test_its_name_cannot_be_guessed(alice, bob):
    one, other = (urlsplit(put_on(door)).path.removeprefix("/avatars/") for door in (alice, bob))
    assert len(one) == len(other) == 43 + len("-512.webp")
    assert one != other


@pytest.mark.parametrize("name", ["x", "a" * 43 + "-64.webp", "a" * 43 + "-65.webp", "..%2F..%2Fmanage.py", "%00"])
def test_what_is_not_there_is_not_found(client, db, name):
    assert client.get(f"/avatars/{name}").status_code == 404


def test_a_new_one_has_a_new_name_and_the_old_one_goes(alice, django_capture_on_commit_callbacks):
    first = put_on(alice)
    with django_capture_on_commit_callbacks(execute=True):
        second = put_on(alice)
    assert first != second
    assert (get(first).status_code, get(second).status_code) == (404, 200)
    assert len(stored("avatars")) == 4


@pytest.mark.parametrize("given", [{"avatar": None}, {"removeAvatar": True}, {"avatar": None, "removeAvatar": True}])
def test_it_is_removed(alice, given, django_capture_on_commit_callbacks):
    url = put_on(alice)
    with django_capture_on_commit_callbacks(execute=True):
        payload = update(alice, None, **given)
    assert payload == {"user": {"bio": "", "avatarUrl": None}, "errors": []}
    assert get(url).status_code == 404
    assert stored("avatars") == []


def test_what_is_left_out_stays(alice):
    url = put_on(alice)
    for given in ({"bio": "new"}, {"removeAvatar": False}):
        assert update(alice, None, **given)["user"] == {"bio": "new", "avatarUrl": url}


def test_one_does_not_give_and_remove_it_at_once(alice):
    assert refusals(update(alice, picture(), removeAvatar=True)) == [("BAD_USER_INPUT", "removeAvatar")]
    assert refusals(update(alice, None, removeAvatar=None)) == [("BAD_USER_INPUT", "removeAvatar")]


@pytest.mark.row(32)
@pytest.mark.parametrize("content", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", picture()[:40]])
def test_what_is_no_picture_is_refused(alice, content):
    assert refusals(update(alice, content, bio="new")) == [("BAD_USER_INPUT", "avatar")]
    alice.person.refresh_from_db()
    assert (alice.person.avatar, alice.person.bio, stored("avatars")) == ("", "", [])


@pytest.mark.row(32)
def test_one_of_more_than_ten_mib_is_refused(alice):
    content = picture() + b"\0" * 10 * 1024 * 1024
    assert refusals(update(alice, content)) == [("LIMIT_EXCEEDED", "avatar")]


def test_when_another_field_is_refused_nothing_is_kept(alice, bob):
    before = put_on(alice)
    assert refusals(update(alice, picture(), username="bob")) == [("TAKEN", "username")]
    assert alice.ask("{ me { avatarUrl(size: 512) } }")["me"]["avatarUrl"] == before
    assert len(stored("avatars")) == 4


def test_nobody_but_staff_changes_that_of_others(alice, bob):
    assert refusals(update(bob, picture(), userId=gid(alice.person))) == [("FORBIDDEN", None)]
    User.objects.filter(pk=bob.person.pk).update(is_staff=True)
    assert put_on(bob, userId=gid(alice.person)) == address(bob, alice, "(size: 512)")


def test_nobody_puts_one_on_without_signing_in(anyone, db):
    operations = {"query": UPDATE, "variables": {"input": {"avatar": None}}}
    answer = send_form(anyone, operations, {"a": ["variables.input.avatar"]}, a=a_file(picture())).json()
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_it_goes_with_the_account(alice, django_capture_on_commit_callbacks):
    put_on(alice)
    delete = "mutation($input: DeleteAccountInput!) { deleteAccount(input: $input) { ok } }"
    with django_capture_on_commit_callbacks(execute=True):
        assert alice.ask(delete, input={"password": PASSWORD})["deleteAccount"]["ok"]
    assert stored("avatars") == []


def test_what_was_left_behind_is_cleaned_up_after_a_day(alice, capsys):
    worn = put_on(alice)
    avatars.store(avatars.draw(a_file(picture())))  # and then the server was killed
    call_command("clean_up")
    assert len(stored("avatars")) == 8
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        call_command("clean_up")
    assert "\n1 avatars removed" in capsys.readouterr().out
    assert len(stored("avatars")) == 4
    assert get(worn).status_code == 200


def test_two_who_clean_up_at_once_do_not_stumble_over_each_other(alice, monkeypatch):
    """The slower one has read which there are, and in this moment the faster one takes them away."""
    avatars.store(avatars.draw(a_file(picture())))
    tomorrow = timezone.now() + timedelta(days=1, minutes=1)
    is_old = avatars._is_old

    def look_late(*given):
        monkeypatch.setattr(avatars, "_is_old", is_old)
        assert list(avatars.remove_forgotten(tomorrow)) == [1]
        return is_old(*given)

    monkeypatch.setattr(avatars, "_is_old", look_late)
    assert list(avatars.remove_forgotten(tomorrow)) == []
    assert stored("avatars") == []


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_stays(alice):
    devices = [Door(person=alice.person, token=alice.token) for _ in range(4)]
    urls = at_once(*(lambda door=door: put_on(door) for door in devices))
    assert alice.ask("{ me { avatarUrl(size: 512) } }")["me"]["avatarUrl"] in urls
    assert len(stored("avatars")) == 4
