"""Numbered system checks: what must not be forgotten in production stops the start, and says what to do.

`manage.py check` and every command that serves or migrates run them; so do the entry points config/wsgi.py and
config/asgi.py, which Django itself would let through.
"""

import importlib.util
import ipaddress
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.checks import Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from glin_profanity.data.dictionary import dictionary

from accounts.throttle import parse_rate
from config.environment import TASK_BACKENDS, THROW_AWAY
from config.front_end import INDEX
from config.middleware.access_hours import parse_hours
from config.middleware.rate_limit import parse_limits
from messaging.search import LANGUAGES, language_of
from schema.persisted import MODES, read_manifest

KEYS = ("SECRET_KEY", "JWT_SECRET_KEY")
SHORTEST_KEY = 32
SHORTEST_TOKEN = 16
FEWEST_CHARACTERS = 5  # different ones: `xxxxxxxx…` is long, and no secret
PLACEHOLDER = re.compile(r"^django-insecure-|change[-_ ]?(me|this|it)", re.IGNORECASE)
LIFETIMES = {
    "ACCESS_TOKEN_LIFETIME": "ACCESS_TOKEN_MINUTES",
    "REFRESH_TOKEN_LIFETIME": "REFRESH_TOKEN_DAYS",
    "SESSION_LIFETIME": "SESSION_DAYS",
}
READERS = (
    (10, "ACCESS_HOURS", parse_hours, "06:00-21:00, several with commas, or off."),
    (11, "ACCESS_TIME_ZONE", ZoneInfo, "Europe/Berlin."),
    (12, "RATE_LIMITS", parse_limits, "send=10/10s,40/1m all=600/1m, or off."),
    (13, "LOGIN_FAILURES", parse_rate, "5/15m."),
)
VALKEY = {"valkey": "redis", "valkeys": "rediss"}
WORKERS = ("GRANIAN_WORKERS", "UVICORN_WORKERS", "WEB_CONCURRENCY")
STARTED_BY_HAND = "PARLEY_STARTED_BY_HAND"
"""Set by `manage.py start` for its own process: there, and nowhere else, DEBUG may serve."""

MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
FOR_DEVELOPMENT = "On a developer's machine, `python3 manage.py start` sees to this."


def check_production(app_configs: Any = None, **options: Any) -> list[Error]:
    """With DEBUG off: keys that are really secret, and hosts by name."""
    return [] if settings.DEBUG else [*wrong_keys(), *wrong_hosts()]


def check_values(app_configs: Any = None, **options: Any) -> list[Error]:
    """At all times: values of the right kind that make no sense."""
    return [error for wrong in WRONG_VALUES for error in wrong()]


def check_entry_point() -> list[Error]:
    """In config/wsgi.py and config/asgi.py alone."""
    if not settings.DEBUG or os.environ.get(STARTED_BY_HAND):
        return []
    return [
        error(
            7,
            "DEBUG is on, and would show the server's inside to everybody.",
            "Set DEBUG=off. On a developer's machine, use `python3 manage.py start`.",
        )
    ]


def refuse_unsafe_settings() -> None:
    """For the entry points. Raises ImproperlyConfigured with every sentence."""
    errors = [*check_entry_point(), *check_production(), *check_values()]
    if errors:
        raise ImproperlyConfigured("\n".join(["Parley does not start:", *map(str, errors)]))


def wrong_keys() -> Iterator[Error]:
    keys = {name: getattr(settings, name) for name in KEYS}
    for name, key in keys.items():
        if key.startswith(THROW_AWAY):
            yield error(1, f"{name} is not set.", f"Make one: {MAKE_A_KEY}. {FOR_DEVELOPMENT}")
        elif len(key) < SHORTEST_KEY:
            yield error(2, f"{name} has fewer than {SHORTEST_KEY} characters.", f"Make one: {MAKE_A_KEY}.")
        elif is_placeholder(key):
            yield error(3, f"{name} is a placeholder, not a secret.", f"Make one: {MAKE_A_KEY}.")
    if keys["SECRET_KEY"] == keys["JWT_SECRET_KEY"]:
        yield error(
            4, "SECRET_KEY and JWT_SECRET_KEY are the same: whoever has one has both.", f"Make another: {MAKE_A_KEY}."
        )


def is_placeholder(key: str) -> bool:
    return len(set(key)) < FEWEST_CHARACTERS or PLACEHOLDER.search(key) is not None


def wrong_hosts() -> Iterator[Error]:
    if not settings.ALLOWED_HOSTS:
        hint = f"Name the hosts that this server answers for: ALLOWED_HOSTS=chat.example.org. {FOR_DEVELOPMENT}"
        yield error(5, "ALLOWED_HOSTS is empty.", hint)
    if any(host.strip() == "*" for host in settings.ALLOWED_HOSTS):
        yield error(6, "ALLOWED_HOSTS holds `*`, so that a forged Host header is believed.", "Name the hosts.")


