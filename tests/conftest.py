"""The cast and the front door: alice and bob talk, charlie is a stranger. Everything goes through HTTP."""

import json
import logging
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.signals import setting_changed
from django.dispatch import receiver
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from accounts import throttle
from accounts.models import User
from accounts.services.sessions import start_session
from config.logs import formatter

PASSWORD = "correct horse battery"
COUNTED_AS = f"parley-tests-{uuid.uuid4()}"  # in Redis, where other processes may be counting at the same time

# Middleware is loaded once a process, not once a person: WhiteNoise reads all static files when it is made.
HANDLER = ClientHandler(enforce_csrf_checks=False)
READ_WHEN_LOADED = (
    "MIDDLEWARE", "INSTALLED_APPS", "DEBUG", "SECURE_", "SESSION_", "CSRF_", "CORS_", "STATIC", "STORAGES",
    "WHITENOISE_",
)  # fmt: skip
"""What the settings begin with that middleware reads when it is made; ours reads its own at each request."""


@receiver(setting_changed)
def load_middleware_anew(*, setting: str, **_: Any) -> None:
    """With the next request: a test has changed what middleware has read, or it is again what it was."""
    if setting.startswith(READ_WHEN_LOADED):
        HANDLER._middleware_chain = None


def new_client() -> Client:
    """A client with cookies of its own, behind the door that all share."""
    client = Client()
    client.handler = HANDLER
    return client


@dataclass
class Door:
    """A front end: sends GraphQL to /graphql, as nobody or as the person it signed in as."""

    token: str | None = None
    person: User | None = None
    client: Client = field(default_factory=new_client)

    def post(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        """The whole HTTP response."""
        if self.token and "HTTP_AUTHORIZATION" not in headers:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        body = json.dumps({"query": query, "variables": variables or {}})
        return self.client.post("/graphql", body, content_type="application/json", **headers)

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of an operation that must succeed."""
        answer = self.post(query, variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def refused(self, query: str, **variables: Any) -> str:
        """The code of the only top-level error of an operation that must fail."""
        answer = self.post(query, variables).json()
        (error,) = answer["errors"]
        return error["extensions"]["code"]


def pytest_report_header(config: pytest.Config) -> list[str]:
    """On what the tests run, and what a run on other servers would add."""
    from django.db import connection

    redis = getattr(settings, "REDIS_URL", "")
    lines = [
        f"database: {connection.display_name}" + (", in memory" if connection.vendor == "sqlite" else ""),
        f"redis: {'used' if redis else 'none'}",
    ]
    if connection.vendor == "sqlite":
        lines.append("left out: PostgreSQL (set DATABASE_URL=postgres://user:password@host:5432/name)")
    if not redis:
        lines.append("left out: Redis (set REDIS_URL=redis://host:6379/0)")
    return lines


@pytest.fixture(autouse=True)
def nobody_has_failed_yet() -> None:
    """Failed log-ins are counted where no transaction rolls them back: in memory, or in Redis under a name of ours."""
    throttle._local.cache_clear()
    if settings.REDIS_URL:
        counted: Any = throttle._shared(settings.REDIS_URL).storage
        counted.key_prefix = COUNTED_AS
        counted.reset()


@pytest.fixture(autouse=True)
def nothing_is_stored_yet() -> None:
    """The storage of the tests is in memory, and outlives a transaction that is rolled back."""
    for folder in default_storage.listdir("")[0]:
        default_storage.delete(folder)


class Log(StringIO):
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()

    def entries(self) -> list[dict]:
        return [json.loads(line) for line in self.lines()]

    def entry(self) -> dict:
        """The only line."""
        (line,) = self.lines()
        return json.loads(line)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Everything that is logged meanwhile, as it is written to standard error."""
    log = Log()
    monkeypatch.setattr("config.logs.sys", SimpleNamespace(stderr=log))  # sys.stderr itself pytest changes once more
    handler = logging.StreamHandler(log)
    handler.setFormatter(formatter())
    loggers = [logging.getLogger(), logging.getLogger("parley")]  # the second hands nothing up
    for logger in loggers:
        logger.addHandler(handler)
    yield log
    for logger in loggers:
        logger.removeHandler(handler)


@pytest.fixture
def client() -> Client:
    return new_client()


@pytest.fixture
def anyone() -> Door:
    return Door()


def join(username: str, **fields: Any) -> User:
    """Somebody who is here, so that their requests need not write down first that they are."""
    fields.setdefault("last_seen_at", timezone.now())
    return User.objects.create_user(username, f"{username}@example.com", PASSWORD, **fields)


def sign_in(person: User) -> Door:
    """By username and password, as anybody would."""
    door = Door(person=person)
    payload = door.ask(
        "mutation($input: TokenAuthInput!) { tokenAuth(input: $input) { token errors { code } } }",
        input={"username": person.username, "password": PASSWORD},
    )["tokenAuth"]
    assert not payload["errors"]
    door.token = payload["token"]
    return door


def enter(person: User) -> Door:
    """Signed in, without asking for the password: tests/accounts is about that."""
    return Door(person=person, token=start_session(person, device="", ip_address="127.0.0.1").access_token.text)


@pytest.fixture
def alice(db: None) -> Door:
    return enter(join("alice", first_name="Alice", last_name="Adams"))


@pytest.fixture
def bob(db: None) -> Door:
    return enter(join("bob"))


@pytest.fixture
def charlie(db: None) -> Door:
    return enter(join("charlie"))
