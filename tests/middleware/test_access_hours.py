"""Access hours: when the server is open, when it opens again, and who comes in meanwhile."""

import json
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import Session, User
from config.middleware.access_hours import is_open, opens_at, parse_hours
from messaging.models import Conversation
from tests.conftest import PASSWORD, Door, join, sign_in
from tests.operations import ME, REFRESH_TOKEN, REGISTER, REVOKE_TOKEN, TOKEN_AUTH, VERIFY_TOKEN

BERLIN = ZoneInfo("Europe/Berlin")
CLOSED = "13:00-14:00"  # it is noon in these tests


@pytest.fixture(autouse=True)
def noon(time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 7, 1, 12, tzinfo=UTC), tick=False)


# ── the decisions ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("off", []),
        ("OFF ", []),
        ("", []),
        ("06:00-21:00", [("06:00", "21:00")]),
        (" 06:00-21:00 ", [("06:00", "21:00")]),
        ("08:00-12:00,13:00-17:00", [("08:00", "12:00"), ("13:00", "17:00")]),
        ("08:00-12:00, 13:00-17:00", [("08:00", "12:00"), ("13:00", "17:00")]),
        ("22:00-06:00", [("22:00", "06:00")]),
        ("18:00-24:00", [("18:00", "00:00")]),
        ("00:00-24:00", [("00:00", "00:00")]),
    ],
)
def test_what_the_setting_says(text, windows):
    assert [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in parse_hours(text)] == windows


@pytest.mark.parametrize(
    "text",
    [
        "always", "on", "06:00", "06:00-", "-21:00", "6-21", "6:00-21:00", "06:00–21:00", "06:00-21:00,", "25:00-26:00",
        "06:60-21:00", "06:00-21:00-22:00", "06:00:00-21:00:00", "٠٦:٠٠-٢١:٠٠", "06:00-21:00;22:00-23:00",
    ],
)  # fmt: skip
def test_what_it_cannot_say(text):
    with pytest.raises(ValueError, match=r"."):
        parse_hours(text)


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        ("06:00-21:00", "05:59:59.999999", False),
        ("06:00-21:00", "06:00", True),
        ("06:00-21:00", "20:59:59.999999", True),
        ("06:00-21:00", "21:00", False),
        ("06:00-21:00", "00:00", False),
        # across midnight
        ("22:00-06:00", "21:59", False),
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "00:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("18:00-24:00", "23:59:59.999999", True),
        ("18:00-24:00", "00:00", False),
        ("00:00-06:00", "00:00", True),
        # several
        ("08:00-12:00,13:00-17:00", "12:30", False),
        ("08:00-12:00,13:00-17:00", "13:00", True),
        ("08:00-12:00,22:00-02:00", "01:00", True),
        ("08:00-12:00,10:00-14:00", "13:00", True),
        # the whole day
        ("00:00-24:00", "12:00", True),
        ("07:00-07:00", "06:59", True),
    ],
)
def test_when_it_is_open(hours, now, expected):
    assert is_open(time.fromisoformat(now), parse_hours(hours)) is expected


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        ("06:00-21:00", "2026-07-01T05:00+02:00", "2026-07-01T04:00Z"),
        ("06:00-21:00", "2026-07-01T21:00+02:00", "2026-07-02T04:00Z"),
        ("06:00-21:00", "2026-12-31T23:30+01:00", "2027-01-01T05:00Z"),
        ("22:00-06:00", "2026-07-01T12:00+02:00", "2026-07-01T20:00Z"),
        ("08:00-12:00,13:00-17:00", "2026-07-01T12:30+02:00", "2026-07-01T11:00Z"),
        ("13:00-17:00,08:00-12:00", "2026-07-01T18:00+02:00", "2026-07-02T06:00Z"),
        # the night before the clocks change, and the night after
        ("06:00-21:00", "2026-03-28T22:00+01:00", "2026-03-29T04:00Z"),
        ("06:00-21:00", "2026-10-24T22:00+02:00", "2026-10-25T05:00Z"),
        # 02:30 is left out on this morning: the clock then shows 03:30
        ("02:30-05:00", "2026-03-29T01:30+01:00", "2026-03-29T01:30Z"),
        # and so is this whole window: the next day
        ("02:15-02:45", "2026-03-28T23:00+01:00", "2026-03-30T00:15Z"),
        # 02:30 comes twice: first, and after it has been 02:59 once
        ("02:30-02:45", "2026-10-25T02:00+02:00", "2026-10-25T00:30Z"),
        ("02:30-02:45", "2026-10-25T02:50+02:00", "2026-10-25T01:30Z"),
        ("02:30-02:45", "2026-10-25T02:10+01:00", "2026-10-25T01:30Z"),
        ("02:30-02:45", "2026-10-25T02:50+01:00", "2026-10-26T01:30Z"),
    ],
)
def test_when_it_opens(hours, now, expected):
    local = datetime.fromisoformat(now).astimezone(BERLIN)
    opening = opens_at(local, parse_hours(hours))
    assert opening.astimezone(UTC) == datetime.fromisoformat(expected)
    assert is_open(opening.time(), parse_hours(hours))


