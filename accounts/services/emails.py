"""Showing that an e-mail address is one's own, and setting a new password by it."""

from django.db import transaction
from django.utils import timezone

from accounts import letters
from accounts.email_tokens import Purpose, find_token, use_token
from accounts.models import User
from accounts.refusals import AlreadyVerified, TooOften
from accounts.services.people import put_password
from accounts.services.sessions import sign_out_everywhere


def request_email_verification(*, viewer: User) -> None:
    """Sends a letter to one's own address. Raises AlreadyVerified, TooOften."""
    if viewer.is_email_verified:
        raise AlreadyVerified("This e-mail address is verified already.")
    if not letters.may_be_sent(viewer, Purpose.VERIFICATION):
        seconds = letters.seconds_until_next(viewer, Purpose.VERIFICATION)
        raise TooOften(f"Too many letters; try again in {seconds} seconds.", seconds)
    letters.send_letter.enqueue(viewer.pk, Purpose.VERIFICATION.value)


def verify_email(*, viewer: User | None, token: str) -> User:
    """By the token of a letter; whoever is signed in verifies their own. Raises TokenInvalid, TokenReused,
    TokenExpired."""
    found = find_token(token, Purpose.VERIFICATION, viewer)
    with transaction.atomic():
        use_token(found, timezone.now(), is_email_verified=True)
    found.user.refresh_from_db()
    return found.user


def request_password_reset(*, email: str) -> None:
    """Sends a letter to this address, if somebody has it. What is done here, and its answer, is the same if nobody has:
    the rest is the task's."""
    person = User.objects.filter(email__lower=email.strip().lower()).first()
    letters.send_reset_letter.enqueue(person.pk if person else None)


def reset_password(*, viewer: User | None, token: str, new_password: str) -> None:
    """Sets a new password by the token of a letter, and signs out every device. A password that is refused leaves the
    token as it was. A lock-out after failed log-ins ends: it is of the old password.

    Raises TokenInvalid, TokenReused, TokenExpired, ValidationError.
    """
    found = find_token(token, Purpose.PASSWORD_RESET, viewer)
    put_password(found.user, new_password)
    now = timezone.now()
    with transaction.atomic():
        use_token(found, now, password=found.user.password)
        sign_out_everywhere(found.user, now)
