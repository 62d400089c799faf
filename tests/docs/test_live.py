"""docs/live.md is true: its queries are run, and its numbers are those of the server. Its subscription is followed in
tests/docs/test_at_a_server.py."""

import re
from pathlib import Path
from typing import Any

from config import websocket
from messaging import feed, live
from tests.conftest import Door
from tests.messaging.operations import say, talk

PAGE = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^ *```graphql\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
BEGIN, _, POLL = BLOCKS


def test_to_begin_and_to_poll(alice: Door, bob: Door) -> None:
    conversation = talk(alice, bob)
    begun = bob.ask(BEGIN)
    assert [one["id"] for one in begun["conversations"]["nodes"]] == [conversation]
    say(alice, conversation, "hello")
    polled = bob.ask(POLL, after=begun["eventCursor"])["events"]
    assert [event["message"]["body"] for event in polled["events"]] == ["hello"]


def test_its_numbers(settings: Any) -> None:
    limits = settings.LIVE_LIMITS
    assert f"more than {feed.MAX_BEHIND:,} events behind" in PAGE
    assert f"at most {limits['subscriptions']} subscriptions" in PAGE
    assert f"at most {limits['sockets']} sockets" in PAGE
    assert f"at most {limits['streams']} streams" in PAGE
    assert f"EVENT_RETENTION_DAYS={settings.EVENT_RETENTION_DAYS:g}" in PAGE
    assert live.POLL[1] == 4
    assert websocket.MAX_MESSAGE == 64 * 1024