# ── through the door ─────────────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, query: str, headers: dict[str, str] | None = None, **body: Any) -> Any:
    text = json.dumps({"query": query, **body})
    return client.post("/graphql", text, content_type="application/json", headers=headers or {})


def is_closed(response: Any) -> bool:
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert ("OUTSIDE_ACCESS_HOURS" in codes) == (response.status_code == 403)
    return "OUTSIDE_ACCESS_HOURS" in codes


def test_outside_its_hours_the_server_says_when_it_opens(alice, settings):
    settings.ACCESS_HOURS, settings.ACCESS_TIME_ZONE = "06:00-13:00,22:00-23:00", "Europe/Berlin"
    response = alice.post(ME)
    assert response.status_code == 403
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "errors": [
            {
                "message": "The server is closed now; it opens at 22:00 (Europe/Berlin).",
                "extensions": {"code": "OUTSIDE_ACCESS_HOURS", "opensAt": "2026-07-01T20:00:00Z"},
            }
        ]
    }


def test_once_it_has_opened_it_is_open(alice, settings, time_machine):
    settings.ACCESS_HOURS = CLOSED
    (error,) = alice.post(ME).json()["errors"]
    opening = datetime.fromisoformat(error["extensions"]["opensAt"])
    time_machine.move_to(opening.timestamp() - 1, tick=False)
    assert is_closed(alice.post(ME))
    time_machine.move_to(opening, tick=False)
    assert not is_closed(alice.post(ME))


@pytest.mark.parametrize(
    ("moment", "closed"),
    [("2026-01-15T05:30Z", False), ("2026-07-15T05:30Z", True), ("2026-07-15T04:30Z", False)],
)
def test_the_hours_are_those_of_the_clock_on_the_wall(client, db, settings, time_machine, moment, closed):
    settings.ACCESS_HOURS, settings.ACCESS_TIME_ZONE = "06:00-07:00", "Europe/Berlin"
    time_machine.move_to(moment)
    assert is_closed(send(client, ME)) is closed


def test_off_is_always_open(alice, settings):
    settings.ACCESS_HOURS = "off"
    assert not is_closed(alice.post(ME))


def test_nothing_is_done_while_it_is_closed(alice, settings):
    settings.ACCESS_HOURS = CLOSED
    create = 'mutation { createConversation(input: {title: "Night", participantIds: []}) { errors { code } } }'
    assert is_closed(alice.post(create))
    assert not Conversation.objects.exists()
    settings.ACCESS_HOURS = "off"
    alice.ask(create)
    assert Conversation.objects.exists()


def test_nobody_registers_while_it_is_closed(client, db, settings):
    settings.ACCESS_HOURS = CLOSED
    given = {"username": "dora", "email": "dora@example.com", "password": PASSWORD}
    assert is_closed(send(client, REGISTER, variables={"input": given}))
    assert not User.objects.exists()


