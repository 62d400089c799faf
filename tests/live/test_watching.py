"""The hub asks the database as long as anybody is connected, and says once that it gets no answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from accounts.models import User
from messaging.outages import Outage
from schema.live.hub import Connection, Hub
from tests.servers import PATIENCE


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.live.hub.LOOK_EVERY", 0.01)


def watched(while_connected: Callable[[Hub], Awaitable[None]]) -> Hub:
    """A hub that somebody was connected to for a while, without a database: pytest lets nobody reach it."""
    alice = User(pk=1)
    alice.session = None

    async def connect() -> Hub:
        hub = Hub()
        connection = Connection(alice, "sockets", lambda _: None)
        hub.connect(connection)
        watching = hub._watching
        assert watching is not None
        async with asyncio.timeout(PATIENCE):
            await while_connected(hub)
            hub.disconnect(connection)
            await watching
        return hub

    return asyncio.run(connect())


def test_that_the_database_does_not_answer_is_logged_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[datetime] = []
    monkeypatch.setattr("schema.live.hub.conditions", [lambda _, now: looks.append(now)])

    async def while_it_looks_again(_: Hub) -> None:
        while len(looks) < 3:
            await asyncio.sleep(0.01)

    watched(while_it_looks_again)
    assert [record.levelname for record in caplog.records if "who may stay" in record.message] == ["ERROR"]


def test_nothing_is_asked_while_nobody_is_connected() -> None:
    async def for_a_moment(_: Hub) -> None:
        await asyncio.sleep(0)

    assert watched(for_a_moment)._watching is None


def test_the_end_of_an_outage_is_logged_and_the_next_one_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    outage = Outage("the sky is dark")
    outage.is_over()
    for error in (OSError(), OSError(), ValueError(), OSError()):
        outage.goes_on(error)
    outage.is_over()
    outage.goes_on(OSError())
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "INFO", "ERROR"]
