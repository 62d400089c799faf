"""refreshToken: every use rotates; a token used again long afterwards was stolen."""

from datetime import timedelta

import jwt
import pytest
from django.apps import apps
from django.utils import timezone

from accounts.models import RefreshToken, Session, User
from tests.conftest import PASSWORD, Door, join
from tests.operations import ME, REFRESH_TOKEN, REVOKE_TOKEN, TOKEN_AUTH, refusals
from tests.races import at_once, on_postgresql

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(anyone) -> dict:
    """What dora got when she signed in."""
    join("dora")
    return anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD, "device": "phone"})["tokenAuth"]


def refresh(refresh_token: str):
    return Door().ask(REFRESH_TOKEN, input={"refreshToken": refresh_token})["refreshToken"]


def session_of(payload: dict) -> str:
    return jwt.decode(payload["token"], options={"verify_signature": False})["sid"]


def assert_works(payload: dict) -> None:
    assert payload["errors"] == []
    assert Door(token=payload["token"]).ask(ME)["me"]["username"] == "dora"


def assert_ended(payload: dict) -> None:
    assert Door(token=payload["token"]).refused(ME) == "UNAUTHENTICATED"
    assert refusals(refresh(payload["refreshToken"])) == [("TOKEN_INVALID", None)]


def test_a_refresh_gives_a_new_pair_of_the_same_session(tokens):
    renewed = refresh(tokens["refreshToken"])
    assert_works(renewed)
    assert renewed["refreshToken"] != tokens["refreshToken"]
    assert renewed["token"] != tokens["token"]
    assert session_of(renewed) == session_of(tokens)
    assert Session.objects.count() == 1


def test_the_new_refresh_token_can_be_refreshed_in_turn(tokens):
    assert_works(refresh(refresh(tokens["refreshToken"])["refreshToken"]))


def test_the_access_token_from_before_stays_good_until_it_ends(tokens):
    refresh(tokens["refreshToken"])
    assert_works(tokens)


def test_a_refresh_token_has_256_bits(tokens):
    assert len(tokens["refreshToken"]) == 43


def test_refreshing_shows_the_person_their_private_fields(tokens):
    document = REFRESH_TOKEN.replace("{ id username }", "{ email }")
    answer = Door().post(document, {"input": {"refreshToken": tokens["refreshToken"]}}).json()
    assert "errors" not in answer
    assert answer["data"]["refreshToken"]["user"] == {"email": "dora@example.com"}


@pytest.mark.row(29)
@pytest.mark.parametrize("seconds", [0, 5, 9.9])
def test_again_within_the_grace_gets_a_working_pair_of_the_same_session(tokens, time_machine, seconds):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    first = refresh(tokens["refreshToken"])
    time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
    second = refresh(tokens["refreshToken"])
    assert_works(first)
    assert_works(second)
    assert session_of(first) == session_of(second) == session_of(tokens)
    assert_works(refresh(first["refreshToken"]))
    assert_works(refresh(second["refreshToken"]))


