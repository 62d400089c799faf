"""Two commands on a fresh machine: what manage.py decides before Django, and one real start of a copy."""

# ruff: noqa: S603, S607 - the programs are git and this Python, the arguments are written here

import http
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.core.management.base import CommandError

from config import bootstrap
from config.management import demo
from config.management.commands import start

ROOT = bootstrap.ROOT
LOCKED = re.compile(r"^([a-z0-9][\w.\[\]-]*==\S+)", re.MULTILINE)


# -- the environment -------------------------------------------------------------------------------------------------


def test_a_virtual_environment_is_left_alone() -> None:
    assert bootstrap.in_environment()


def test_under_uv_nothing_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.delenv("UV", raising=False)
    assert not bootstrap.in_environment()
    monkeypatch.setenv("UV", "/somewhere/uv")
    assert bootstrap.in_environment()


@pytest.mark.parametrize(
    ("stamp", "runs", "step"),
    [
        ("of these locks", True, "use"),
        ("of other locks", True, "install"),
        ("", True, "install"),  # somebody has made it by hand
        (bootstrap.UNFINISHED, True, "build"),
        ("of these locks", False, "build"),
    ],
)
def test_what_is_done_with_the_environment_that_is_there(stamp: str, runs: bool, step: str) -> None:
    assert bootstrap.next_step(stamp, {"of these locks"}, runs) == step


def test_the_stamp_changes_with_every_lock(tmp_path: Path) -> None:
    for lock in bootstrap.TEST_LOCKS:
        (tmp_path / lock).write_text("")
    server, tests = (bootstrap.stamp_for(tmp_path, locks) for locks in (bootstrap.SERVER_LOCKS, bootstrap.TEST_LOCKS))
    (tmp_path / "requirements.txt").write_text("django==5.2")
    assert bootstrap.stamp_for(tmp_path, bootstrap.SERVER_LOCKS) != server
    assert bootstrap.stamp_for(tmp_path, bootstrap.TEST_LOCKS) != tests


def test_the_lock_of_the_tests_holds_every_pin_of_the_server() -> None:
    server, tests = (set(LOCKED.findall((ROOT / lock).read_text())) for lock in bootstrap.TEST_LOCKS)
    assert server
    assert server <= tests


def test_only_a_virtual_environment_of_this_version_counts_as_running(tmp_path: Path) -> None:
    assert bootstrap.same_python(Path(sys.executable))
    assert not bootstrap.same_python(tmp_path / "bin" / "python")


def test_without_the_venv_module_one_sentence_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lock in bootstrap.TEST_LOCKS:
        (tmp_path / lock).write_text("")
    monkeypatch.setattr("importlib.util.find_spec", lambda *_: None)
    with pytest.raises(bootstrap.CannotGoOn, match="apt install python3-venv"):
        bootstrap.ready_environment(tmp_path, bootstrap.SERVER_LOCKS)
    assert not (tmp_path / ".venv").exists()


@pytest.mark.skipif(not bootstrap.can_build(), reason="no ensurepip here")
def test_an_installation_that_fails_stays_unfinished(tmp_path: Path) -> None:
    for lock in bootstrap.TEST_LOCKS:
        (tmp_path / lock).write_text("this is no requirement")
    with pytest.raises(bootstrap.CannotGoOn, match=r"requirements\.txt has failed"):
        bootstrap.ready_environment(tmp_path, bootstrap.SERVER_LOCKS)
    assert bootstrap.read(tmp_path / ".venv" / "parley-installed") == bootstrap.UNFINISHED


@pytest.mark.skipif(not bootstrap.can_build(), reason="no ensurepip here")
def test_a_finished_installation_is_used_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for lock in bootstrap.TEST_LOCKS:
        (tmp_path / lock).write_text("# nothing\n")
    first = bootstrap.ready_environment(tmp_path, bootstrap.SERVER_LOCKS)
    assert "Installing into .venv" in capfd.readouterr().err
    assert bootstrap.ready_environment(tmp_path, bootstrap.SERVER_LOCKS) == first
    assert "Installing" not in capfd.readouterr().err


