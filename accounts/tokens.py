"""Access tokens (JWT) and refresh tokens (opaque); the only module that imports the JWT package.

django-graphql-jwt encodes, signs and checks; what its defaults leave open is closed here and in
`settings.GRAPHQL_JWT` (docs/decisions/0004-tokens.md). The claims name a session, and one statement reads the session
with its person, so that revoking a session or disabling an account takes effect on the next request.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

import jwt
from django.conf import settings
from django.utils import timezone
from graphql_jwt.exceptions import JSONWebTokenError, JSONWebTokenExpired
from graphql_jwt.settings import jwt_settings
from graphql_jwt.shortcuts import get_token, get_user_by_token

from accounts.models import Session, User
from accounts.refusals import TokenExpired, TokenInvalid
from rows import Statement

Claims = dict[str, Any]

REQUIRED_CLAIMS = ["sub", "sid", "jti", "iat", "exp", "iss", "aud"]
MAX_TOKEN_LENGTH = 2_048  # ours are some 300 characters; anything longer is not worth decoding
MAX_KEY = 2**63

# What few requests need is read when they ask for it: to make something of an address or a phone number costs more than
# all the rest.
SELDOM = ("ip_address", "device", "created_at", "last_used_at", "revoked_at")
SELDOM_OF_PERSON = ("phone_number", "password", "last_login", "signed_out_at")
LIVE_SESSION = Statement(
    lambda session_id, user_id, now: (
        Session.objects.live(now)
        .filter(pk=session_id, user_id=user_id, user__is_active=True)
        .select_related("user")
        .defer(*SELDOM, *(f"user__{name}" for name in SELDOM_OF_PERSON))
    )
)


@dataclass(frozen=True, slots=True)
class AccessToken:
    text: str
    expires_at: datetime


def make_access_token(session: Session) -> AccessToken:
    """Signs an access token for the session; valid for `ACCESS_TOKEN_MINUTES`, and no longer than the session."""
    expires_at = min(timezone.now() + settings.ACCESS_TOKEN_LIFETIME, session.expires_at).replace(microsecond=0)
    text = get_token(session.user, sid=str(session.pk), exp=int(expires_at.timestamp()))
    return AccessToken(cast(str, text), expires_at)


def session_of_access_token(token: str) -> Session:
    """The live session, with its person, that an access token speaks for. Raises TokenInvalid or TokenExpired."""
    if len(token) > MAX_TOKEN_LENGTH:
        raise TokenInvalid("This access token is not valid.")
    try:
        person = get_user_by_token(token)
    except JSONWebTokenExpired as expired:
        raise TokenExpired("This access token has expired: refresh it, or log in again.") from expired
    except JSONWebTokenError as wrong:
        raise TokenInvalid("This access token is not valid.") from wrong
    if person is None:
        raise TokenInvalid("This access token's session has ended: log in again.")
    session: Session = person.session
    return session


def make_opaque_token() -> str:
    """For refreshing, and for letters: 256 random bits, as text for a header or a JSON string."""
    return secrets.token_urlsafe(32)


def hash_opaque_token(token: str) -> str:
    """What is stored. The token is random, so one plain SHA-256 is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


# ── the handlers that settings.GRAPHQL_JWT names ────────────────────────────────────────────────────────────────────


def make_claims(user: User, context: object = None) -> Claims:
    """`sub` is the primary key: a username can change hands. `sid` and `exp` come from `make_access_token`."""
    return {
        "sub": str(user.pk),
        "jti": secrets.token_urlsafe(12),
        "iat": int(timezone.now().timestamp()),
        "iss": jwt_settings.JWT_ISSUER,
        "aud": jwt_settings.JWT_AUDIENCE,
    }


def decode_claims(token: str, context: object = None) -> Claims:
    """Checks signature, algorithm, expiry, issuer and audience, and that no claim is missing: without `exp` a token
    would live for ever (RFC 8725, JSON Web Token Best Current Practices)."""
    claims = _checked(token, jwt_settings.JWT_SECRET_KEY)
    if jwt_settings.JWT_VERIFY_EXPIRATION and int(claims["exp"]) <= time.time():
        raise jwt.ExpiredSignatureError
    return dict(claims)


@lru_cache(maxsize=4_096)  # a token comes with each request; all but the time is the same for the same text and key
def _checked(token: str, key: str) -> Claims:
    return jwt.decode(
        token,
        key,
        algorithms=[jwt_settings.JWT_ALGORITHM],
        audience=jwt_settings.JWT_AUDIENCE,
        issuer=jwt_settings.JWT_ISSUER,
        # `iat` only tells the age (RFC 7519, section 4.1.6): a clock that steps back must not sign everybody out.
        options={"require": REQUIRED_CLAIMS, "verify_exp": jwt_settings.JWT_VERIFY_EXPIRATION, "verify_iat": False},
    )


def whole_claims(claims: Claims) -> Claims:
    """Hands `person_of_claims` everything, where the package would take the username alone."""
    return claims


def person_of_claims(claims: Claims) -> User | None:
    """The person, carrying `session`, if both are what the claims say and still alive; one statement."""
    try:
        user_id, session_id = int(claims["sub"]), int(claims["sid"])
    except (ValueError, TypeError):
        return None
    if not (0 < user_id < MAX_KEY and 0 < session_id < MAX_KEY):
        return None
    found = LIVE_SESSION(session_id, user_id, timezone.now())
    if not found:
        return None
    session = found[0]
    session.user.session = session
    session.token_expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    return session.user
