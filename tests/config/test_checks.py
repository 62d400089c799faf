"""What must not be forgotten: every numbered check, the entry points, wrong kinds of values, and .env.example."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from config import bootstrap, checks
from config.environment import THROW_AWAY, Environment, throw_away_key

KEY = "w8Jq2hYt-5xZrP0uVn3LkDf7sGc9bAe1mXoR4iTy"
OTHER_KEY = "Hn6Kd2Fv_8sQy1WjBz4TgMx0pLc7rEu5oIa9NtRl"


@pytest.fixture(autouse=True)
def production(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A server as it should be; each test forgets one thing."""
    monkeypatch.delenv(checks.STARTED_BY_HAND, raising=False)
    settings.DEBUG = False
    settings.SECRET_KEY = KEY
    settings.JWT_SECRET_KEY = OTHER_KEY
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    settings.TRUSTED_PROXIES = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]
    return settings


def found() -> list[str]:
    """The numbers of our own checks that complain, as every command would see them."""
    return sorted({str(one.id) for one in run_checks() if str(one.id).startswith("parley.")})


def test_a_server_with_keys_and_hosts_starts() -> None:
    assert found() == []
    checks.refuse_unsafe_settings()


@pytest.mark.parametrize("name", checks.KEYS)
@pytest.mark.parametrize(
    ("key", "number"),
    [
        (THROW_AWAY + KEY, "parley.E001"),
        (KEY[:31], "parley.E002"),
        ("django-insecure-" + KEY, "parley.E003"),
        ("please-change-me-" + KEY, "parley.E003"),
        ("x" * 50, "parley.E003"),
    ],
)
def test_a_missing_short_or_default_key_is_refused(name: str, key: str, number: str, production: Any) -> None:
    setattr(production, name, key)
    assert found() == [number]
    (error,) = checks.check_production()
    assert error.msg.startswith(name)


def test_one_key_for_both_is_refused(production: Any) -> None:
    production.JWT_SECRET_KEY = KEY
    assert found() == ["parley.E004"]


def test_a_key_in_a_sentence_with_secret_in_it_is_a_key(production: Any) -> None:
    production.SECRET_KEY = "a long secret sentence that nobody else would think of"
    assert found() == []


@pytest.mark.parametrize(
    ("hosts", "number"), [([], "parley.E005"), (["*"], "parley.E006"), (["chat.example.org", " * "], "parley.E006")]
)
def test_hosts_are_named(hosts: list[str], number: str, production: Any) -> None:
    production.ALLOWED_HOSTS = hosts
    assert found() == [number]


def test_with_debug_on_keys_and_hosts_are_not_asked_for(production: Any) -> None:
    production.DEBUG = True
    production.SECRET_KEY, production.ALLOWED_HOSTS = throw_away_key(), []
    assert found() == []


def test_the_entry_points_refuse_debug(production: Any) -> None:
    production.DEBUG = True
    with pytest.raises(ImproperlyConfigured, match=r"parley\.E007"):
        checks.refuse_unsafe_settings()