def test_manage_py_can_be_read_by_an_old_python() -> None:
    """Nothing newer than Python 2.7 in it, or the sentence about the version would never be printed."""
    text = (ROOT / "manage.py").read_text()
    assert text.isascii()
    assert not re.search(r"\bf\"|->|:=|\bmatch\b", text)


# -- keys and DEBUG --------------------------------------------------------------------------------------------------


def test_start_makes_two_random_keys_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys.env"
    bootstrap.make_keys(file)
    keys = dict(line.split("=", 1) for line in file.read_text().splitlines())
    assert keys.keys() == {"SECRET_KEY", "JWT_SECRET_KEY"}
    assert keys["SECRET_KEY"] != keys["JWT_SECRET_KEY"]
    assert min(map(len, keys.values())) >= 64
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_next_start_keeps_the_keys(tmp_path: Path) -> None:
    bootstrap.make_keys(tmp_path / "keys.env")
    first = (tmp_path / "keys.env").read_text()
    bootstrap.make_keys(tmp_path / "keys.env")
    assert (tmp_path / "keys.env").read_text() == first


@pytest.mark.parametrize(
    ("command", "started_before", "dotenv", "expected"),
    [
        ("start", False, "", True),
        ("start", True, "DEBUG=off", True),
        ("createsuperuser", True, "", True),
        ("createsuperuser", True, "# SECRET_KEY=\n", True),
        ("createsuperuser", False, "", False),
        ("createsuperuser", True, "DEBUG=off\n", False),
        ("createsuperuser", True, "A=1\nexport SECRET_KEY=abc\n", False),
    ],
)
def test_which_commands_are_a_developers(
    command: str,
    started_before: bool,
    dotenv: str,
    expected: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    keys = tmp_path / "keys.env"
    if started_before:
        keys.touch()
    assert bootstrap.is_development(command, keys, dotenv) is expected


def test_a_key_in_the_environment_means_production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "given by the environment")
    (tmp_path / "keys.env").touch()
    assert not bootstrap.is_development("migrate", tmp_path / "keys.env", "")


# -- the address -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1:8000", ("127.0.0.1", 8000)),
        ("localhost:80", ("localhost", 80)),
        ("[::1]:8000", ("::1", 8000)),
        ("8001", ("127.0.0.1", 8001)),
        (":8001", ("127.0.0.1", 8001)),
    ],
)
def test_an_address_to_serve_at(address: str, expected: tuple[str, int]) -> None:
    assert start.parse(address) == expected


@pytest.mark.parametrize(
    "address", ["", "here", "127.0.0.1", "127.0.0.1:", "localhost:99999", "::1:8000", "1:2:3", "a:-1"]
)
def test_a_malformed_address_is_one_sentence(address: str) -> None:
    with pytest.raises(CommandError, match="is not an address and a port"):
        start.parse(address)


def test_a_port_in_use_is_one_sentence() -> None:
    with start.listen("127.0.0.1", 0) as taken, pytest.raises(CommandError, match="in use"):
        start.listen("127.0.0.1", taken.getsockname()[1])


def test_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="There is no address"):
        start.listen("nowhere.invalid", 8000)


# -- the whole of it -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the repository as a clone would have them: no .env, no .data."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("this is no git repository")
    folder = tmp_path_factory.mktemp("clone")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def clean_environment() -> dict[str, str]:
    """Nothing of the settings that these tests run with."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ}


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, Path]]:
    """`manage.py start` in `folder`: its address, and the file with what it prints. Ends by Ctrl-C, cleanly."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    printed = folder / "printed"
    with printed.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "start", f"127.0.0.1:{port}", *arguments],
            cwd=folder,
            env=clean_environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(process, port, printed)
            yield f"http://127.0.0.1:{port}", printed
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=20) == 0, printed.read_text()
            assert "Traceback" not in printed.read_text()
        finally:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], port: int, printed: Path) -> None:
    """Until it answers: it takes the port first, so that a connection alone says nothing."""
    deadline = time.monotonic() + 60
    while "Stop with Ctrl-C" not in printed.read_text():
        assert process.poll() is None, printed.read_text()
        assert time.monotonic() < deadline, printed.read_text()
        time.sleep(0.05)


