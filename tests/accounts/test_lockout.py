"""What failed log-ins lead to: nobody guesses for long, and nobody locks out anybody but themselves."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import lockout
from accounts.models import User
from accounts.refusals import LockedOut
from tests.conftest import PASSWORD, Door, join
from tests.races import at_once, on_postgresql

TOKEN_AUTH = """mutation($input: TokenAuthInput!) {
  tokenAuth(input: $input) { token errors { code field message retryAfter } } }"""
WRONG = "wrong"
HERE, THERE = "192.0.2.1", "198.51.100.1"
A_MOMENT = timedelta(milliseconds=1)  # where time stands still, what fills a limit and who asks next are not at once

pytestmark = pytest.mark.django_db


def attempt(door: Door, name: str, password: str = WRONG, address: str = HERE):
    """The whole answer; a locked one is HTTP 200 too."""
    answer = door.post(TOKEN_AUTH, {"input": {"username": name, "password": password}}, REMOTE_ADDR=address)
    assert answer.status_code == 200
    return answer.json()["data"]["tokenAuth"]


def code(payload) -> str:
    return payload["errors"][0]["code"] if payload["errors"] else "in"


def fail(door: Door, name: str, times: int, address: str = HERE) -> None:
    for _ in range(times):
        assert code(attempt(door, name, address=address)) == "INVALID_CREDENTIALS"


@pytest.fixture
def dora() -> User:
    return join("dora")


@pytest.mark.row(27)
@pytest.mark.parametrize("name", ["dora", "nobody", "nobody@example.com"])
def test_after_five_wrong_passwords_the_pair_is_locked(anyone, dora, name):
    fail(anyone, name, 5)
    payload = attempt(anyone, name)
    (error,) = payload["errors"]
    assert (error["code"], error["field"], payload["token"]) == ("RATE_LIMITED", None, None)
    assert 0 < error["retryAfter"] <= 15 * 60
    assert str(error["retryAfter"]) in error["message"]


def test_then_the_right_password_does_not_help_either(anyone, dora):
    fail(anyone, "dora", 5)
    assert code(attempt(anyone, "dora", PASSWORD)) == "RATE_LIMITED"


def test_the_lock_ends_when_it_says(anyone, dora, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    fail(anyone, "dora", 5)
    time_machine.shift(A_MOMENT)
    wait = attempt(anyone, "dora", PASSWORD)["errors"][0]["retryAfter"]
    assert wait == 15 * 60
    time_machine.shift(timedelta(seconds=wait - 2))
    assert code(attempt(anyone, "dora", PASSWORD)) == "RATE_LIMITED"
    time_machine.shift(timedelta(seconds=3))
    assert code(attempt(anyone, "dora", PASSWORD)) == "in"


def test_another_address_is_not_locked(anyone, dora):
    fail(anyone, "dora", 5)
    assert code(attempt(anyone, "dora", PASSWORD, THERE)) == "in"
    assert code(attempt(anyone, "dora", PASSWORD, HERE)) == "RATE_LIMITED"


def test_the_addresses_of_one_ipv6_line_are_one(anyone, dora):
    for last in range(5):
        fail(anyone, "dora", 1, f"2001:db8:1:2::{last}")
    assert code(attempt(anyone, "dora", PASSWORD, "2001:db8:1:2:ffff::7")) == "RATE_LIMITED"
    assert code(attempt(anyone, "dora", PASSWORD, "2001:db8:1:3::7")) == "in"


def test_another_account_is_not_locked(anyone, dora):
    join("eve")
    fail(anyone, "dora", 5)
    assert code(attempt(anyone, "eve", PASSWORD)) == "in"


def test_name_and_address_of_one_account_count_together_in_any_case(anyone, dora):
    for name in ("dora", "DORA", "dora@example.com", "Dora@Example.COM", "dorA"):
        fail(anyone, name, 1)
    assert code(attempt(anyone, "dora", PASSWORD)) == "RATE_LIMITED"


def test_the_right_password_clears_what_failed(anyone, dora):
    for _ in range(3):
        fail(anyone, "dora", 4)
        assert code(attempt(anyone, "dora", PASSWORD)) == "in"


def test_a_disabled_person_and_an_unknown_name_are_locked_alike(anyone, dora):
    User.objects.update(is_active=False)
    for name in ("dora", "nobody"):
        answers = [code(attempt(anyone, name, PASSWORD)) for _ in range(6)]
        assert answers == ["INVALID_CREDENTIALS"] * 5 + ["RATE_LIMITED"]


@pytest.mark.row(27)
def test_aliases_in_one_document_count_one_by_one(anyone, dora):
    guess = 'tokenAuth(input: {username: "dora", password: "wrong"}) { errors { code } }'
    query = f"mutation {{ {' '.join(f'a{i}: {guess}' for i in range(10))} }}"
    answers = [code(payload) for payload in anyone.ask(query).values()]
    assert answers == ["INVALID_CREDENTIALS"] * 5 + ["RATE_LIMITED"] * 5


def spray(door: Door, name: str) -> None:
    """Fifty wrong passwords for one account, five from each of ten addresses."""
    for i in range(10):
        fail(door, name, 5, f"203.0.113.{i + 1}")


@pytest.mark.row(27)
@pytest.mark.parametrize("name", ["dora", "nobody"])
def test_after_a_spray_new_addresses_share_one_attempt_in_five_seconds(anyone, dora, name, time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    spray(anyone, name)
    assert code(attempt(anyone, name, address=HERE)) == "INVALID_CREDENTIALS"
    time_machine.shift(A_MOMENT)
    (error,) = attempt(anyone, name, address=THERE)["errors"]
    assert error["code"] == "RATE_LIMITED"
    assert 0 < error["retryAfter"] <= 5
    time_machine.shift(timedelta(seconds=6))
    assert code(attempt(anyone, name, address=THERE)) == "INVALID_CREDENTIALS"


@pytest.mark.row(27)
def test_a_spray_locks_nobody_out_of_an_address_of_their_own(anyone, dora):
    assert code(attempt(anyone, "dora", PASSWORD, HERE)) == "in"
    spray(anyone, "dora")
    assert code(attempt(anyone, "dora", address=THERE)) == "INVALID_CREDENTIALS"
    assert code(attempt(anyone, "dora", address=THERE)) == "RATE_LIMITED"
    for _ in range(3):
        assert code(attempt(anyone, "dora", PASSWORD, HERE)) == "in"


def test_nor_out_of_an_ipv6_line_of_their_own(anyone, dora):
    assert code(attempt(anyone, "dora", PASSWORD, "2001:db8:1:2::1")) == "in"
    spray(anyone, "dora")
    fail(anyone, "dora", 1, "2001:db8:1:3::1")
    for last in range(3):
        assert code(attempt(anyone, "dora", PASSWORD, f"2001:db8:1:2:ffff::{last}")) == "in"


def test_a_spray_on_one_account_slows_no_other(anyone, dora):
    join("eve")
    spray(anyone, "dora")
    for _ in range(3):
        assert code(attempt(anyone, "eve", PASSWORD, THERE)) == "in"


def test_how_many_is_a_setting(anyone, dora, settings):
    settings.LOGIN_FAILURES = "2/1m"
    fail(anyone, "dora", 2)
    (error,) = attempt(anyone, "dora")["errors"]
    assert error["code"] == "RATE_LIMITED"
    assert error["retryAfter"] <= 60


@pytest.mark.parametrize(
    "query",
    [
        'mutation { deleteAccount(input: {password: "wrong"}) { errors { code retryAfter } } }',
        """mutation { changePassword(input: {currentPassword: "wrong", newPassword: "another fine battery"}) {
          errors { code retryAfter } } }""",
    ],
)
def test_guessing_where_one_is_signed_in_leads_to_the_same_lock(alice, query):
    answers = [next(iter(alice.ask(query).values()))["errors"][0] for _ in range(6)]
    assert [error["code"] for error in answers] == ["INVALID_CREDENTIALS"] * 5 + ["RATE_LIMITED"]
    assert answers[-1]["retryAfter"] > 0
    assert User.objects.filter(username="alice").exists()


# ── all at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hashing_takes_its_time(settings) -> None:
    """As long as in production, so that what is asked at once is hashed at once."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.REQUEST_SECONDS = 0  # on a busy machine twelve of them take long


def attempting(name: str, password: str = WRONG) -> Callable[[], str]:
    door = Door()
    return lambda: code(attempt(door, name, password))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["dora", "nobody"])
def test_of_guesses_made_all_at_once_no_more_are_answered(hashing_takes_its_time, dora, name):
    answers = at_once(*(attempting(name) for _ in range(12)))
    assert Counter(answers) == {"INVALID_CREDENTIALS": 5, "RATE_LIMITED": 7}


@pytest.mark.django_db(transaction=True)
def test_nor_is_the_right_one_after_them(hashing_takes_its_time, dora, settings):
    """It has passed the first look, before anybody failed; then others use the attempts up."""
    settings.LOGIN_FAILURES = "1/15m"
    person = User.objects.get()
    lockout.check_attempt("dora", person, HERE)
    fail(Door(), "dora", 1)
    with pytest.raises(LockedOut):
        lockout.record_success(person, HERE)


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_whoever_knows_the_password_signs_in_on_many_devices_at_once(hashing_takes_its_time, dora):
    assert at_once(*(attempting("dora", PASSWORD) for _ in range(8))) == ["in"] * 8
