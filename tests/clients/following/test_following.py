"""npm's graphql-ws and graphql-sse follow the feed of a live process: whatever breaks, every message once, in order."""

# ruff: noqa: S603 - node, with arguments written here

import base64
import json
import queue
import signal
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import HERE, NODE, needs_npm
from tests.clients.following.wire import Wire
from tests.conftest import PASSWORD
from tests.live.process import Person, Process, live_process
from tests.servers import PATIENCE, wait_for

SCRIPT = Path(__file__).with_name("follow.mjs")
FORBIDDEN, TRY_AGAIN = 4403, 1013

pytestmark = needs_npm


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with live_process(tmp_path_factory.mktemp("followed"), SILENT_SECONDS="3") as process:
        yield process


@pytest.fixture
def wire(process: Process) -> Iterator[Wire]:
    with closing(Wire(process.port)) as wire:
        yield wire


@pytest.fixture(params=["websocket", "stream"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def alice(process: Process) -> Person:
    return process.register("alice")


@pytest.fixture
def bob(process: Process) -> Person:
    return process.register("bob")


PRESENCE = {"event": "PresenceChanged"}  # comes when it likes


class Follower:
    """The front end of follow.mjs, and what it has said, but for who is online."""

    def __init__(self, **told: str) -> None:
        assert NODE is not None
        self._node = subprocess.Popen([NODE, SCRIPT, json.dumps(told)], cwd=HERE, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._node.stdout is not None
        with self._node.stdout as lines:
            for line in map(json.loads, lines):
                if line != PRESENCE:
                    self._lines.put(line)

    def hear(self) -> dict[str, Any]:
        return self._lines.get(timeout=PATIENCE)

    def hear_until(self, line: dict[str, Any]) -> list[dict[str, Any]]:
        heard = [self.hear()]
        while heard[-1] != line:
            heard.append(self.hear())
        return heard

    def sleep(self) -> None:
        self._node.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        self._node.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self._node.kill()
        self._node.wait()


Follow = Callable[[Person, str], Follower]


@pytest.fixture
def follow(transport: str, wire: Wire) -> Iterator[Follow]:
    """Somebody begins to follow what comes after a cursor."""
    followers = []

    def begin(person: Person, after: str) -> Follower:
        address = f"http://127.0.0.1:{wire.port}"
        followers.append(
            Follower(transport=transport, address=address, username=person.username, password=PASSWORD, after=after)
        )
        return followers[-1]

    yield begin
    for follower in followers:
        follower.close()


CAUGHT_UP = {"event": "CaughtUp"}


def sent(body: object) -> dict[str, Any]:
    return {"event": "MessageSent", "body": str(body)}


def events(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert not [line for line in heard if "errors" in line or "failed" in line]
    return [line for line in heard if "event" in line]


def test_who_is_cut_off_comes_back_and_misses_nothing(alice: Person, bob: Person, follow: Follow, wire: Wire) -> None:
    group = alice.gather(bob)
    cursor = alice.cursor()
    bob.say(group, "1", "2")
    follower = follow(alice, cursor)
    heard = follower.hear_until(CAUGHT_UP)
    bob.say(group, "3", "4")
    heard += follower.hear_until(sent(4))
    wire.cut()
    bob.say(group, "5", "6", "7")
    wire.mend()
    heard += follower.hear_until(CAUGHT_UP)
    bob.say(group, "8", "9")
    heard += follower.hear_until(sent(9))
    before, between, after = (list(map(sent, bodies)) for bodies in ("12", "34567", "89"))
    assert events(heard) == [*before, CAUGHT_UP, *between, CAUGHT_UP, *after]


def test_who_is_cut_off_again_and_again_misses_nothing(alice: Person, bob: Person, follow: Follow, wire: Wire) -> None:
    group = alice.gather(bob)
    follower = follow(alice, alice.cursor())
    follower.hear_until(CAUGHT_UP)
    heard = []
    for round in range(5):
        bob.say(group, f"{round}, before")
        wire.cut()
        bob.say(group, f"{round}, while")
        wire.mend()
        bob.say(group, f"{round}, after")
        heard += follower.hear_until(sent(f"{round}, after"))
    wanted = [sent(f"{round}, {when}") for round in range(5) for when in ("before", "while", "after")]
    assert [event for event in events(heard) if event != CAUGHT_UP] == wanted


def test_whose_session_is_revoked_comes_back_with_a_fresh_token(
    alice: Person, bob: Person, follow: Follow, transport: str
) -> None:
    group = alice.gather(bob)
    follower = follow(alice, alice.cursor())
    follower.hear_until(CAUGHT_UP)
    alice.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=True)
    back = follower.hear_until(CAUGHT_UP)
    ended = [{"closed": FORBIDDEN}] if transport == "websocket" else []
    assert back == [*ended, {"connected": True}, CAUGHT_UP]
    bob.say(group, "welcome back")
    assert follower.hear() == sent("welcome back")


@pytest.mark.parametrize("transport", ["websocket"], indirect=True)
def test_who_has_slept_too_long_comes_back_when_awake(alice: Person, bob: Person, follow: Follow, wire: Wire) -> None:
    """As with the lid of a laptop closed."""
    group = alice.gather(bob)
    follower = follow(alice, alice.cursor())
    follower.hear_until(CAUGHT_UP)
    follower.sleep()
    wait_for(lambda: not wire.is_in_use)
    bob.say(group, "good morning")
    follower.wake()
    assert follower.hear_until(CAUGHT_UP) == [
        {"closed": TRY_AGAIN}, {"connected": True}, sent("good morning"), CAUGHT_UP,
    ]  # fmt: skip


@pytest.mark.parametrize("position", [0, 10**9])
def test_who_can_not_be_told_everything_is_told_so_and_that_is_all(
    alice: Person, follow: Follow, position: int
) -> None:
    feed = uuid.uuid4().hex if position == 0 else feed_of(alice)
    other = base64.urlsafe_b64encode(f"{feed}:{position}".encode()).decode().rstrip("=")
    heard = follow(alice, other).hear_until({"complete": True})
    assert heard == [{"connected": True}, {"event": "ResyncRequired"}, *closing_of(heard), {"complete": True}]


def feed_of(person: Person) -> str:
    return base64.urlsafe_b64decode(person.cursor() + "==").decode().partition(":")[0]


def closing_of(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """graphql-ws hangs up after its last subscription, before it says that it is complete or after."""
    return [line for line in heard if line == {"closed": 1000}]