def ask(url: str, query: str, variables: dict[str, Any] | None = None, token: str | None = None) -> Any:
    """The data of an operation, over a real connection."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    with urlopen(Request(f"{url}/graphql", body, headers), timeout=20) as response:  # noqa: S310 - our own address
        answer = json.load(response)
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def page(url: str) -> int:
    """The status of the page at `/`."""
    try:
        with urlopen(url, timeout=20) as response:  # noqa: S310 - our own address
            return int(response.status)
    except HTTPError as refusal:
        return refusal.code


def log_in(url: str, username: str) -> str:
    payload = ask(
        url,
        "mutation($input: TokenAuthInput!) { tokenAuth(input: $input) { token errors { message } } }",
        {"input": {"username": username, "password": demo.PASSWORD}},
    )["tokenAuth"]
    assert not payload["errors"]
    return payload["token"]


CONVERSATIONS = "{ conversations { nodes { id kind lastMessage { body } } } }"
SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id } errors { message } } }"
BODY = "query($id: ID!) { message(id: $id) { body } }"


def test_a_fresh_clone_serves_the_demo_people_and_keeps_what_they_wrote(copy: Path) -> None:
    with serving(copy, "--demo") as (url, printed):
        assert demo.PASSWORD in printed.read_text()
        assert f"Chat       {url}/" in printed.read_text()
        assert page(url) == http.HTTPStatus.OK
        maya, jonas, nora = (log_in(url, name) for name in ("maya", "jonas", "nora"))
        (direct,) = [
            one
            for one in ask(url, CONVERSATIONS, token=jonas)["conversations"]["nodes"]
            if (one["lastMessage"] or {})["body"] == "Remind me never to negotiate against you."
        ]
        sent = ask(url, SEND, {"input": {"conversationId": direct["id"], "body": "Never again!"}}, maya)["sendMessage"]
        assert not sent["errors"]
        message = {"id": sent["message"]["id"]}
        assert ask(url, BODY, message, jonas)["message"] == {"body": "Never again!"}
        assert ask(url, BODY, message, nora)["message"] is None
    with serving(copy) as (url, printed):
        assert ask(url, BODY, message, jonas)["message"] == {"body": "Never again!"}
        assert "Chat" not in printed.read_text()
        assert page(url) == http.HTTPStatus.NOT_FOUND


def test_before_the_first_start_other_commands_say_what_is_missing(copy: Path) -> None:
    shutil.copytree(copy, fresh := copy.with_name("fresh"), ignore=shutil.ignore_patterns(".data"))
    refused = run(fresh, "check")
    assert refused.returncode == 1
    assert "parley.E001" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_setting_of_the_wrong_kind_is_one_sentence(copy: Path) -> None:
    refused = run(copy, "start", ACCESS_TOKEN_MINUTES="abc")
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "ACCESS_TOKEN_MINUTES is 'abc'" in refused.stderr


def test_manage_py_test_hands_everything_to_pytest_and_needs_no_keys(copy: Path) -> None:
    shutil.copytree(copy, fresh := copy.with_name("fresh_for_tests"), ignore=shutil.ignore_patterns(".data"))
    done = run(fresh, "test", "-n0", "-k", "a_key_in_the_environment", "tests/test_bootstrap.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "database: SQLite" in done.stdout
    assert "left out: PostgreSQL" in done.stdout
    assert run(fresh, "test", "-n0", "-k", "nothing_is_called_like_this").returncode == 5  # pytest: no tests collected
