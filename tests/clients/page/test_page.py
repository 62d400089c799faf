"""The page that docs/clients.md leads to: types generated with strict scalars, checked, bundled, run and looked at."""

# ruff: noqa: S603, S607 - bash, with the commands of docs/clients.md

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.browser.test_graphiql import ARGUMENTS, CHROMIUM, playwright
from tests.clients.conftest import HERE, needs_npm, play, run_tool, tool
from tests.conftest import PASSWORD
from tests.live.process import Person, Process, live_process
from tests.servers import PATIENCE, ROOT, free_ports, running, wait_for

PATH = {"PATH": os.environ["PATH"]}
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
_, COPY, LOOK = (
    block.replace("npm ci", "").replace("npx vite", "") for block in re.findall(r"```sh\n(.*?)```", PAGE, re.S)
)

pytestmark = needs_npm
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="The page is not looked at: no chromium")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`my-chat` beside the clone `parley`, by the commands of docs/clients.md, and what tries it out."""
    beside = tmp_path_factory.mktemp("beside")
    (beside / "parley").symlink_to(ROOT)
    (beside / "node_modules").symlink_to(HERE / "node_modules")
    shutil.copy(HERE / "browser.mjs", beside)
    shell(COPY, beside)
    folder = beside / "my-chat"
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    shutil.copy(HERE / "page" / "talk.mjs", folder)
    shutil.copy(HERE / "page" / "refused.ts", folder / "src")
    shell(LOOK, folder)  # which checks the types, and that src/refused.ts is refused
    return folder


def shell(commands: str, folder: Path) -> None:
    done = subprocess.run(["bash", "-ec", commands], cwd=folder, capture_output=True, text=True, timeout=4 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_type_that_does_not_hold_is_found(folder: Path) -> None:
    wrong = folder / "src" / "wrong.ts"
    wrong.write_text(
        "import type { Event } from './chat';\nexport const cursor = (event: Event): string => event.cursor;\n"
    )
    with pytest.raises(AssertionError, match="is not assignable to type 'string'"):
        run_tool(folder, "tsc")
    wrong.unlink()


def test_without_a_type_for_each_scalar_nothing_is_generated(folder: Path) -> None:
    config = (folder / "codegen.ts").read_text()
    (folder / "loose.ts").write_text(config.replace("DateTime: 'string', ", "").replace("src/gql/", "loose/"))
    with pytest.raises(AssertionError, match="Unknown scalar type DateTime"):
        run_tool(folder, "graphql-codegen --config loose.ts")


def test_it_talks(folder: Path, alice: Person, bob: Person) -> None:
    bob.say(alice.gather(bob), "good morning")
    run_tool(folder, "vite build --logLevel warn --ssr talk.mjs --outDir talk")
    talk = folder / "talk" / "talk.js"
    seen = play(talk, "talk", alice, other=bob.username)
    assert seen == {
        "heard": ["hello", "still there?"],
        "sequence": 2,
        "history": ["good morning", "hello", "still there?"],
    }
    assert "password" in play(talk, "refuse", alice)


@pytest.fixture(scope="module")
def origin() -> str:
    return f"http://127.0.0.1:{free_ports(1)[0]}"


@pytest.fixture(scope="module")
def server(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """It lets in the page's origin, and no other."""
    with live_process(tmp_path_factory.mktemp("server"), CORS_ALLOWED_ORIGINS=origin) as process:
        yield process


@pytest.fixture
def screen(folder: Path, origin: str, server: Process) -> Iterator[Any]:
    run_tool(folder, "vite build --logLevel warn", VITE_PARLEY=f"{server.address}/graphql")
    port = origin.rpartition(":")[2]
    with running(tool(f"vite preview {folder} --host 127.0.0.1 --strictPort --port {port}"), PATH, folder / "log"):
        wait_for(lambda: answers(origin))
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            page = browser.new_page()
            page.goto(origin)
            yield page
            browser.close()


@needs_chromium
def test_it_shows_what_somebody_writes(screen: Any, server: Process) -> None:
    alice, bob = server.register("alice"), server.register("bob")
    group = alice.gather(bob)
    bob.say(group, "good morning")
    screen.get_by_label("Username").fill(alice.username)
    screen.get_by_label("Password").fill("a wrong one")
    screen.get_by_role("button", name="Sign in").click()
    screen.get_by_role("alert").get_by_text("password").wait_for()
    screen.get_by_label("Password").fill(PASSWORD)
    screen.get_by_role("button", name="Sign in").click()
    screen.get_by_text("good morning").wait_for()
    bob.say(group, "are you there?")
    screen.get_by_text("are you there?").wait_for()
    screen.get_by_label("Message").fill("yes")
    screen.get_by_role("button", name="Send").click()
    screen.get_by_text("yes").wait_for()
    assert bob.ask("{ conversations { nodes { lastMessage { body } } } }") == {
        "conversations": {"nodes": [{"lastMessage": {"body": "yes"}}]}
    }


def answers(address: str) -> bool:
    with suppress(OSError), urlopen(address) as answer:  # noqa: S310 - our own
        return bool(answer.status)
    return False
