"""What Sentry is told: which exception, where and in which request; never what somebody has said or who it was."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from config import sentry
from config.settings import SENTRY_DSN
from schema import lists
from tests.conftest import Door
from tests.operations import TOKEN_AUTH, USERS

CANARY = "canary"


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events += [item.payload.json for item in envelope.items if item.payload.json]

    def event(self) -> dict[str, Any]:
        (only,) = self.events
        return only


@pytest.fixture
def kept(settings: Any) -> Iterator[Kept]:
    settings.SENTRY_DSN = "https://key@sentry.example/1"
    transport = Kept()
    sentry.begin(transport=transport)
    yield transport
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def people_for(viewer: Any) -> Any:
        in_a_variable = f"{CANARY} {viewer.email}"
        raise RuntimeError(f"{in_a_variable} is not there")

    monkeypatch.setattr(lists, "people_for", people_for)


def test_by_default_nobody_is_told() -> None:
    assert SENTRY_DSN == ""
    assert not sentry_sdk.get_client().is_active()


@pytest.mark.usefixtures("a_fault")
def test_an_exception_is_told_by_its_type_and_place_and_found_in_the_log_by_the_request(
    alice: Door, kept: Kept, log: Any
) -> None:
    alice.post(USERS, HTTP_X_REQUEST_ID="find-me")
    event = kept.event()
    (exception,) = event["exception"]["values"]
    assert exception["type"] == "RuntimeError"
    assert exception["stacktrace"]["frames"][-1]["function"] == "people_for"
    assert event["logentry"] == {"message": "unforeseen exception"}
    assert event["tags"] == {"request_id": "find-me", "operation": "Users"}
    assert CANARY in next(entry for entry in log.entries() if entry["request_id"] == "find-me")["exception"]


@pytest.mark.row(35)
@pytest.mark.usefixtures("a_fault")
def test_nothing_that_somebody_has_said_is_told(alice: Door, kept: Kept) -> None:
    query = "query Q($name: String) { user(username: $name) { id } users { totalCount } }"
    cookie = {"HTTP_COOKIE": f"sessionid={CANARY}", "HTTP_USER_AGENT": CANARY, "HTTP_REFERER": f"https://{CANARY}"}
    alice.post(query, {"name": CANARY}, **cookie)
    alice.client.get("/graphql", {"query": "{ users { totalCount } }", "variables": f'{{"a": "{CANARY}"}}'})
    alice.post(TOKEN_AUTH, {"input": {"username": CANARY, "password": CANARY}})
    assert kept.events
    told = json.dumps([without_source(event) for event in kept.events])
    assert alice.token is not None
    for secret in (CANARY, alice.token, "alice@example.com", "127.0.0.1"):
        assert secret not in told


def without_source(event: dict[str, Any]) -> dict[str, Any]:
    """Lines of the program say `CANARY` where they are tests."""
    for exception in event["exception"]["values"]:
        for frame in exception["stacktrace"]["frames"]:
            for name in ("pre_context", "context_line", "post_context"):
                frame.pop(name, None)
    return event


def test_what_is_filled_into_a_line_is_not_told(kept: Kept) -> None:
    logging.getLogger("parley.x").error("A letter to %s was lost", CANARY, extra={"to": CANARY}, stack_info=True)
    assert kept.event()["logentry"] == {"message": "A letter to %s was lost"}
    assert CANARY not in json.dumps(kept.event())


def test_what_others_have_filled_in_already_is_not_told_either(kept: Kept) -> None:
    async def forget() -> None:
        async def fail() -> None:
            raise ValueError(CANARY)

        task = asyncio.create_task(fail())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_exception_handler({"message": f"Lost: {CANARY}", "task": task})
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(forget())
    assert (kept.event()["logger"], "logentry" in kept.event()) == ("asyncio", False)
    assert CANARY not in json.dumps(kept.event())


def test_a_warning_is_nothing_to_tell(kept: Kept) -> None:
    logging.getLogger("parley.x").warning("It rains")
    assert kept.events == []