def test_start_alone_may_serve_with_debug(production: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    production.DEBUG = True
    monkeypatch.setenv(checks.STARTED_BY_HAND, "1")
    checks.refuse_unsafe_settings()


def test_the_entry_points_say_everything_that_is_wrong_at_once(production: Any) -> None:
    production.SECRET_KEY, production.ALLOWED_HOSTS = throw_away_key(), ["*"]
    with pytest.raises(ImproperlyConfigured, match=r"(?s)E001.*E006"):
        checks.refuse_unsafe_settings()


@pytest.mark.parametrize("entry", ["proxy", "10.0.0.0/99", "1.2.3", ""])
def test_a_trusted_proxy_is_an_address_or_a_network(entry: str, production: Any) -> None:
    production.TRUSTED_PROXIES = [entry]
    assert found() == ["parley.E008"]


@pytest.mark.parametrize("name", checks.LIFETIMES)
@pytest.mark.parametrize("lifetime", [timedelta(0), timedelta(days=-1)])
def test_a_lifetime_is_positive(name: str, lifetime: timedelta, production: Any) -> None:
    setattr(production, name, lifetime)
    assert found() == ["parley.E009"]


def test_no_grace_is_allowed_and_a_negative_one_is_not(production: Any) -> None:
    production.REFRESH_GRACE = timedelta(0)
    assert found() == []
    production.REFRESH_GRACE = timedelta(seconds=-1)
    assert found() == ["parley.E009"]


# -- the guards -------------------------------------------------------------------------------------------------------

WRONG = [
    ("ACCESS_HOURS", "always", 10),
    ("ACCESS_HOURS", "6-21", 10),
    ("ACCESS_HOURS", "25:00-26:00", 10),
    ("ACCESS_HOURS", "06:00-12:00,", 10),
    ("ACCESS_TIME_ZONE", "", 11),
    ("ACCESS_TIME_ZONE", "Berlin", 11),
    ("ACCESS_TIME_ZONE", "Europe", 11),
    ("ACCESS_TIME_ZONE", "../UTC", 11),
    ("ACCESS_TIME_ZONE", "+02:00", 11),
    ("RATE_LIMITS", "", 12),
    ("RATE_LIMITS", "5/1m", 12),
    ("RATE_LIMITS", "send=5/1w", 12),
    ("RATE_LIMITS", "sending=5/1m", 12),
    ("RATE_LIMITS", "send=0/1m", 12),
    ("RATE_LIMITS", "send=5/1m send=40/1h", 12),
    ("LOGIN_FAILURES", "", 13),
    ("LOGIN_FAILURES", "off", 13),
    ("LOGIN_FAILURES", "0/15m", 13),
    ("LOGIN_FAILURES", "5 in 15m", 13),
    ("OFFENSIVE_LANGUAGE", "on", 14),
    ("OFFENSIVE_LANGUAGE", "Off", 14),
    ("OFFENSIVE_LANGUAGE", "", 14),
    ("OFFENSIVE_LANGUAGES", ["klingon"], 15),
    ("OFFENSIVE_LANGUAGES", ["english", "de"], 15),
    ("OFFENSIVE_LANGUAGES", [], 15),
    ("EDIT_WINDOW_HOURS", -0.5, 16),
    ("REDIS_URL", "valkey://127.0.0.1:6379/0", 17),
    ("REDIS_URL", "valkeys://127.0.0.1", 17),
    ("REDIS_URL", "127.0.0.1:6379", 17),
    ("REDIS_URL", "localhost", 17),
    ("REDIS_URL", "http://127.0.0.1:6379", 17),
    ("REDIS_URL", "redis://", 17),
    ("REDIS_URL", "redis:///0", 17),
    ("REDIS_URL", "redis://h:port/0", 17),
    ("REDIS_URL", "redis://h:99999/0", 17),
    ("REDIS_URL", "redis://h/zero", 17),
    ("REDIS_URL", "unix:///run/redis.sock", 17),
    ("PERSISTED_DOCUMENTS", "On", 18),
    ("PERSISTED_DOCUMENTS", "only", 18),
    ("PERSISTED_DOCUMENTS_FILE", "nowhere.json", 19),
    ("REQUEST_SECONDS", -1, 20),
    ("MEDIA_STORAGE", "media", 26),
    ("MEDIA_STORAGE", "s3://", 26),
    ("MEDIA_STORAGE", "s3://Bucket", 26),
    ("MEDIA_STORAGE", "s3://bucket/a folder", 26),
    ("MEDIA_STORAGE", "https://bucket.example", 26),
]


@pytest.mark.parametrize(("name", "value", "number"), WRONG)
def test_a_wrong_setting_of_a_guard_stops_the_start_with_one_sentence(
    name: str, value: Any, number: int, production: Any
) -> None:
    setattr(production, name, value)
    assert found() == [f"parley.E{number:03}"]
    (error,) = checks.check_values()
    assert error.msg.startswith(name)
    assert error.msg.endswith(".")
    assert error.hint
    with pytest.raises(ImproperlyConfigured, match=name):
        checks.refuse_unsafe_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS_HOURS", "off"),
        ("ACCESS_HOURS", ""),
        ("ACCESS_HOURS", "22:00-06:00, 12:00-13:00"),
        ("ACCESS_TIME_ZONE", "America/Argentina/Buenos_Aires"),
        ("RATE_LIMITS", "off"),
        ("RATE_LIMITS", "send=5/1m"),
        ("LOGIN_FAILURES", "3/1h"),
        ("OFFENSIVE_LANGUAGE", "off"),
        ("OFFENSIVE_LANGUAGES", ["english", " German"]),
        ("EDIT_WINDOW_HOURS", 0),
        ("EDIT_WINDOW_HOURS", 0.25),
        ("REQUEST_SECONDS", 0),
        ("REDIS_URL", ""),
        ("REDIS_URL", "redis://127.0.0.1"),
        ("REDIS_URL", "redis://user:p%40ss@cache.example:6380/3"),
        ("REDIS_URL", "rediss://[::1]:6379/0?ssl_cert_reqs=none"),
    ],
)
def test_a_right_setting_of_a_guard_does_not(name: str, value: Any, production: Any) -> None:
    setattr(production, name, value)
    assert found() == []


def test_valkey_is_told_how_to_be_addressed(production: Any) -> None:
    production.REDIS_URL = "valkeys://user:hidden@cache.example/0"
    (error,) = checks.check_values()
    assert error.msg == "REDIS_URL begins with valkeys://, which is not understood."
    assert error.hint == "Valkey speaks Redis: write rediss:// before the same address."


@pytest.mark.parametrize("address", ["redis://user:hidden@host:port", "user:hidden@host", "http://user:hidden@host"])
def test_a_wrong_address_of_redis_is_not_shown(address: str, production: Any) -> None:
    production.REDIS_URL = address
    assert "hidden" not in str(checks.check_values())


