"""The settings of a live process that tests talk to: as everywhere in the tests, with less patience."""

import os

from tests.settings import *  # noqa: F403

ALLOWED_HOSTS = ["127.0.0.1"]
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=CORS_ALLOWED_ORIGINS)  # noqa: F405
TRUSTED_PROXIES = ["127.0.0.1"]  # so that a test may come from an address of its own
LIVE_LIMITS = {
    **LIVE_LIMITS,  # noqa: F405
    "init_seconds": 2,
    "silent_seconds": float(os.environ.get("SILENT_SECONDS", LIVE_LIMITS["silent_seconds"])),  # noqa: F405
    "sockets_of_address": 30,
    "stalled_seconds": 3,
}
