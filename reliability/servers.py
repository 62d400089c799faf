"""The servers: a PostgreSQL cluster, Redis and the processes of production, all private, all ended by their ids."""

# ruff: noqa: S603 - PostgreSQL, Redis, granian, uvicorn and this Python, with arguments written here

import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.compose import ROOT, command_of, settings_of

PATIENCE = 60  # seconds that a server may take to start, or to end
PORTS = range(20_000, 32_000)  # Linux gives others to clients: a server that is away for a while keeps its own
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")
CLOCK_LAG = 1  # seconds until all processes have noticed that the clock was turned


class Missing(Exception):
    """A program that is to be broken is not on this machine."""


def free_port() -> int:
    for port in random.sample(PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise Missing("no free port")


def wait_until(is_so: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} has not come within {PATIENCE} s")
        time.sleep(0.05)


def program(name: str, *folders: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ["PATH"], "/usr/sbin"]))
    if found is None:
        raise Missing(f"{name} is not installed")
    return found


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Process:
    """One process with its children, which can be started again with the same command."""

    def __init__(self, command: list[str], log: Path, **options: Any) -> None:
        self._command, self._log, self._options = command, log, options
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, start_new_session=True, **self._options
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def children(self) -> list[int]:
        with suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []

    def is_running(self) -> bool:
        return self._process.poll() is None

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Waits for it; whatever is left of its group is killed."""
        if self.is_running():
            self._process.send_signal(how)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE / 4)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


class PostgreSQL:
    """A cluster of its own, which waits for the disk at every commit. PostgreSQL does not run as root."""

    def __init__(self, folder: Path, log: Path) -> None:
        versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        self._program = program("postgres", *(str(path) for path in reversed(versions)))
        self._as: dict[str, Any] = {"cwd": folder}
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        self.port = free_port()
        self._folder = folder
        initdb = [str(Path(self._program).with_name("initdb")), "--no-sync", "--auth=trust", "--username=postgres"]
        subprocess.run([*initdb, folder / "data"], check=True, stdout=subprocess.DEVNULL, **self._as)
        self._process = Process(list(self._command()), log, **self._as)
        wait_until(self.is_ready, "PostgreSQL")

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def is_ready(self) -> bool:
        ask = [str(Path(self._program).with_name("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ask, **self._as, check=False).returncode == 0

    def stop(self, *, crashes: bool = False) -> None:
        """In an ordinary way, with everybody's connections closed; or at once, without writing anything down."""
        self._process.end(signal.SIGQUIT if crashes else signal.SIGINT)

    def start(self) -> None:
        self._process.start()

    def _command(self) -> Iterator[str]:
        yield from (self._program, "-D", str(self._folder / "data"), "-k", str(self._folder), "-p", str(self.port))
        for setting in ("listen_addresses=127.0.0.1", "fsync=on", "synchronous_commit=on", "max_connections=200"):
            yield from ("-c", setting)


class Redis:
    """Writes nothing down, so that what it has heard is gone with it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = Process(command, folder / "redis.log", cwd=folder)
        wait_until(self.is_ready, "Redis")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def is_ready(self) -> bool:
        return answers(self.port)

    def kill(self) -> None:
        self._process.end(signal.SIGKILL)

    def start(self) -> None:
        self._process.start()


class Server:
    """One of the processes of compose.yaml, with its workers."""

    def __init__(self, service: str, port: int, environment: dict[str, str], log: Path) -> None:
        self.port = port
        command = [*command_of(service), "--host", "127.0.0.1", "--port", str(port)]
        self.process = Process(command, log, env=environment | settings_of(service), cwd=ROOT)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                return True
        except OSError:
            return False


class Inside:
    """The process that makes people and reads the state: reliability/inside.py."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "reliability.inside"],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
                text=True,
            )

    def ask(self, what: str, **arguments: Any) -> Any:
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps([what, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(self._log.read_text()[-2_000:])
        return json.loads(answer)

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


class House:
    """Everything together, as in production: web workers, two live processes, a database, Redis."""

    def __init__(self, stack: ExitStack, folder: Path, *, on_sqlite: bool, has_own_clock: bool) -> None:
        self.folder = folder
        self._reviving = threading.Lock()
        self.redis = Redis(folder)
        stack.callback(self.redis.kill)
        self.postgresql = None if on_sqlite else self._postgresql(stack)
        self._clock = folder / "clock"
        environment = self._environment(has_own_clock)
        migrate = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(migrate, cwd=ROOT, env=environment, check=True, timeout=2 * PATIENCE)
        self.inside = Inside(environment, folder / "inside.log")
        stack.callback(self.inside.end)
        self.web = self._start(stack, "web", environment, "web")
        self.live = [self._start(stack, "live", environment, f"live{number}") for number in (1, 2)]
        self.be_ready()

    @property
    def servers(self) -> list[Server]:
        return [self.web, *self.live]

    def workers(self) -> list[int]:
        """The ids of everything that serves: what a fault may hit, and what a fault elsewhere must leave alone."""
        return [*self.web.process.children(), *(server.process.pid for server in self.live)]

    def revive(self) -> None:
        """What `restart: unless-stopped` does in compose.yaml. Granian looks after its own workers, but for one that is
        killed again within 5.5 s of its start: then it ends."""
        with self._reviving:
            for server in self.servers:
                if not server.process.is_running():
                    server.process.start()

    def be_ready(self) -> None:
        self.revive()
        for server in self.servers:
            wait_until(server.is_ready, "a server of ours")

    def turn_clock(self, seconds: int) -> None:
        """For all processes of ours; each notices within CLOCK_LAG seconds."""
        self._clock.write_text(f"{seconds:+d}\n")

    def _postgresql(self, stack: ExitStack) -> PostgreSQL:
        own = stack.enter_context(TemporaryDirectory(prefix="parley-postgresql-"))
        cluster = PostgreSQL(Path(own), self.folder / "postgresql.log")
        stack.callback(cluster.stop, crashes=True)
        return cluster

    def _start(self, stack: ExitStack, service: str, environment: dict[str, str], name: str) -> Server:
        server = Server(service, free_port(), environment, self.folder / f"{name}.log")
        stack.callback(server.process.end)
        return server

    def _environment(self, has_own_clock: bool) -> dict[str, str]:
        """Of production, on loopback; without the limits that would stop any of this."""
        environment = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SECRET_KEY": "for servers that are started to be killed",
            "JWT_SECRET_KEY": "for the tokens of servers that are started to be killed",
            "DEBUG": "off",
            "ALLOWED_HOSTS": "127.0.0.1",
            "RATE_LIMITS": "off",
            "OFFENSIVE_LANGUAGE": "off",
            "ACCESS_TOKEN_MINUTES": "240",
            "DATABASE_URL": self.postgresql.url if self.postgresql else f"sqlite:///{self.folder / 'parley.sqlite3'}",
            "REDIS_URL": self.redis.url,
        }
        if not has_own_clock:
            return environment
        if not FAKETIME.exists():
            raise Missing("libfaketime is not installed")
        self.turn_clock(0)
        return environment | {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock),
            "FAKETIME_CACHE_DURATION": f"{CLOCK_LAG}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@contextmanager
def house(folder: Path, *, on_sqlite: bool = False, has_own_clock: bool = False) -> Iterator[House]:
    """In an empty folder. What was started is ended, the last first."""
    with ExitStack() as stack:
        yield House(stack, folder, on_sqlite=on_sqlite, has_own_clock=has_own_clock)
