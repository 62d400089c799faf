"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import RefreshToken, Session, User
from accounts.passwords import WRONG, authenticate
from accounts.refusals import InvalidCredentials, NotFound, TokenExpired, TokenInvalid, TokenReused
from accounts.tokens import (
    AccessToken,
    hash_opaque_token,
    make_access_token,
    make_opaque_token,
    session_of_access_token,
)
from accounts.validators import check_field

MAX_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client keeps: the refresh token is shown this once and stored only as a hash."""

    session: Session
    access_token: AccessToken
    refresh_token: str
    refresh_expires_at: datetime


def token_auth(*, username: str, password: str, device: str = "", ip_address: str | None = None) -> SignedIn:
    """Signs in by username or e-mail address. Raises InvalidCredentials, LockedOut."""
    check_field(Session, "device", device)
    person = authenticate(username, password, ip_address)
    with transaction.atomic():
        # Whoever has changed the password meanwhile has signed out every session, and may not have seen this one.
        unchanged = User.objects.filter(pk=person.pk, password=person.password, is_active=True)
        if not unchanged.update(last_login=timezone.now()):
            raise InvalidCredentials(WRONG)
        return start_session(person, device=device, ip_address=ip_address)


def refresh_token(*, refresh_token: str) -> SignedIn:
    """Rotates: this token ends, a new pair of the same session begins.

    The same token again within `REFRESH_GRACE_SECONDS` (a lost answer, two tabs) gets a working pair too. Later than
    that somebody holds a copy: the session is revoked, TokenReused is raised. Else raises TokenInvalid, TokenExpired.
    (RFC 9700, OAuth 2.0 Security Best Current Practice, 4.14.2, with families.)
    """
    now = timezone.now()
    with transaction.atomic():
        token = _locked(refresh_token)
        refusal = _why_not_rotate(token, now)
        if isinstance(refusal, TokenReused):
            _revoke(Session.objects.filter(pk=token.session_id), now)
        if refusal is None:
            return _rotate(token, now)
    raise refusal  # outside the transaction: the revocation stays


def verify_token(*, token: str) -> Session:
    """The live session that an access token speaks for, with its person. Raises TokenInvalid, TokenExpired."""
    return session_of_access_token(token)


def revoke_token(*, refresh_token: str) -> list[Session]:
    """Signs out the session this refresh token belongs to, even by a token rotated before. Raises TokenInvalid."""
    now = timezone.now()
    with transaction.atomic():
        token = _locked(refresh_token)
        revoked = _revoke(Session.objects.live(now).filter(pk=token.session_id), now)
    if not revoked:
        raise TokenInvalid("This session has ended already.")
    return revoked


def revoke_session(*, viewer: User, session: Session) -> list[Session]:
    """Signs out one of one's own devices. Raises NotFound."""
    revoked = _revoke(Session.objects.visible_to(viewer).filter(pk=session.pk), timezone.now())
    if not revoked:
        raise NotFound({"session_id": "Not found."})
    return revoked


def revoke_all_sessions(*, viewer: User, except_current: bool = True) -> list[Session]:
    """Signs out all of one's devices, or all but the one that asks; and every browser that is signed in by cookie."""
    now = timezone.now()
    sessions = Session.objects.visible_to(viewer)
    if except_current and viewer.session is not None:
        sessions = sessions.exclude(pk=viewer.session.pk)
    with transaction.atomic():
        end_cookies(viewer, now)
        return _revoke(sessions, now)


def end_cookies(person: User, now: datetime) -> None:
    """Django's own sessions, which are not found by their person, are no more accepted."""
    person.signed_out_at = now
    person.save(update_fields=["signed_out_at"])


def sign_out_everywhere(person: User, now: datetime) -> None:
    """Ends every session, those by cookie too."""
    with transaction.atomic():
        end_cookies(person, now)
        person.sessions.live(now).update(revoked_at=now)


def start_session(person: User, *, device: str, ip_address: str | None) -> SignedIn:
    """A new session for a person who has just shown who they are; beyond 50 the oldest goes."""
    now = timezone.now()
    # Rotated tokens stay as long as their session: a stolen one is recognised however late its owner comes back.
    RefreshToken.objects.filter(session__user=person, session__expires_at__lt=now).delete()
    session = Session.objects.create(
        user=person,
        device=device,
        ip_address=ip_address,
        created_at=now,
        last_used_at=now,
        expires_at=now + settings.SESSION_LIFETIME,
    )
    live = person.sessions.live(now)
    newest = live.order_by("-id").values_list("pk", flat=True)[:MAX_SESSIONS]
    live.exclude(pk__in=list(newest)).update(revoked_at=now)
    return _issue(session, now)


def _revoke(sessions: QuerySet[Session], now: datetime) -> list[Session]:
    """Ends these sessions: their access tokens are refused from the next request on."""
    revoked = list(sessions)
    Session.objects.filter(pk__in=[session.pk for session in revoked]).update(revoked_at=now)
    return revoked


def _locked(text: str) -> RefreshToken:
    try:
        return (
            RefreshToken.objects.select_for_update(of=("self",))
            .select_related("session__user")
            .get(hash=hash_opaque_token(text))
        )
    except RefreshToken.DoesNotExist:
        raise TokenInvalid("This refresh token is not valid.") from None


def _why_not_rotate(token: RefreshToken, now: datetime) -> TokenInvalid | None:
    session = token.session
    if session.revoked_at is not None or not session.user.is_active:
        return TokenInvalid("This session has ended: log in again.")
    if token.rotated_at is not None and now > token.rotated_at + settings.REFRESH_GRACE:
        return TokenReused("This refresh token was used before; its session is revoked. Log in again.")
    if now >= min(token.expires_at, session.expires_at):
        return TokenExpired("This refresh token has expired: log in again.")
    return None


def _rotate(token: RefreshToken, now: datetime) -> SignedIn:
    session = token.session
    if token.rotated_at is None:
        RefreshToken.objects.filter(pk=token.pk).update(rotated_at=now)
    session.last_used_at = now
    session.save(update_fields=["last_used_at"])
    return _issue(session, now)


def _issue(session: Session, now: datetime) -> SignedIn:
    session.user.session = session
    text = make_opaque_token()
    expires_at = min(now + settings.REFRESH_TOKEN_LIFETIME, session.expires_at)
    RefreshToken.objects.create(session=session, hash=hash_opaque_token(text), created_at=now, expires_at=expires_at)
    return SignedIn(session, make_access_token(session), text, expires_at)