def wrong_proxies() -> Iterator[Error]:
    for entry in settings.TRUSTED_PROXIES:
        try:
            ipaddress.ip_network(entry, strict=False)
        except ValueError:
            hint = "Addresses and networks, for example TRUSTED_PROXIES=127.0.0.1,10.0.0.0/8."
            yield error(8, f"TRUSTED_PROXIES: {entry!r} is not an address or a network.", hint)


def wrong_lifetimes() -> Iterator[Error]:
    for name, variable in LIFETIMES.items():
        if getattr(settings, name) <= timedelta(0):
            yield error(9, f"{variable} is not positive.", "With it nobody could stay signed in.")
    if timedelta(0) > settings.REFRESH_GRACE:
        yield error(9, "REFRESH_GRACE_SECONDS is negative.", "0 switches the grace period off.")


def wrong_guards() -> Iterator[Error]:
    """Settings with a grammar of their own: whoever reads them at each request says what is wrong with them."""
    for number, variable, read, example in READERS:
        try:
            read(getattr(settings, variable))
        except (ValueError, LookupError, OSError) as wrong:  # `Europe` is a directory of time zones
            reason = str(wrong) if isinstance(wrong, ValueError) else f"{getattr(settings, variable)!r} is not known"
            yield error(number, f"{variable}: {reason}.", f"For example {variable}={example}")


def wrong_languages() -> Iterator[Error]:
    if settings.OFFENSIVE_LANGUAGE not in ("reject", "off"):
        yield error(14, f"OFFENSIVE_LANGUAGE is {settings.OFFENSIVE_LANGUAGE!r}.", "It is reject or off.")
    known = dictionary.available_languages
    unknown = [name.strip() for name in settings.OFFENSIVE_LANGUAGES if name.strip().lower() not in known]
    if unknown or not settings.OFFENSIVE_LANGUAGES:
        named = f"there is no list for {', '.join(unknown)}" if unknown else "no language is named"
        yield error(15, f"OFFENSIVE_LANGUAGES: {named}.", f"There are: {', '.join(sorted(known))}.")


def wrong_window() -> Iterator[Error]:
    if settings.EDIT_WINDOW_HOURS < 0:
        yield error(16, "EDIT_WINDOW_HOURS is negative.", "With 0 nothing can be edited.")


def wrong_retention() -> Iterator[Error]:
    if settings.EVENT_RETENTION_DAYS <= 0:
        yield error(21, "EVENT_RETENTION_DAYS is not positive.", "A client resumes within this time; 7 is the default.")


def wrong_search() -> Iterator[Error]:
    if settings.SEARCH_LANGUAGE not in LANGUAGES:
        sentence = f"SEARCH_LANGUAGE: {settings.SEARCH_LANGUAGE!r} is not known."
        yield error(25, sentence, f"PostgreSQL knows: {', '.join(sorted(LANGUAGES))}.")


def wrong_redis() -> Iterator[Error]:
    """The address may hold a password: it is never shown."""
    if not settings.REDIS_URL:
        return
    scheme = settings.REDIS_URL.partition(":")[0].strip().lower()
    if scheme in VALKEY:
        sentence = f"REDIS_URL begins with {scheme}://, which is not understood."
        yield error(17, sentence, f"Valkey speaks Redis: write {VALKEY[scheme]}:// before the same address.")
    elif not is_redis(settings.REDIS_URL):
        yield error(
            17, "REDIS_URL is not an address of Redis.", "redis://[user:password@]host:port/number, or rediss://"
        )


