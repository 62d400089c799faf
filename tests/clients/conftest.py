"""The real servers that clients of other people's making talk to; `npm ci` in this folder gets the clients."""

# ruff: noqa: S603 - this Python and node, with arguments written here

import base64
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PASSWORD
from tests.live.process import Person, Process, live_process
from tests.servers import PATIENCE, ROOT, database, free_ports, is_up, running, wait_for

HERE = Path(__file__).parent
NODE = shutil.which("node")
SERVERS = {
    "granian": ("--interface", "wsgi", "config.wsgi:application"),
    "uvicorn": ("--lifespan", "off", "--no-access-log", "--no-proxy-headers", "config.asgi:application"),
}
needs_npm = pytest.mark.skipif(
    NODE is None or not (HERE / "node_modules").is_dir(),
    reason="no client of npm's is tried: that takes node, and `npm ci` in tests/clients",
)


def environment_of(database_url: str, port: int, media: Path) -> dict[str, str]:
    """Production's settings, but for introspection and the rate limits."""
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "for a server that clients of npm's try out",
        "JWT_SECRET_KEY": "for the tokens of a server that clients try out",
        "DEBUG": "off",
        "INTROSPECTION": "on",
        "RATE_LIMITS": "off",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATABASE_URL": database_url,
        "MEDIA_STORAGE": str(media),
        "GRANIAN_PORT": str(port),
        "UVICORN_PORT": str(port),
    }


@contextmanager
def serving(server: str, folder: Path) -> Iterator[str]:
    """The address of a server of SERVERS, with an empty database."""
    (port,) = free_ports(1)
    with database(folder) as url:
        environment = environment_of(url, port, folder / "media")
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        with running([sys.executable, "-m", server, *SERVERS[server]], environment, folder / f"{server}.log"):
            wait_for(is_up(port))
            yield f"http://127.0.0.1:{port}"


def run_script(script: Path, *arguments: str) -> Any:
    """What a script for node prints, as JSON."""
    assert NODE is not None
    done = subprocess.run([NODE, script, *arguments], cwd=HERE, capture_output=True, text=True, timeout=4 * PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="session", params=SERVERS)
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(request.param, tmp_path_factory.mktemp(request.param)) as address:
        yield address


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One process for everything, as `manage.py start` is: clients that listen ask the same address."""
    with live_process(tmp_path_factory.mktemp("house")) as process:
        yield process


@pytest.fixture
def alice(house: Process) -> Person:
    return house.register("alice")


@pytest.fixture
def bob(house: Process) -> Person:
    return house.register("bob")


def play(script: Path, scene: str, person: Person, **told: str) -> Any:
    """What this person sees in one scene of a script."""
    who = {"url": f"{person.process.address}/graphql", "username": person.username, "password": PASSWORD}
    return run_script(script, json.dumps({"scene": scene, **who, **told}))


def workshop(folder: Path, name: str) -> Path:
    """A copy of a folder of ours, as far from the schema as that: what is generated there is nobody's to commit."""
    copy = folder / HERE.relative_to(ROOT)
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "schema").symlink_to(ROOT / "schema")
    return copy / name


def tool(command: str) -> list[str]:
    """A command that a package brings, as in the scripts of a package.json."""
    name, *arguments = command.split()
    return [str(HERE / "node_modules" / ".bin" / name), *arguments]


def run_tool(folder: Path, command: str, **environment: str) -> None:
    given = {**os.environ, **environment}
    done = subprocess.run(tool(command), cwd=folder, env=given, capture_output=True, text=True, timeout=4 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr


def expired(person: Person) -> str:
    """An access token of theirs whose time is over."""
    return person.with_token_for(-1).token


def lost_cursor() -> str:
    """Of a feed that is no more, as after a restored backup."""
    return base64.urlsafe_b64encode(f"{uuid.uuid4().hex}:0".encode()).decode().rstrip("=")
