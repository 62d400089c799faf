"""Passwords: who one is by name and password, and what a password must be."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts import lockout
from accounts.models import User
from accounts.refusals import InvalidCredentials, LockedOut

WRONG = "The username or the password is wrong."
MAX_LENGTH = 1_000  # hashing reads all of it: an unbounded one is a way to burn a processor


def authenticate(name: str, password: str, address: str | None) -> User:
    """The active person with this username or e-mail address, in any case, and this password.

    Unknown name, wrong password and disabled account are one refusal after one run of the hasher. Raises
    InvalidCredentials, LockedOut.
    """
    person = User.objects.by_natural_key(name)
    lockout.check_attempt(name, person, address)
    if not _is_right(person, password) or person is None or not person.is_active:
        lockout.record_failure(name, person, address)
        raise InvalidCredentials(WRONG)
    lockout.record_success(person, address)
    return person


def check_own_password(person: User, password: str, field: str) -> None:
    """For what needs the password again. Guessing here leads to the same lock as at the door, for one's own address.

    Raises InvalidCredentials, LockedOut.
    """
    address = person.session.ip_address if person.session else None
    lockout.check_attempt("", person, address)
    if not _is_right(person, password):
        lockout.record_failure("", person, address)
        raise InvalidCredentials({field: "This is not your password."})
    lockout.record_success(person, address)


def check_strength(password: str, person: User) -> None:
    """Django's validators, and an upper bound. Raises ValidationError."""
    if len(password) > MAX_LENGTH:
        raise ValidationError(f"A password has at most {MAX_LENGTH:,} characters.")
    validate_password(password, person)


def _is_right(person: User | None, password: str) -> bool:
    if person is None or len(password) > MAX_LENGTH:
        make_password(password[:MAX_LENGTH])  # as long as for a known name: the time must not tell
        return False
    return person.check_password(password)


class PasswordBackend(ModelBackend):
    """The same door for the admin's sign-in form: one hash, one lock-out."""

    def authenticate(
        self, request: Any, username: str | None = None, password: str | None = None, **kwargs: object
    ) -> User | None:
        try:
            return authenticate(username or "", password or "", getattr(request, "address", None))
        except (InvalidCredentials, LockedOut):
            return None
