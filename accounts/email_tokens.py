"""What a letter carries: a secret that proves, once and for a while, that somebody reads an address."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import EmailToken, User
from accounts.refusals import TokenExpired, TokenInvalid, TokenReused
from accounts.tokens import hash_opaque_token, make_opaque_token

Purpose = EmailToken.Purpose
LIFETIMES = {Purpose.VERIFICATION: timedelta(hours=24), Purpose.PASSWORD_RESET: timedelta(hours=1)}
WRONG = "This token is not valid: ask for another letter."


def make_token(person: User, purpose: Purpose) -> tuple[EmailToken, str]:
    """The row, and the text that only the letter knows. Older ones stay until it is sent: `end_older`."""
    text = make_opaque_token()
    now = timezone.now()
    row = EmailToken.objects.create(
        user=person,
        purpose=purpose,
        email=person.email,
        hash=hash_opaque_token(text),
        created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )
    return row, text


def end_older(token: EmailToken) -> None:
    """The newest letter is the one that counts. Used ones are remembered for as long as they would have been good."""
    older = EmailToken.objects.filter(user=token.user_id, purpose=token.purpose, pk__lt=token.pk)
    older.filter(Q(used_at=None) | Q(expires_at__lt=timezone.now())).delete()


def end_resets(person: User) -> None:
    """For when there is another password anyway."""
    EmailToken.objects.filter(user=person, purpose=Purpose.PASSWORD_RESET, used_at=None).delete()


def find_token(text: str, purpose: Purpose, viewer: User | None) -> EmailToken:
    """With its person, to whom the address still belongs. Raises TokenInvalid, TokenReused, TokenExpired."""
    found = EmailToken.objects.select_related("user").filter(hash=hash_opaque_token(text), purpose=purpose)
    token = found.first()
    if token is None or not token.user.is_active or not token.proves(token.user.email):
        raise TokenInvalid(WRONG)
    if viewer is not None and viewer.pk != token.user_id:
        raise TokenInvalid("This token is not for the account that you are signed in to.")
    if token.used_at is not None:
        raise TokenReused("This token was used before: ask for another letter.")
    if token.expires_at <= timezone.now():
        raise TokenExpired("This token has expired: ask for another letter.")
    return token


def use_token(token: EmailToken, now: datetime, **changes: object) -> None:
    """Makes these changes to its person, in the caller's transaction. Of two at once one is refused. Raises
    TokenReused, and TokenInvalid when the person has another address by now, or none any more."""
    if not EmailToken.objects.filter(pk=token.pk, used_at=None).update(used_at=now):
        raise TokenReused("This token was used before: ask for another letter.")
    proven = User.objects.filter(pk=token.user_id, email__lower=token.email.lower(), is_active=True)
    if not proven.update(**changes, updated_at=now):
        raise TokenInvalid(WRONG)
