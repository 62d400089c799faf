"""Our settings, with stock parts where ours have their own."""

from config.settings import *  # noqa: F403
from config.settings import JWT_SECRET_KEY

INSTALLED_APPS = [
    "accounts",
    "messaging",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "phonenumber_field",
    "strawberry_django",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "benchmarks.documented.authentication.TokenAuthentication",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "benchmarks.documented.urls"
AUTHENTICATION_BACKENDS = ["graphql_jwt.backends.JSONWebTokenBackend", "django.contrib.auth.backends.ModelBackend"]
GRAPHQL_JWT = {"JWT_SECRET_KEY": JWT_SECRET_KEY, "JWT_VERIFY_EXPIRATION": True, "JWT_AUTH_HEADER_PREFIX": "Bearer"}
STRAWBERRY_DJANGO = {"MAP_AUTO_ID_AS_GLOBAL_ID": True}