def test_the_grace_does_not_grow_with_every_use(tokens, time_machine):
    now = timezone.now()
    for seconds in (0, 8):
        time_machine.move_to(now + timedelta(seconds=seconds), tick=False)
        assert refresh(tokens["refreshToken"])["errors"] == []
    time_machine.move_to(now + timedelta(seconds=12), tick=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_REUSED", None)]


@pytest.mark.row(29)
def test_later_than_the_grace_the_whole_session_is_dead(tokens, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    second = refresh(tokens["refreshToken"])
    newest = refresh(second["refreshToken"])
    time_machine.move_to(now + timedelta(seconds=11), tick=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_REUSED", None)]
    assert_ended(newest)
    assert_ended(tokens)


@pytest.mark.row(29)
def test_a_thief_is_found_out_however_late_the_owner_comes_back(tokens, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    thiefs = refresh(tokens["refreshToken"])
    for hours in (20, 40, 60):  # two days longer than the stolen one would have been good for
        time_machine.move_to(now + timedelta(hours=hours), tick=False)
        thiefs = refresh(thiefs["refreshToken"])
        assert_works(thiefs)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_REUSED", None)]
    assert_ended(thiefs)


def test_tokens_go_once_their_session_is_over(anyone, tokens, time_machine):
    refresh(tokens["refreshToken"])
    time_machine.move_to(timezone.now() + timedelta(days=30, seconds=1), tick=False)
    anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD})
    assert RefreshToken.objects.count() == 1


def test_reuse_leaves_the_other_sessions_of_the_person_alone(tokens, anyone, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    laptop = anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD})["tokenAuth"]
    refresh(tokens["refreshToken"])
    time_machine.move_to(now + timedelta(seconds=11), tick=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_REUSED", None)]
    assert_works(refresh(laptop["refreshToken"]))


def test_a_day_unused_is_too_long(tokens, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=1, seconds=1), tick=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_EXPIRED", None)]


def test_an_hour_less_than_a_day_unused_is_fine(tokens, time_machine):
    time_machine.move_to(timezone.now() + timedelta(hours=23), tick=False)
    assert_works(refresh(tokens["refreshToken"]))


def test_a_session_ends_after_its_days_however_often_it_is_refreshed(settings, anyone, time_machine):
    settings.SESSION_LIFETIME = timedelta(days=2)
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    join("dora")
    tokens = anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD})["tokenAuth"]
    for hours in (20, 40, 47):
        time_machine.move_to(start + timedelta(hours=hours), tick=False)
        tokens = refresh(tokens["refreshToken"])
        assert_works(tokens)
    assert timezone.datetime.fromisoformat(tokens["refreshExpiresAt"]) == start + settings.SESSION_LIFETIME
    time_machine.move_to(start + timedelta(days=2, seconds=1), tick=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_EXPIRED", None)]
    assert Door(token=tokens["token"]).refused(ME) == "UNAUTHENTICATED"


def test_a_session_has_thirty_days(tokens):
    session = Session.objects.get()
    assert session.expires_at - session.created_at == timedelta(days=30)


def test_the_answer_says_when_the_refresh_token_ends(anyone, time_machine):
    now = timezone.now().replace(microsecond=0)
    time_machine.move_to(now, tick=False)
    join("dora")
    payload = anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD})["tokenAuth"]
    assert payload["refreshExpiresAt"] == (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def test_a_disabled_person_cannot_refresh(tokens):
    User.objects.update(is_active=False)
    assert refusals(refresh(tokens["refreshToken"])) == [("TOKEN_INVALID", None)]


def test_a_signed_out_session_cannot_be_refreshed(tokens):
    Door().ask(REVOKE_TOKEN, input={"refreshToken": tokens["refreshToken"]})
    assert_ended(tokens)


@pytest.mark.parametrize("token", ["", "x", "x" * 20_000, "' OR 1=1 --", "%", "\u202e", "🦊"])
def test_an_unknown_token_is_invalid(tokens, token):
    assert refusals(refresh(token)) == [("TOKEN_INVALID", None)]


def test_an_access_token_is_no_refresh_token(tokens):
    assert refusals(refresh(tokens["token"])) == [("TOKEN_INVALID", None)]


def test_the_stored_hash_is_no_refresh_token(tokens):
    assert refusals(refresh(RefreshToken.objects.get().hash)) == [("TOKEN_INVALID", None)]


def test_nothing_of_the_token_is_in_the_database(tokens):
    token = tokens["refreshToken"]
    stored = [str(row) for model in apps.get_models() for row in model.objects.values_list()]
    assert stored
    assert not any(token in row or token[:20] in row or tokens["token"].split(".")[2] in row for row in stored)


@pytest.mark.row(29)
@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_rotations_at_once_get_working_pairs_of_the_same_session(tokens):
    pairs = at_once(*[lambda: refresh(tokens["refreshToken"])] * 4)
    for pair in pairs:
        assert_works(pair)
        assert_works(refresh(pair["refreshToken"]))
    assert len({pair["refreshToken"] for pair in pairs}) == 4
    assert {session_of(pair) for pair in pairs} == {session_of(tokens)}


@pytest.mark.django_db(transaction=True)
@on_postgresql
def test_who_signs_out_while_another_tab_refreshes_is_signed_out(tokens):
    def sign_out():
        return Door().ask(REVOKE_TOKEN, input={"refreshToken": tokens["refreshToken"]})["revokeToken"]

    signed_out, pair = at_once(sign_out, lambda: refresh(tokens["refreshToken"]))
    assert signed_out["errors"] == []
    assert_ended(tokens)
    if not pair["errors"]:
        assert_ended(pair)
