"""How fast the server is: `python -m benchmarks` (README.md)."""

import os

GIVEN = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
"""Taken before a `.env` is read: what is for the benchmarks is said on their command line."""

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "DEBUG": "off",
    "HTTPS": "off",
    "GRAPHIQL": "off",
    "INTROSPECTION": "off",
    "ALLOWED_HOSTS": "127.0.0.1",
    "CORS_ALLOWED_ORIGINS": "https://app.example.org",
    "TRUSTED_PROXIES": "",
    "ACCESS_HOURS": "off",
    "SECRET_KEY": "for the benchmarks alone, and for one of them at a time",
    "JWT_SECRET_KEY": "for the tokens of the benchmarks alone, one at a time",
    # Raised, not removed: what is measured is asked for more often than anybody may.
    "RATE_LIMITS": "sign_in=999999/5m register=999999/1h send=999999/10s,999999/1m all=999999/1m",
    "OFFENSIVE_LANGUAGE": "reject",
    "OFFENSIVE_LANGUAGES": "english",
    "REQUEST_SECONDS": "10",
    "PERSISTED_DOCUMENTS": "on",
    "PERSISTED_DOCUMENTS_FILE": "",
}
"""Of the servers under test: as in production, every guard on."""

os.environ.update(ENVIRONMENT)