def is_redis(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in VALKEY.values() and bool(parts.hostname) and (parts.port or 1) > 0 and is_number(parts)
    except ValueError:  # a port that is no number, a bracket left open
        return False


def is_number(parts: SplitResult) -> bool:
    """Of a database in Redis; none is the first."""
    return parts.path in ("", "/") or re.fullmatch("/[0-9]{1,5}", parts.path) is not None


def wrong_deadline() -> Iterator[Error]:
    if settings.REQUEST_SECONDS < 0:
        yield error(20, "REQUEST_SECONDS is negative.", "With 0 there is no deadline.")


def wrong_tasks() -> Iterator[Error]:
    if settings.TASKS_BY not in TASK_BACKENDS:
        hint = "It is immediate, or database, and then `manage.py db_worker` runs somewhere."
        yield error(30, f"TASKS is {settings.TASKS_BY!r}.", hint)


def wrong_front_end() -> Iterator[Error]:
    if settings.FRONTEND_URL and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", settings.FRONTEND_URL):
        yield error(31, "FRONTEND_URL is no address of a page.", "For example https://chat.example.org/app.")
    if settings.FRONTEND_FILES and not (settings.BASE_DIR / settings.FRONTEND_FILES / INDEX).is_file():
        hint = "The folder of a built front end, for example FRONTEND_FILES=examples/web/dist."
        yield error(38, f"FRONTEND_FILES: there is no {INDEX} in {settings.FRONTEND_FILES!r}.", hint)


def wrong_documents() -> Iterator[Error]:
    if settings.PERSISTED_DOCUMENTS not in MODES:
        yield error(18, f"PERSISTED_DOCUMENTS is {settings.PERSISTED_DOCUMENTS!r}.", "It is off, on or only.")
    path = settings.PERSISTED_DOCUMENTS_FILE
    if settings.PERSISTED_DOCUMENTS == "only" and not path:
        yield error(18, "PERSISTED_DOCUMENTS is only, and no document is known.", "Set PERSISTED_DOCUMENTS_FILE.")
    try:
        if path:
            read_manifest(path)
    except (ValueError, OSError, RecursionError) as wrong:
        hint = "A JSON file of graphql-codegen, Relay or Apollo: an object of ids and documents."
        yield error(19, f"PERSISTED_DOCUMENTS_FILE: {path}: {wrong}.", hint)


def wrong_metrics() -> Iterator[Error]:
    if not settings.METRICS_TOKEN:
        return
    if len(settings.METRICS_TOKEN) < SHORTEST_TOKEN:
        yield error(40, f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters.", f"Make one: {MAKE_A_KEY}.")
    folder = settings.METRICS_FOLDER
    if folder and not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
        hint = "Make it for the user that the server runs as; empty when the server starts."
        yield error(41, f"PROMETHEUS_MULTIPROC_DIR: {folder} is no folder that can be written to.", hint)
    several = [name for name in WORKERS if os.environ.get(name, "1").strip() != "1"]
    if several and not folder:
        sentence = f"PROMETHEUS_MULTIPROC_DIR is not set, and {several[0]} is: /metrics would tell of one worker alone."
        yield error(41, sentence, "Name a folder, empty at the start, where the workers of one server write.")


def wrong_watchers() -> Iterator[Error]:
    """The DSN holds a key, and an address may: neither is shown."""
    if settings.TRACES_TO and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.TRACES_TO):
        yield error(42, "OTEL_EXPORTER_OTLP_ENDPOINT is no address.", "For example http://collector:4318.")
    if settings.SENTRY_DSN and not re.fullmatch(r"https?://[^\s@]+@[^\s/@]+(/\S*)?/\d+", settings.SENTRY_DSN):
        yield error(43, "SENTRY_DSN is no DSN.", "Sentry shows it: https://key@host/number.")
    packages = {"OTEL_EXPORTER_OTLP_ENDPOINT": (settings.TRACES_TO, "opentelemetry.sdk")}
    packages |= {"SENTRY_DSN": (settings.SENTRY_DSN, "sentry_sdk")}
    for variable, (value, package) in packages.items():
        if value and not is_installed(package):
            hint = (
                "pip install --require-hashes -r requirements-observability.txt; for the image, REQUIREMENTS in .env."
            )
            yield error(44, f"{variable} is set, and {package} is not installed.", hint)


def is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:  # not even what it is part of
        return False


def wrong_storage() -> Iterator[Error]:
    if not re.fullmatch(r"/.*|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*", settings.MEDIA_STORAGE):
        hint = "/a/folder, s3://bucket or s3://bucket/folder; key, secret, region and endpoint are in AWS_… variables."
        yield error(26, "MEDIA_STORAGE is neither a folder nor a bucket.", hint)


def check_search_index(databases: Any = None, **options: Any) -> list[Warning]:
    """For `migrate`, and `check --database default`: whether the index is of the language that is set."""
    made_for = {language_of(connections[name]) for name in databases or ()} - {None}
    return [
        Warning(
            f"The search index was made for {language}, and SEARCH_LANGUAGE is {settings.SEARCH_LANGUAGE}.",
            hint="Run `manage.py rebuild_search`; until then search goes on as before.",
            id="parley.W001",
        )
        for language in made_for - {settings.SEARCH_LANGUAGE}
    ]


def error(number: int, sentence: str, hint: str) -> Error:
    return Error(sentence, hint=hint, id=f"parley.E{number:03}")


WRONG_VALUES = (
    wrong_proxies,
    wrong_lifetimes,
    wrong_guards,
    wrong_languages,
    wrong_window,
    wrong_retention,
    wrong_search,
    wrong_redis,
    wrong_documents,
    wrong_deadline,
    wrong_tasks,
    wrong_front_end,
    wrong_storage,
    wrong_metrics,
    wrong_watchers,
)