def test_signing_in_and_out_is_possible(anyone, db, settings):
    settings.ACCESS_HOURS = CLOSED
    join("dora")
    signed_in = anyone.ask(TOKEN_AUTH, input={"username": "dora", "password": PASSWORD})["tokenAuth"]
    assert anyone.ask(VERIFY_TOKEN, input={"token": signed_in["token"]})["verifyToken"]["isValid"]
    refreshed = anyone.ask(REFRESH_TOKEN, input={"refreshToken": signed_in["refreshToken"]})["refreshToken"]
    assert anyone.ask(REVOKE_TOKEN, input={"refreshToken": refreshed["refreshToken"]})["revokeToken"]["errors"] == []
    assert not Session.objects.filter(revoked_at=None).exists()


LOG_IN = 'tokenAuth(input: {username: "dora", password: "wrong"}) { errors { code } }'


@pytest.mark.parametrize(
    "query",
    [
        f'mutation {{ {LOG_IN} leaveConversation(input: {{conversationId: "x"}}) {{ errors {{ code }} }} }}',
        'mutation { tokenAuth: leaveConversation(input: {conversationId: "x"}) { errors { code } } }',
        "{ tokenAuth: me { id } }",
        "{ __typename me { id } }",
        "{ ... on Query { me { id } } }",
        "{ ...F } fragment F on Query { me { id } }",
        "{ __schema { types { name } } }",
        "query A { __typename } query B { me { id } }",
        "query($off: Boolean = false) { me @include(if: $off) { id } }",
        "subscription { events { cursor } }",
    ],
)
def test_nothing_slips_in_beside_a_log_in_or_under_its_name(client, db, settings, query):
    settings.ACCESS_HOURS = CLOSED
    assert is_closed(send(client, query, operationName="B" if "query B" in query else None))


def test_an_operation_that_is_not_run_does_not_count(client, db, settings):
    settings.ACCESS_HOURS = CLOSED
    two = f"mutation In {{ {LOG_IN} }} query Me {{ me {{ id }} }}"
    assert not is_closed(send(client, two, operationName="In"))
    assert is_closed(send(client, two, operationName="Me"))


@pytest.mark.parametrize(
    ("query", "code"), [("{", "GRAPHQL_PARSE_FAILED"), ("query A { x } query B { x }", "OPERATION_RESOLUTION_FAILURE")]
)
def test_what_cannot_be_run_is_told_so_at_any_time(anyone, db, settings, query, code):
    settings.ACCESS_HOURS = CLOSED
    assert anyone.refused(query) == code


def test_by_get_it_is_closed_too(client, db, settings):
    settings.ACCESS_HOURS = CLOSED
    assert is_closed(client.get("/graphql", {"query": ME}))
    assert is_closed(client.get("/graphql/", {"query": ME}))


def test_a_body_that_is_no_request_is_told_so(client, settings):
    settings.ACCESS_HOURS = CLOSED
    response = client.post("/graphql", "[]", content_type="application/json")
    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


# ── who is exempt ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def staff(db: None) -> Door:
    return sign_in(join("stella", is_staff=True))


def test_staff_come_in(staff, settings):
    settings.ACCESS_HOURS = CLOSED
    assert staff.ask(ME)["me"]["username"] == "stella"


def test_staff_come_in_with_the_cookie(settings, db):
    settings.ACCESS_HOURS = CLOSED
    client = Client()
    client.force_login(join("stella", is_staff=True))
    assert not is_closed(client.get("/graphql", {"query": ME}))


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic c3RlbGxhOng=", ""])
def test_who_only_says_to_be_staff_does_not(staff, settings, header):
    settings.ACCESS_HOURS = CLOSED
    assert is_closed(staff.post(ME, HTTP_AUTHORIZATION=header))


def test_who_is_no_longer_staff_does_not(staff, settings):
    settings.ACCESS_HOURS = CLOSED
    User.objects.update(is_staff=False)
    assert is_closed(staff.post(ME))


def test_the_page_of_graphiql_the_admin_and_health_are_open(client, db, settings):
    settings.ACCESS_HOURS, settings.GRAPHIQL = CLOSED, True
    assert client.get("/graphql", headers={"Accept": "text/html"}).status_code == 200
    assert client.get("/admin/login/").status_code == 200
    assert client.get("/health/live").status_code == 200
