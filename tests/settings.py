"""The real settings, with what tests need: known keys, a fast hasher, the database of DATABASE_URL."""

import os

os.environ.setdefault("SECRET_KEY", "for the tests alone, where nobody has a secret to keep")
os.environ.setdefault("JWT_SECRET_KEY", "for the tests alone, where nobody has a token to steal")
os.environ["DEBUG"] = "off"

from config.settings import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INTROSPECTION = True
STATIC_ROOT = None  # type: ignore[assignment]  # nothing is collected:
WHITENOISE_USE_FINDERS = True  # static files come straight from where they are kept,
WHITENOISE_AUTOREFRESH = False  # but not looked for at each request, which takes longer than most answers
RATE_LIMITS = "off"  # but where a test says otherwise
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":  # noqa: F405
    # Nobody misses what a crash takes from a test.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"  # noqa: F405
CORS_ALLOWED_ORIGINS = ["https://chat.example"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# In memory even where REDIS_URL is set: tests clear the cache, and in Redis that is everything others keep there too.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
