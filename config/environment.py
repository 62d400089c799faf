"""Reading the environment: a value of the wrong kind stops the start with a sentence that names its variable."""

import secrets
import warnings
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

LARGEST = {int: 2**31, float: 1_000_000}  # of days, still a date that Python can write
ON = environ.Env.BOOLEAN_TRUE_STRINGS
OFF = ("false", "off", "n", "no", "0", "")
EXPECTED = {int: "a whole number, not a huge one", float: "a number, not a huge one", bool: "on or off"}
DATABASES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
SMTP = "django.core.mail.backends.smtp.EmailBackend"
MAIL_SETTINGS = (
    "EMAIL_BACKEND", "EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS",
    "EMAIL_USE_SSL", "EMAIL_FILE_PATH",
)  # fmt: skip
TASK_BACKENDS = {
    "immediate": "django_tasks.backends.immediate.ImmediateBackend",
    "database": "django_tasks_db.DatabaseBackend",
}
THROW_AWAY = "throw-away-"
S3 = "s3://"


def throw_away_key() -> str:
    """Stands in for a missing key, so that everything can be imported; good until the process ends.

    With DEBUG off `config/checks.py` recognises it, and refuses to start.
    """
    return THROW_AWAY + secrets.token_urlsafe(48)


class Environment(environ.Env):  # type: ignore[misc]
    """django-environ, which takes DEBUG=ture for off and 1e3 for 13, made strict."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        given = self.ENVIRON.get(var)
        if given is None or cast not in EXPECTED:
            return super().get_value(var, cast, default, **options)
        value = switch(given) if cast is bool else number(given, cast)
        if value is None:
            raise ImproperlyConfigured(f"{var} is {given!r}, and should be {EXPECTED[cast]}.")
        return value

    def mail(self, var: str, default: str) -> dict[str, Any]:
        """Django's settings for sending e-mail. The address may hold a password: it is never shown."""
        try:
            config = self.email_url(var, default)
        except (ValueError, ImproperlyConfigured):
            config = {}
        known = {name: value for name, value in config.items() if name in MAIL_SETTINGS}
        if "EMAIL_BACKEND" not in known or (known["EMAIL_BACKEND"] == SMTP and not known["EMAIL_HOST"]):
            raise ImproperlyConfigured(
                f"{var} is not an address such as smtp+tls://user:password@host:587, smtp+ssl://user:password@host:465"
                " or consolemail://."
            )
        return {name: value for name, value in known.items() if value is not None}

    def db(self, var: str, default: Any = environ.Env.NOTSET, engine: str | None = None) -> Any:
        """The address may hold a password: it is never shown."""
        try:
            with warnings.catch_warnings(action="ignore"):  # a warning would show it, too
                config = self.db_url(var, default, engine)
        except (ValueError, ImproperlyConfigured):
            config = {}
        if config.get("ENGINE") not in DATABASES or not config.get("NAME"):
            raise ImproperlyConfigured(
                f"{var} is not a database address, such as postgres://user:password@host:5432/name or sqlite:///file."
            )
        return config


def storage_of(address: str, **access: str) -> dict[str, Any]:
    """Django's storage for `s3://bucket/folder`, or for a folder of this machine; whatever else is refused by
    config/checks.py.

    What of `access` is empty boto3 looks for by itself: the role of a machine, a file of profiles.
    """
    if not address.startswith(S3):
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": address}}
    bucket, _, folder = address.removeprefix(S3).partition("/")
    options = {
        "bucket_name": bucket,
        "location": folder,
        "default_acl": None,  # the bucket decides: closed, as files are handed out by us alone
        "file_overwrite": True,  # names are random, and need not be looked for before each upload
        **{name: value for name, value in access.items() if value},
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def switch(given: str) -> bool | None:
    word = given.strip().lower()
    return word in ON if word in ON + OFF else None


def number(given: str, cast: type[int] | type[float]) -> float | None:
    try:
        value = cast(given)
    except ValueError:
        return None
    return value if abs(value) < LARGEST[cast] else None  # `nan` and `inf` are numbers to Python
