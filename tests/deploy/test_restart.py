"""Restarts under load, behind the proxy: nothing is lost or there twice, and by the best way nobody notices."""

import http
import json
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.compose import command_of
from tests.deploy import nginx
from tests.live.process import Message, Person, Process, Stream, house
from tests.servers import free_ports, is_up, running, wait_for

pytestmark = nginx.needs_nginx
WORKERS = 2
MOMENT = 1.0  # seconds of load before and after a restart
PAUSE = 0.1  # seconds before one comes again
BREATH = 0.04  # between two messages: in seven seconds there must not be a thousand, after which one must resync
RESTART = 1012
PAGE = """query($id: ID!, $after: String) { conversation(id: $id) { messages(first: 100, after: $after) {
  nodes { sequence body } pageInfo { hasNextPage endCursor } } } }"""
SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { errors { code } } }"
STARTED, STOPPED = "Started worker-", "Stopped old worker-"


@dataclass
class Street:
    """The proxy, and what may stand behind it."""

    door: Process
    proxy: subprocess.Popen[bytes]
    folder: Path

    @property
    def port(self) -> int:
        """Where the proxy usually looks for the web process."""
        return int(self.door.environment["GRANIAN_PORT"])

    @contextmanager
    def web(self, port: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """One that is ready to answer."""
        ready = self.said(STARTED) + WORKERS
        with self._running("web", GRANIAN_PORT=str(port or self.port)) as process:
            wait_for(lambda: self.said(STARTED) == ready)
            yield process

    @contextmanager
    def live(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._running("live") as process:
            wait_for(is_up(int(self.door.environment["UVICORN_PORT"])))
            yield process

    def _running(self, service: str, **others: str) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return running(command_of(service), self.door.environment | others, self.folder / f"{service}.log")

    def said(self, words: str) -> int:
        """How often, by web processes."""
        log = self.folder / "web.log"
        return log.read_text().count(words) if log.exists() else 0

    def lead_to(self, port: int) -> None:
        """The proxy looks for the web process there from now on, but for what it has already begun."""
        config = self.folder / "nginx.conf"
        config.write_text(re.sub(r"(upstream web {[^}]*127\.0\.0\.1):\d+", rf"\1:{port}", config.read_text()))
        workers = self._workers_of_proxy()
        self.proxy.send_signal(signal.SIGHUP)
        wait_for(lambda: not workers & self._workers_of_proxy())

    def _workers_of_proxy(self) -> set[str]:
        return set(Path(f"/proc/{self.proxy.pid}/task/{self.proxy.pid}/children").read_text().split())


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("restart")
    proxy, web, live = free_ports(3)
    given = {"GRANIAN_PORT": str(web), "GRANIAN_WORKERS": str(WORKERS), "UVICORN_PORT": str(live)}
    with house(folder, **given, GRANIAN_RESPAWN_INTERVAL="1") as environment:
        config = nginx.place(folder, port=proxy, web=web, live=live)
        with running(nginx.command(config), environment, folder / "proxy.err") as started:
            yield Street(Process(proxy, environment, folder / "live.log"), started, folder)


@dataclass
class Load:
    """People who write all the time, and send again what was not answered, with its key."""

    people: list[Person]
    conversation: str
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def send_all(self, person: Person) -> None:
        for number in count():
            if self.is_over.is_set():
                return
            self.send(person, f"{person.username}: {number}")
            time.sleep(BREATH)

    def send(self, person: Person, body: str) -> None:
        try:
            while (answer := self.attempt(person, body)) is None:
                self.refused.append(body)
                time.sleep(PAUSE)
            assert answer == {"data": {"sendMessage": {"errors": []}}}
            self.accepted.append(body)
        except Exception as error:
            self.failed.append(f"{body}: {error!r}")

    def attempt(self, person: Person, body: str) -> Any:
        """The answer; None where the proxy says that there is none."""
        fields = {"conversationId": self.conversation, "body": body, "idempotencyKey": body}
        params = {"query": SEND, "variables": {"input": fields}}
        line, response = person.process.post(params, **person.header)
        try:
            whole = response.read()
        finally:
            line.close()
        return None if response.status == http.HTTPStatus.SERVICE_UNAVAILABLE else json.loads(whole)

    def stored(self) -> list[str]:
        """The bodies, in the order of their numbers, which have no gap."""
        nodes: list[dict[str, Any]] = []
        after, is_more = None, True
        while is_more:
            page = self.people[0].ask(PAGE, id=self.conversation, after=after)["conversation"]["messages"]
            nodes += page["nodes"]
            after, is_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
        assert [node["sequence"] for node in nodes] == list(range(1, len(nodes) + 1))
        return [node["body"] for node in nodes]


@contextmanager
def load(street: Street) -> Iterator[Load]:
    """Four people writing to each other, from a moment before to a moment after."""
    people = [street.door.register(name) for name in ("alice", "bob", "charlie", "dora")]
    load = Load(people, people[0].gather(*people[1:]))
    threads = [threading.Thread(target=load.send_all, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        time.sleep(MOMENT)
        yield load
        time.sleep(MOMENT)
    finally:
        load.is_over.set()
        for thread in threads:
            thread.join()


def check(load: Load) -> None:
    """Everything is there once."""
    assert load.failed == []
    assert sorted(load.stored()) == sorted(load.accepted)


# ── the web process ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not Path("/proc").exists(), reason="who works for the proxy is asked of Linux")
def test_the_proxy_is_led_to_a_new_process_before_the_old_one_stops_and_nobody_notices(street: Street) -> None:
    with ExitStack() as processes:
        old = processes.enter_context(street.web())
        with load(street) as sent:
            (elsewhere,) = free_ports(1)
            processes.enter_context(street.web(elsewhere))
            processes.callback(street.lead_to, street.port)
            street.lead_to(elsewhere)
            old.terminate()
            assert old.wait() == 0
        check(sent)
        assert sent.refused == []


def test_workers_are_replaced_one_after_the_other(street: Street) -> None:
    with street.web() as web:
        replaced = street.said(STOPPED) + WORKERS
        with load(street) as sent:
            web.send_signal(signal.SIGHUP)
            wait_for(lambda: street.said(STOPPED) == replaced)
        check(sent)


def test_while_nobody_is_there_one_is_told_so_and_comes_back(street: Street) -> None:
    with ExitStack() as processes:
        old = processes.enter_context(street.web())
        with load(street) as sent:
            old.terminate()
            assert old.wait() == 0
            processes.enter_context(street.web())
        check(sent)
        assert sent.refused != []


# ── the live process ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Follower:
    """Somebody who listens, and comes back with the last cursor when it breaks off."""

    person: Person
    listen: Callable[["Follower"], Iterator[Message]]
    conversation: str
    cursor: str
    bodies: list[str] = field(default_factory=list)
    closed_with: list[int | None] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)

    def follow(self) -> None:
        while not self.is_over.is_set():
            for event in self.listen(self):
                self.cursor = event["cursor"] or self.cursor
                if event["__typename"] == "MessageSent":
                    self.bodies.append(event["message"]["body"])
            time.sleep(PAUSE)


def by_socket(follower: Follower) -> Iterator[Message]:
    try:
        with follower.person.dial() as line:
            yield from line.listen(after=follower.cursor)
            while True:
                yield line.event()
    except InvalidHandshake:
        return  # the proxy says that nobody is there
    except ConnectionClosed as closed:
        follower.closed_with.append(closed.rcvd and closed.rcvd.code)


def by_stream(follower: Follower) -> Iterator[Message]:
    with Stream(follower.person.process, follower.person.header, after=follower.cursor) as stream:
        if stream.response.status != http.HTTPStatus.OK:
            return
        try:
            while True:
                yield stream.event()
        except (http.client.HTTPException, StopIteration):
            return  # it was broken off


@pytest.mark.parametrize("listen", [by_socket, by_stream])
def test_whoever_listens_comes_back_and_has_missed_nothing(street: Street, listen: Any) -> None:
    with street.web(), ExitStack() as processes:
        old = processes.enter_context(street.live())
        with load(street) as sent:
            alice = sent.people[0]
            follower = Follower(alice, listen, sent.conversation, alice.cursor())
            known = set(sent.stored())
            following = threading.Thread(target=follower.follow)
            following.start()
            time.sleep(MOMENT)
            old.terminate()
            old.wait()
            processes.enter_context(street.live())
        check(sent)
        wait_for(lambda: set(sent.accepted) <= known | set(follower.bodies))
        follower.is_over.set()
    following.join()
    assert len(follower.bodies) == len(set(follower.bodies))  # and nothing twice
    assert set(follower.closed_with) <= {RESTART}
