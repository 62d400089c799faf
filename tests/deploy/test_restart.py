"""Restarts under load, behind the proxy: what was taken in is answered whole, and nothing is lost or there twice."""

import http
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.deploy import nginx
from tests.deploy.test_proxy import command_of
from tests.live.process import Message, Person, Process, Stream, house
from tests.servers import free_ports, is_up, running, wait_for

pytestmark = nginx.needs_nginx
WORKERS = 2
MOMENT = 1.0  # seconds of load before and after a restart
PAUSE = 0.1  # seconds before one comes again
RESTART = 1012
PAGE = """query($id: ID!, $after: String) { conversation(id: $id) { messages(first: 100, after: $after) {
  nodes { sequence body } pageInfo { hasNextPage endCursor } } } }"""
SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { errors { code } } }"
BROKEN = ("prematurely closed", "reset by peer", "Broken pipe")
"""What the proxy complains of when the web process does not answer what it was handed."""


@dataclass
class Street:
    """The proxy, and what may stand behind it."""

    door: Process
    folder: Path

    @contextmanager
    def web(self) -> Iterator[subprocess.Popen[bytes]]:
        """One more process, ready to answer, beside those that are there."""
        ready = self.said("web", "Started worker-") + WORKERS
        with self._running("web") as process:
            wait_for(lambda: self.said("web", "Started worker-") == ready)
            yield process

    @contextmanager
    def live(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._running("live") as process:
            wait_for(is_up(int(self.door.environment["UVICORN_PORT"])))
            yield process

    def _running(self, service: str) -> Any:
        return running(command_of(service), self.door.environment, self.folder / f"{service}.log")

    def said(self, name: str, words: str) -> int:
        """How often, in a log."""
        path = self.folder / f"{name}.log"
        return path.read_text().count(words) if path.exists() else 0

    def broken(self) -> list[str]:
        web = f'upstream: "http://127.0.0.1:{self.door.environment["GRANIAN_PORT"]}/'
        complaints = (self.folder / "proxy.err").read_text().splitlines()
        return [line for line in complaints if web in line and any(words in line for words in BROKEN)]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("restart")
    proxy, web, live = free_ports(3)
    given = {"GRANIAN_PORT": str(web), "GRANIAN_WORKERS": str(WORKERS), "UVICORN_PORT": str(live)}
    with house(folder, **given, GRANIAN_RESPAWN_INTERVAL="1") as environment:
        config = nginx.place(folder, port=proxy, web=web, live=live)
        with running(nginx.command(config), environment, folder / "proxy.err"):
            yield Street(Process(proxy, environment, folder / "live.log"), folder)


@dataclass
class Load:
    """People who write all the time. What nobody has taken in they send again, without a key: it would be there twice
    if somebody had."""

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
        """The answer; None where the proxy says that nobody is there."""
        params = {"query": SEND, "variables": {"input": {"conversationId": self.conversation, "body": body}}}
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


def check(street: Street, load: Load) -> None:
    """Everything was answered, and is there once."""
    assert load.failed == []
    assert street.broken() == []
    assert sorted(load.stored()) == sorted(load.accepted)


# ── the web process ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_workers_are_replaced_one_after_the_other(street: Street) -> None:
    with street.web() as web:
        replaced = street.said("web", "Stopped old worker-") + WORKERS
        with load(street) as sent:
            os.kill(web.pid, signal.SIGHUP)
            wait_for(lambda: street.said("web", "Stopped old worker-") == replaced)
        check(street, sent)  # but whoever came before the new ones were ready may have been sent away


def test_a_new_process_is_started_before_the_old_one_is_stopped_and_nobody_notices(street: Street) -> None:
    with ExitStack() as processes:
        old = processes.enter_context(street.web())
        with load(street) as sent:
            processes.enter_context(street.web())  # on the same port
            old.terminate()
            assert old.wait() == 0
        check(street, sent)
        assert sent.refused == []


def test_while_nobody_is_there_one_is_told_so_and_nothing_that_was_taken_in_is_lost(street: Street) -> None:
    with ExitStack() as processes:
        old = processes.enter_context(street.web())
        with load(street) as sent:
            old.terminate()
            assert old.wait() == 0
            processes.enter_context(street.web())
        check(street, sent)
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
        check(street, sent)
        wait_for(lambda: set(sent.accepted) <= known | set(follower.bodies))
        follower.is_over.set()
    following.join()
    assert len(follower.bodies) == len(set(follower.bodies))  # and nothing twice
    assert set(follower.closed_with) <= {RESTART}
