"""docs/guards.md is true: its settings are the defaults, its order is that of the middleware, its answers are given."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as real
from glin_profanity.data.dictionary import dictionary

from config.middleware.access_hours import SIGNING_IN, parse_hours
from messaging.models import Conversation
from schema.errors import ErrorCode
from tests.conftest import Door
from tests.operations import ME

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guards.md").read_text()
CLOSED, LIMITED, RUDE = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
(RUDE_OPERATION,) = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")][
    1:
]


def test_the_order_is_that_of_the_middleware() -> None:
    order = [name.split(".")[2] for name in real.MIDDLEWARE if name.startswith("config.middleware.")]
    modules = [row[0].replace(" ", "_").replace("rate_limits", "rate_limit") for row in ROWS]
    assert modules == [name for name in order if name in modules]


def test_the_settings_are_the_defaults() -> None:
    example = (ROOT / ".env.example").read_text()
    named = [setting for row in ROWS for setting in re.findall(r"`([A-Z_]+=[^`]*)`", row[2])]
    assert len(named) == 8
    for setting in [*named, *re.findall(r"`(LOGIN_FAILURES=[^`]*)`", PAGE)]:
        assert f"\n#{setting}\n" in example


def test_the_codes_are_codes() -> None:
    codes = {code for row in ROWS for code in re.findall(r"`([A-Z_]+)`", row[3])}
    assert codes
    assert codes <= {code.name for code in ErrorCode}


def test_the_examples_of_hours_can_be_read() -> None:
    for hours in re.findall(r"`(?:ACCESS_HOURS=)?(\d\d:\d\d-[^`]*)`", PAGE):
        assert parse_hours(hours)


def test_what_is_answered_at_all_hours_is_named() -> None:
    assert all(f"`{name}`" in PAGE for name in SIGNING_IN - {"__typename"})


def test_outside_the_hours_the_answer_is_this(anyone: Door, settings: Any, time_machine: Any) -> None:
    settings.ACCESS_HOURS, settings.ACCESS_TIME_ZONE = "06:00-21:00", "Europe/Berlin"
    time_machine.move_to(datetime(2026, 7, 1, 22, tzinfo=ZoneInfo("Europe/Berlin")), tick=False)
    assert anyone.post(ME).json() == CLOSED


def test_too_often_the_answer_is_this(alice: Door, settings: Any, time_machine: Any) -> None:
    settings.RATE_LIMITS, settings.REDIS_URL = "send=5/1m", ""
    time_machine.move_to(datetime.now(tz=ZoneInfo("UTC")), tick=False)
    message = 'mutation { sendMessage(input: {conversationId: "x", body: "hello"}) { errors { code } } }'
    for _ in range(5):
        assert alice.post(message).status_code == 200
    assert alice.post(message).json() == LIMITED


def test_to_a_rude_title_the_answer_is_this(alice: Door) -> None:
    assert alice.post(RUDE_OPERATION).json() == RUDE
    assert not Conversation.objects.exists()
    alice.ask(RUDE_OPERATION.replace("A load of sh1t", "Scunthorpe cocktail"))
    assert Conversation.objects.exists()


def test_english_has_a_list() -> None:
    assert set(real.OFFENSIVE_LANGUAGES) <= set(dictionary.available_languages)
