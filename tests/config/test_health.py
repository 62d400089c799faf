"""Health: who is asked, what is answered, and that nothing but these words gets out."""

import logging
import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client

REDIS = "redis://127.0.0.1:6379/14"
OK = {"status": "ok", "database": "ok", "cache": "ok"}
DEGRADED = {"status": "degraded", "database": "ok", "cache": "down"}
UNAVAILABLE = {"status": "unavailable", "database": "down", "cache": "ok"}
SECRET = "10.1.2.3:5432 hunter2"


def ask(path: str, **headers: str) -> Any:
    return Client().get(path, headers=headers)


def answers(url: str) -> bool:
    try:
        with closing(redis.Redis.from_url(url, socket_connect_timeout=0.5)) as server:
            return bool(server.ping())
    except redis.RedisError:
        return False


@pytest.fixture
def dead_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def cached_at(settings: Any) -> Callable[[str], None]:
    """Makes the cache that of a Redis, in the way of the settings."""

    def place(url: str) -> None:
        options = {"socket_connect_timeout": 0.5, "socket_timeout": 0.5}
        backend = "django.core.cache.backends.redis.RedisCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url, "OPTIONS": options}}

    return place


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError(f"connection failed: {SECRET}")

    monkeypatch.setattr(connection, "cursor", fail)


def test_a_process_that_answers_is_alive_and_asks_no_database() -> None:
    """Without the `db` mark a statement would raise."""
    response = ask("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_with_database_and_cache_it_is_ready(db: None) -> None:
    response = ask("/health/ready")
    assert (response.status_code, response.json()) == (200, OK)


def test_being_ready_costs_one_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        ask("/health/ready")


@pytest.mark.skipif(not answers(REDIS), reason=f"no Redis answers at {REDIS}")
def test_a_redis_that_answers_is_a_cache(db: None, cached_at: Callable[[str], None]) -> None:
    cached_at(REDIS)
    cache.delete("health")
    assert ask("/health/ready").json() == OK
    assert cache.get("health") == "asked"
    cache.delete("health")
    cache.close()


def test_without_redis_it_goes_on_serving_and_says_what_is_missing(
    db: None, cached_at: Callable[[str], None], dead_port: int
) -> None:
    cached_at(f"redis://:hunter2@127.0.0.1:{dead_port}/0")
    response = ask("/health/ready")
    assert (response.status_code, response.json()) == (200, DEGRADED)


def test_without_a_database_it_is_not_ready_but_alive(no_database: None) -> None:
    response = ask("/health/ready")
    assert (response.status_code, response.json()) == (503, UNAVAILABLE)
    assert ask("/health/live").status_code == 200


def test_the_reason_is_in_the_log_and_nowhere_else(
    no_database: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(logging.getLogger("parley"), "propagate", True)
    assert "hunter2" not in ask("/health/ready").text
    assert SECRET in caplog.text


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
class TestEverybodyMayAsk:
    def test_by_any_host(self, path: str, db: None) -> None:
        assert ask(path, Host="203.0.113.9").status_code == 200

    def test_without_being_sent_to_https(self, path: str, db: None, settings: Any) -> None:
        settings.SECURE_SSL_REDIRECT = True
        assert ask("/graphql").status_code == 301
        assert ask(path).status_code == 200

    def test_outside_access_hours(self, path: str, db: None, settings: Any) -> None:
        settings.ACCESS_HOURS = "00:00-00:01,00:02-00:03"
        assert ask(path).status_code == 200

    def test_and_gets_an_answer_that_nobody_keeps(self, path: str, db: None) -> None:
        response = ask(path)
        assert response["Cache-Control"] == "no-store"
        assert response["Content-Type"] == "application/json"

    def test_with_a_head_and_not_with_a_body(self, path: str, db: None) -> None:
        assert Client().head(path).status_code == 200
        assert Client().post(path).status_code == 405
