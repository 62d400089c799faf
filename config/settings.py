"""Settings, all from the environment: `.env.example` names every variable, its default and its meaning.

Precedence: the process environment, then `.env`, then `.data/keys.env` (random keys that `manage.py start` makes).
What is dangerous to forget is refused by the system checks in `config/checks.py`.
"""

from datetime import timedelta
from pathlib import Path

from config.environment import TASK_BACKENDS, Environment, storage_of, throw_away_key
from config.front_end import add_headers

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = BASE_DIR / ".data"

env = Environment()
env.read_env(BASE_DIR / ".env")
env.read_env(DATA_DIR / "keys.env")

# ── Who may know what ──────────────────────────────────────────────────────────────────────────────────────────────
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or throw_away_key()
JWT_SECRET_KEY = env.str("JWT_SECRET_KEY", default="") or throw_away_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
# Asked for over https alone: cookies go no other way, plain requests are sent there, browsers remember it for a year.
HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
# Only a proxy of ours says how the client came; where there is none, anybody could.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
GRAPHIQL = env.bool("GRAPHIQL", default=DEBUG)
INTROSPECTION = env.bool("INTROSPECTION", default=DEBUG)

# ── The house ──────────────────────────────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config",
    "accounts",
    "messaging",
    "schema",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "phonenumber_field",
    "django_tasks",
    "django_tasks_db",
    "strawberry_django",
]
MIDDLEWARE = [
    "config.middleware.request_log.RequestLog",
    "config.middleware.headers.SecurityHeaders",
    "config.middleware.health.Health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.browsers.Cors",
    "config.middleware.browsers.Sessions",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.browsers.Csrf",
    "config.middleware.browsers.LogIn",
    "config.middleware.authentication.Authentication",
    "config.middleware.limits.Limits",
    "config.middleware.access_hours.AccessHours",
    "config.middleware.rate_limit.RateLimit",
    "config.middleware.offensive_language.OffensiveLanguage",
    "config.middleware.presence.Presence",
    "config.middleware.browsers.Notes",
    "config.middleware.endpoint.Endpoint",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_STORAGE = env.str("MEDIA_STORAGE", default="") or str(MEDIA_ROOT)
STORAGES = {
    "default": storage_of(
        MEDIA_STORAGE,
        access_key=env.str("AWS_ACCESS_KEY_ID", default=""),
        secret_key=env.str("AWS_SECRET_ACCESS_KEY", default=""),
        region_name=env.str("AWS_DEFAULT_REGION", default=""),
        endpoint_url=env.str("AWS_ENDPOINT_URL", default=""),
    ),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
USE_I18N = False  # refusals are English sentences with a code; front ends translate the code

# ── The database ───────────────────────────────────────────────────────────────────────────────────────────────────
SQLITE_OPTIONS = {
    # With DEFERRED transactions concurrent writers fail with "database is locked" instead of waiting for their turn.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
}
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'parley.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # What is asked again and again (rows/) is planned once for each connection: at its first time, or never.
    prepare = env.bool("PREPARED_STATEMENTS", default=True)
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 0 if prepare else None
# Of every connection of a process that serves (config/database.py), in seconds.
DATABASE_TIMEOUTS = {"statement_timeout": 5, "lock_timeout": 2, "idle_in_transaction_session_timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "parley",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # seconds; nobody waits long for a cache
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 5_000}}
}