@pytest.mark.parametrize("entry_point", ["wsgi", "asgi"])
def test_an_entry_point_does_not_start_on_a_wrong_setting(entry_point: str) -> None:
    given = {"SECRET_KEY": KEY, "JWT_SECRET_KEY": OTHER_KEY, "ALLOWED_HOSTS": "chat.example.org", "DEBUG": "off"}
    given |= {"ACCESS_HOURS": "always", "RATE_LIMITS": "many", "DJANGO_SETTINGS_MODULE": "config.settings"}
    start = subprocess.run(  # noqa: S603
        [sys.executable, "-c", f"import config.{entry_point}"],
        env={**os.environ, **given}, cwd=bootstrap.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert start.returncode == 1
    assert "AppRegistryNotReady" not in start.stderr
    assert "ACCESS_HOURS: 'always' is not a span such as 06:00-21:00." in start.stderr
    assert "RATE_LIMITS: 'many' is none of sign_in, register, send, all." in start.stderr


@pytest.mark.parametrize("entry_point", ["wsgi", "asgi"])
def test_both_entry_points_ask(entry_point: str) -> None:
    assert "refuse_unsafe_settings()" in (bootstrap.ROOT / "config" / f"{entry_point}.py").read_text()


# -- values of the wrong kind -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("int", "abc"),
        ("int", "1.5"),
        ("int", ""),
        ("int", "9" * 20),
        ("float", "soon"),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "1e300"),
        ("float", "14 days"),
        ("bool", "ture"),
    ],
)
def test_a_value_of_the_wrong_kind_is_a_sentence_with_its_name(
    method: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_TRIED", value)
    with pytest.raises(ImproperlyConfigured, match=f"PARLEY_TRIED is '{value}', and should be"):
        getattr(Environment(), method)("PARLEY_TRIED", default=1)


@pytest.mark.parametrize(
    ("value", "expected"), [("on", True), ("True", True), ("1", True), ("OFF", False), ("", False)]
)
def test_on_and_off(value: str, expected: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TRIED", value)
    assert Environment().bool("PARLEY_TRIED", default=not expected) is expected


@pytest.mark.parametrize(
    "address", ["", "nonsense", "postgres://", "postgres://u:hidden@host:port/name", "mysql://h/n"]
)
def test_a_wrong_database_address_is_a_sentence_without_its_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not a database address") as refused:
        Environment().db("DATABASE_URL")
    assert "hidden" not in str(refused.value)


def test_a_right_database_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://parley:p%40ss@db.example:5433/chat")
    config: dict[str, Any] = Environment().db("DATABASE_URL")
    assert (config["HOST"], config["PORT"], config["NAME"], config["PASSWORD"]) == ("db.example", 5433, "chat", "p@ss")


@pytest.mark.parametrize("address", ["", "nonsense", "smtp://", "smtp+tls://u:hidden@host:port", "pop://u:hidden@host"])
def test_a_wrong_mail_address_is_a_sentence_without_its_password(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", address)
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL is not an address") as refused:
        Environment().mail("EMAIL_URL", default="consolemail://")
    assert "hidden" not in str(refused.value)


def test_a_right_mail_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://parley:p%40ss@mail.example:587")
    assert Environment().mail("EMAIL_URL", default="consolemail://") == {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "mail.example",
        "EMAIL_PORT": 587,
        "EMAIL_HOST_USER": "parley",
        "EMAIL_HOST_PASSWORD": "p@ss",
        "EMAIL_USE_TLS": True,
        "EMAIL_FILE_PATH": "",
    }


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("TASKS_BY", "redis", "parley.E030"),
        ("FRONTEND_URL", "chat.example.org", "parley.E031"),
        ("FRONTEND_URL", "https://chat.example.org/#/", "parley.E031"),
        ("FRONTEND_URL", "https://chat.example.org/a b", "parley.E031"),
        ("FRONTEND_FILES", "examples/web/src", "parley.E038"),
        ("FRONTEND_FILES", "nowhere", "parley.E038"),
    ],
)
def test_what_letters_and_pages_are_made_of_makes_sense(name: str, value: str, number: str, production: Any) -> None:
    setattr(production, name, value)
    assert found() == [number]


# -- .env.example -----------------------------------------------------------------------------------------------------


def test_env_example_has_every_variable_that_settings_and_compose_read_and_no_other() -> None:
    settings = (bootstrap.ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    example = (bootstrap.ROOT / ".env.example").read_text(encoding="utf-8")
    compose = (bootstrap.ROOT / "compose.yaml").read_text(encoding="utf-8")
    read = {*re.findall(r"""\benv(?:\.\w+)?\(\s*["'](\w+)["']""", settings), *re.findall(r"\$\{(\w+)", compose)}
    assert sorted(re.findall(r"^#([A-Z_]+)=", example, re.MULTILINE)) == sorted(read)


def test_every_variable_of_env_example_has_a_line_that_explains_it() -> None:
    lines = (bootstrap.ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#[A-Z_]+=", line):
            assert re.match(r"# \w", before), f"{line} is not explained"
