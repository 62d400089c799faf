"""What docs/first-conversation.md, files.md and live.md say to a server is said to one, where the demo people are."""

# ruff: noqa: S603 - bash, with the pages' commands

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.files import picture
from tests.live.process import Process, live_process
from tests.servers import PATIENCE, ROOT

needs_shell = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash, or no curl")
DEMO = "from config.management import demo; demo.load()"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with live_process(tmp_path_factory.mktemp("typed")) as process:
        process.manage("shell", "-v0", "-c", DEMO)
        yield process


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def typed(name: str, process: Process, token: str = "") -> list[str]:
    """The page's only script, for bash and for this process, by somebody who is signed in."""
    (script,) = re.findall(r"^```(?:sh|bash)\n(.*?)^```", page(name), re.DOTALL | re.MULTILINE)
    return ["bash", "-euc", f"token={token}\n" + script.replace("http://127.0.0.1:8000", process.address)]


def output_of(command: list[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@needs_shell
def test_maya_writes_jonas_reads_and_nora_sees_nothing(process: Process, tmp_path: Path) -> None:
    sent, read, hidden = map(json.loads, output_of(typed("first-conversation.md", process), tmp_path).splitlines())
    message = sent["data"]["sendMessage"]["message"]
    newest = read["data"]["conversation"]["messages"]["nodes"][-1]
    assert newest == {"sequence": message["sequence"], "body": "Or at two?"}
    assert hidden == {"data": {"conversation": None}}


@needs_shell
def test_a_picture_is_uploaded(process: Process, tmp_path: Path) -> None:
    (tmp_path / "beach.jpg").write_bytes(picture("JPEG"))
    answer = json.loads(output_of(typed("files.md", process, process.register("alice").token), tmp_path))
    assert answer["data"]["uploadAttachment"]["errors"] == []
    assert answer["data"]["uploadAttachment"]["attachment"]["id"]


@needs_shell
def test_a_stream_tells_what_happens(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    with subprocess.Popen(typed("live.md", process, bob.token), stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout
        listening.stdout.readline()  # it has begun
        alice.say(alice.gather(bob), "hello")
        assert any('"MessageSent"' in line for line in listening.stdout)
        listening.kill()


def test_the_subscription_is_followed(process: Process) -> None:
    begin, follow, _ = re.findall(r"^ *```graphql\n(.*?)^ *```", page("live.md"), re.DOTALL | re.MULTILINE)
    alice, bob = process.register("alice"), process.register("bob")
    group = alice.gather(bob)
    with bob.dial() as line:
        line.subscribe(query=follow, after=bob.ask(begin)["eventCursor"])
        assert line.event()["__typename"] == "CaughtUp"
        alice.say(group, "hello")
        event = line.event()
    assert event["conversation"] == {"id": group, "unreadCount": 1}
    assert (event["message"]["body"], event["message"]["sender"]["username"]) == ("hello", alice.username)
