"""A live process that serves examples/web, and alice and bob at their screens."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.live.process import Person, Process, live_process
from tests.web.screens import Chat, chromium, open_chat, register, start


@pytest.fixture(scope="package")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with live_process(tmp_path_factory.mktemp("web"), FRONTEND_FILES="examples/web/dist") as process:
        yield process


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def alice(process: Process) -> Person:
    return register(process, "alice", "Adams")


@pytest.fixture
def bob(process: Process) -> Person:
    return register(process, "bob", "Brown")


@pytest.fixture
def conversation(alice: Person, bob: Person) -> str:
    return start(alice, bob)


@pytest.fixture
def hers(browser: Any, process: Process, alice: Person, conversation: str) -> Iterator[Chat]:
    """Alice's screen, with her inbox."""
    chat = open_chat(browser, process)
    chat.sign_in(alice)
    yield chat
    assert chat.outside == []
    chat.page.context.close()


@pytest.fixture
def his(browser: Any, process: Process, bob: Person, conversation: str) -> Iterator[Chat]:
    """Bob's screen, with his conversation with alice open."""
    chat = open_chat(browser, process)
    chat.sign_in(bob)
    chat.open("Alice Adams")
    yield chat
    assert chat.complaints == []
    chat.page.context.close()


@pytest.fixture
def both(hers: Chat, his: Chat) -> tuple[Chat, Chat]:
    """Both have it open."""
    hers.open("Bob Brown")
    return hers, his
