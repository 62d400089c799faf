"""register: a new account, and its person is signed in."""

import pytest

from accounts.models import Session, User
from tests.conftest import PASSWORD, Door, join
from tests.operations import ME, REFRESH_TOKEN, REGISTER, refusals
from tests.races import at_once, on_postgresql

DORA = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}

pytestmark = pytest.mark.django_db


def register(door: Door, **fields):
    return door.ask(REGISTER, input={**DORA, **fields})["register"]


def test_a_new_person_is_signed_in_at_once(anyone):
    payload = register(anyone)
    assert payload["errors"] == []
    assert Door(token=payload["token"]).ask(ME)["me"] == payload["user"]


def test_the_refresh_token_works_at_once(anyone):
    payload = anyone.ask(REFRESH_TOKEN, input={"refreshToken": register(anyone)["refreshToken"]})["refreshToken"]
    assert payload["errors"] == []


def test_everything_given_is_kept(anyone):
    names = {"firstName": " Dora ", "lastName": "Díaz 🦊", "phoneNumber": "+12125552368", "device": "Dora's phone"}
    token = register(anyone, **names)["token"]
    me = Door(token=token).ask("{ me { username email isEmailVerified firstName lastName displayName phoneNumber } }")
    assert me["me"] == {
        "username": "dora",
        "email": "dora@example.com",
        "isEmailVerified": False,
        "firstName": "Dora",
        "lastName": "Díaz 🦊",
        "displayName": "Dora Díaz 🦊",
        "phoneNumber": "+12125552368",
    }
    assert Session.objects.get().device == "Dora's phone"


def test_null_for_what_may_be_left_out_is_as_good_as_leaving_it_out(anyone):
    payload = register(anyone, firstName=None, lastName=None, phoneNumber=None, device=None)
    assert payload["errors"] == []


def test_the_new_person_sees_their_private_fields_in_the_answer(anyone):
    answer = anyone.post(REGISTER.replace("{ id username }", "{ email }"), {"input": DORA}).json()
    assert "errors" not in answer
    assert answer["data"]["register"]["user"] == {"email": "dora@example.com"}


def test_the_password_is_stored_hashed(anyone):
    register(anyone)
    assert PASSWORD not in User.objects.get().password


@pytest.mark.row(30, 34)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", ""),
        ("username", "ab"),
        ("username", "a" * 31),
        ("username", "dora d"),
        ("username", "dora@home"),
        ("username", "dora\n"),
        ("username", "dörte"),
        ("username", "dora\u202e"),
        ("username", "<img src=x onerror=alert(1)>"),
        ("email", ""),
        ("email", "dora"),
        ("email", "dora@"),
        ("email", "do\nra@example.com"),
        ("email", "dora@example.com, bob@example.com"),
        ("email", f"{'d' * 250}@example.com"),
        ("email", "\u017fam@example.com"),  # LATIN SMALL LETTER LONG S: upper case is a plain S
        ("email", "\u212aate@example.com"),  # KELVIN SIGN: lower case is a plain k
        ("email", '"\x1b[31m"@example.com'),
        ("password", ""),
        ("password", "short1!"),
        ("password", "password123"),
        ("password", "8723648726348"),
        ("password", "dora@example.com"),
        ("password", "long enough " * 100),
        ("firstName", "a" * 51),
        ("firstName", "Do\nra"),
        ("firstName", "Do\x1b[31mra"),
        ("firstName", "Do\u202era"),
        ("lastName", "b" * 51),
        ("lastName", "Dí\taz"),
        ("lastName", "Dí\u2028az"),
        ("lastName", "Dí\u2066az"),
        ("phoneNumber", "tomorrow"),
        ("phoneNumber", "5552368"),
        ("phoneNumber", "+1999"),
        ("phoneNumber", "+" + "1" * 400),
        ("device", "d" * 101),
        ("device", "phone\r\nX-Admin: yes"),
        ("device", "phone\u202e"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field(anyone, field, value):
    assert set(refusals(register(anyone, **{field: value}))) == {("BAD_USER_INPUT", field)}
    assert not User.objects.exists()


def test_every_wrong_field_is_named_at_once(anyone):
    wrong = {"username": "x", "email": "x", "password": "x", "firstName": "\n" + "x" * 60 + "\n", "phoneNumber": "x"}
    assert {field for _, field in refusals(register(anyone, **wrong))} == set(wrong)


def test_a_wrong_device_leaves_no_account_behind(anyone):
    register(anyone, device="d" * 101)
    assert not User.objects.exists()
    assert register(anyone)["errors"] == []


@pytest.mark.parametrize("name", ["dora", "DORA", "dOrA"])
def test_a_username_is_taken_without_regard_to_case(anyone, name):
    register(anyone)
    assert refusals(register(anyone, username=name, email="new@example.com")) == [("TAKEN", "username")]


@pytest.mark.parametrize("email", ["dora@example.com", "DORA@example.com", "Dora@EXAMPLE.com"])
def test_an_email_address_is_taken_without_regard_to_case(anyone, email):
    register(anyone)
    assert refusals(register(anyone, username="newcomer", email=email)) == [("TAKEN", "email")]


def test_both_may_be_taken(anyone):
    register(anyone)
    assert refusals(register(anyone)) == [("TAKEN", "username"), ("TAKEN", "email")]


def test_the_name_of_a_disabled_person_stays_taken(anyone):
    join("dora", is_active=False)
    assert refusals(register(anyone, email="new@example.com")) == [("TAKEN", "username")]


@pytest.mark.row(30)
def test_a_name_with_quotes_and_wildcards_is_no_sql(anyone):
    join("alice")
    assert refusals(register(anyone, username="%' OR 1=1 --")) == [("BAD_USER_INPUT", "username")]
    assert register(anyone, username="_____")["errors"] == []


@pytest.mark.row(25)
@pytest.mark.parametrize("field", ["isStaff", "isSuperuser", "id", "createdAt", "isEmailVerified"])
def test_nobody_can_register_with_a_field_of_their_own(anyone, field):
    assert anyone.refused(REGISTER, input={**DORA, field: True}) == "BAD_USER_INPUT"
    assert not User.objects.exists()


def test_a_nul_never_gets_past_the_door(anyone):
    answer = anyone.post(REGISTER, {"input": {**DORA, "username": "do\0ra"}})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("second", "taken"),
    [
        ({"username": "DORA", "email": "other@example.com"}, "username"),
        ({"username": "other", "email": "Dora@Example.com"}, "email"),
    ],
)
def test_of_two_who_register_the_same_at_once_one_is_told_that_it_is_taken(second, taken):
    payloads = at_once(lambda: register(Door()), lambda: register(Door(), **second))
    (lost,) = [payload for payload in payloads if payload["errors"]]
    assert refusals(lost) == [("TAKEN", taken)]
    assert (User.objects.count(), Session.objects.count()) == (1, 1)
