"""Numbered system checks: what must not be forgotten in production stops the start, and says what to do.

`manage.py check` and every command that serves or migrates run them; so do the entry points config/wsgi.py and
config/asgi.py, which Django itself would let through.
"""

import ipaddress
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured

from config.environment import THROW_AWAY

KEYS = ("SECRET_KEY", "JWT_SECRET_KEY")
SHORTEST_KEY = 32
FEWEST_CHARACTERS = 5  # different ones: `xxxxxxxx…` is long, and no secret
PLACEHOLDER = re.compile(r"^django-insecure-|change[-_ ]?(me|this|it)", re.IGNORECASE)
LIFETIMES = {
    "ACCESS_TOKEN_LIFETIME": "ACCESS_TOKEN_MINUTES",
    "REFRESH_TOKEN_LIFETIME": "REFRESH_TOKEN_DAYS",
    "SESSION_LIFETIME": "SESSION_DAYS",
}
STARTED_BY_HAND = "PARLEY_STARTED_BY_HAND"
"""Set by `manage.py start` for its own process: there, and nowhere else, DEBUG may serve."""

MAKE_A_KEY = 'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
FOR_DEVELOPMENT = "On a developer's machine, `python3 manage.py start` sees to this."


def check_production(app_configs: Any = None, **options: Any) -> list[Error]:
    """With DEBUG off: keys that are really secret, and hosts by name."""
    return [] if settings.DEBUG else [*wrong_keys(), *wrong_hosts()]


def check_values(app_configs: Any = None, **options: Any) -> list[Error]:
    """At all times: values of the right kind that make no sense."""
    return [*wrong_proxies(), *wrong_lifetimes()]


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


def error(number: int, sentence: str, hint: str) -> Error:
    return Error(sentence, hint=hint, id=f"parley.E{number:03}")