# ── People ─────────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # usernames are unique, by a constraint that does not regard case
    "security.W003",  # the CSRF middleware is there by another name; W016, which asks for it too, is so by HTTPS
    "security.W002",  # X-Frame-Options is among the headers of config/middleware/headers.py
    "security.W005",  # HSTS for subdomains, and
    "security.W021",  # on the browsers' own lists: not for one server to decide about a whole domain
]
AUTHENTICATION_BACKENDS = ["accounts.passwords.PasswordBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PHONENUMBER_DB_FORMAT = "E164"
PHONENUMBER_DEFAULT_FORMAT = "E164"

ACCESS_TOKEN_LIFETIME = timedelta(minutes=env.int("ACCESS_TOKEN_MINUTES", default=60))
REFRESH_TOKEN_LIFETIME = timedelta(days=env.float("REFRESH_TOKEN_DAYS", default=1))
SESSION_LIFETIME = timedelta(days=env.float("SESSION_DAYS", default=30))
REFRESH_GRACE = timedelta(seconds=env.float("REFRESH_GRACE_SECONDS", default=10))

# ── Letters ────────────────────────────────────────────────────────────────────────────────────────────────────────
# Printed on a developer's machine. In production they hold tokens, which have no place in a log: so nowhere.
globals().update(env.mail("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://"))
EMAIL_TIMEOUT = 5  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Parley <parley@localhost>")
SITE_NAME = env.str("SITE_NAME", default="Parley")
FRONTEND_URL = env.str("FRONTEND_URL", default="")
# What is not done while somebody waits for the answer: at once all the same, or by `manage.py db_worker`.
TASKS_BY = env.str("TASKS", default="immediate")
TASKS = {"default": {"BACKEND": TASK_BACKENDS.get(TASKS_BY, TASK_BACKENDS["immediate"])}}

EDIT_WINDOW_HOURS = env.float("EDIT_WINDOW_HOURS", default=24)
EVENT_RETENTION_DAYS = env.float("EVENT_RETENTION_DAYS", default=7)
SEARCH_LANGUAGE = env.str("SEARCH_LANGUAGE", default="simple")

LOGIN_FAILURES = env.str("LOGIN_FAILURES", default="5/15m")

# Every unsafe default of django-graphql-jwt is replaced; the handlers are in accounts/tokens.py, the only importer.
GRAPHQL_JWT = {
    "JWT_SECRET_KEY": JWT_SECRET_KEY,
    "JWT_ALGORITHM": "HS256",
    "JWT_VERIFY": True,
    "JWT_VERIFY_EXPIRATION": True,
    "JWT_EXPIRATION_DELTA": ACCESS_TOKEN_LIFETIME,
    "JWT_AUTH_HEADER_PREFIX": "Bearer",
    "JWT_ISSUER": "parley",
    "JWT_AUDIENCE": "parley",
    "JWT_ALLOW_REFRESH": False,
    "JWT_PAYLOAD_HANDLER": "accounts.tokens.make_claims",
    "JWT_DECODE_HANDLER": "accounts.tokens.decode_claims",
    "JWT_PAYLOAD_GET_USERNAME_HANDLER": "accounts.tokens.whole_claims",
    "JWT_GET_USER_BY_NATURAL_KEY_HANDLER": "accounts.tokens.person_of_claims",
}

# ── The guards at the door ─────────────────────────────────────────────────────────────────────────────────────────
ACCESS_HOURS = env.str("ACCESS_HOURS", default="off")
ACCESS_TIME_ZONE = env.str("ACCESS_TIME_ZONE", default="UTC")
RATE_LIMITS = env.str("RATE_LIMITS", default="sign_in=10/5m register=20/1h send=10/10s,40/1m all=600/1m")
OFFENSIVE_LANGUAGE = env.str("OFFENSIVE_LANGUAGE", default="reject")
OFFENSIVE_LANGUAGES = env.list("OFFENSIVE_LANGUAGES", default=["english"])
OFFENSIVE_WORDS = env.list("OFFENSIVE_WORDS", default=[])
ALLOWED_WORDS = env.list("ALLOWED_WORDS", default=[])
GRAPHQL_LIMITS = {
    "depth": 10,  # levels of fields that have fields of their own
    "introspection_depth": 15,  # the standard introspection query has 15
    "self_nesting": 2,  # introspection's recursive lists: once inside themselves
    "aliases": 15,  # names in the answer for one field of one object
    "tokens": 1_000,
    "fields": 2_000,  # fragments multiplied out
    "directives": 30,
    "operations": 10,
    "variables": 50,
    "cost": 5_000,  # objects on the pages asked for
    "event_cost": 500,  # the same, of a subscription with each event
}
REQUEST_SECONDS = env.float("REQUEST_SECONDS", default=10)
COST_IN_ANSWERS = env.bool("COST_IN_ANSWERS", default=False)
PERSISTED_DOCUMENTS = env.str("PERSISTED_DOCUMENTS", default="on")
PERSISTED_DOCUMENTS_FILE = env.str("PERSISTED_DOCUMENTS_FILE", default="")
LIVE_LIMITS = {
    "init_seconds": 10,  # until connection_init
    "silent_seconds": 20,  # until a silent socket is pinged, and then until it is closed
    "messages": 300,  # that a socket may send in ten seconds
    "subscriptions": 20,  # of a socket
    "sockets": 10,  # of a person
    "sockets_of_address": 1_000,
    "streams": 20,  # of server-sent events, of a person
    "buffer": 250_000,  # characters that wait for a slow client; beyond them it gets what is stored, at its own pace
    "stalled_seconds": 30,  # that a client may take nothing
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024  # bytes of a GraphQL request's body, without the files of a multipart one
DATA_UPLOAD_MAX_NUMBER_FILES = 10
MULTIPART_MAX_SIZE = 101 * 1024 * 1024  # bytes of it with them: ten of 10 MiB and what is around them

# ── Who watches over it: docs/operations.md. What is off is not even imported ─────────────────────────────────────────
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_FOLDER = env.str("PROMETHEUS_MULTIPROC_DIR", default="")
TRACES_TO = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
SENTRY_DSN = env.str("SENTRY_DSN", default="")
if TRACES_TO:
    MIDDLEWARE.insert(1, "config.middleware.tracing.Tracing")  # after the request log
if METRICS_TOKEN:
    MIDDLEWARE.insert(1, "config.middleware.metrics.Metrics")

# ── Front ends ─────────────────────────────────────────────────────────────────────────────────────────────────────
FRONTEND_FILES = env.str("FRONTEND_FILES", default="")
WHITENOISE_ROOT = BASE_DIR / FRONTEND_FILES if FRONTEND_FILES else None
WHITENOISE_INDEX_FILE = True
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers
CORS_URLS_REGEX = r"^/(graphql/?|files|avatars/.*)$"
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "x-csrftoken",
    "x-requested-with",
    "x-request-id",
    "x-graphql-cost",
    "apollo-require-preflight",
    "x-apollo-operation-name",
    "graphql-preflight",
    "apollographql-client-name",
    "apollographql-client-version",
]
CORS_EXPOSE_HEADERS = [
    "x-request-id",
    "retry-after",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "ratelimit-policy",
]

# ── Logs: one JSON line each, on standard error; a log must never be able to forge another line ───────────────────────
TO_STANDARD_ERROR = {"handlers": ["stderr"], "level": "INFO", "propagate": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "parley": TO_STANDARD_ERROR,
        # The servers, too, once they have loaded us: they would write tracebacks as they are.
        "uvicorn": {**TO_STANDARD_ERROR, "level": "WARNING" if DEBUG else "INFO"},  # `start` has said what it would say
        # Else `uvicorn` would speak for it, and write down the addresses that were asked, by GET with the variables.
        "uvicorn.access": {"handlers": [], "propagate": False},
        "_granian": TO_STANDARD_ERROR,
        "django.request": {"level": "ERROR"},
    },
}
