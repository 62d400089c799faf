"""The cast and the front door: alice and bob talk, charlie is a stranger. Everything goes through HTTP."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from accounts import throttle
from accounts.models import User

PASSWORD = "correct horse battery"


@dataclass
class Door:
    """A front end: sends GraphQL to /graphql, as nobody or as the person it signed in as."""

    token: str | None = None
    person: User | None = None
    client: Client = field(default_factory=Client)

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
    from django.conf import settings
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
    """Failed log-ins are counted in memory, where no transaction rolls them back."""
    throttle._local.cache_clear()


@pytest.fixture
def anyone() -> Door:
    return Door()


def join(username: str, **fields: Any) -> User:
    return User.objects.create_user(username, f"{username}@example.com", PASSWORD, **fields)


def sign_in(person: User) -> Door:
    door = Door(person=person)
    payload = door.ask(
        "mutation($input: TokenAuthInput!) { tokenAuth(input: $input) { token errors { code } } }",
        input={"username": person.username, "password": PASSWORD},
    )["tokenAuth"]
    assert not payload["errors"]
    door.token = payload["token"]
    return door


@pytest.fixture
def alice(db: None) -> Door:
    return sign_in(join("alice", first_name="Alice", last_name="Adams"))


@pytest.fixture
def bob(db: None) -> Door:
    return sign_in(join("bob"))


@pytest.fixture
def charlie(db: None) -> Door:
    return sign_in(join("charlie"))
