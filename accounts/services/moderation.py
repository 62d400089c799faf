"""What the staff of the house do to accounts, in the admin; everybody else changes their own alone.

Staff change nobody who is staff too: that is for superusers.
"""

from typing import Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import permissions
from accounts.email_tokens import end_resets
from accounts.models import Session, User
from accounts.services.people import Profile, make_person, put_password
from accounts.services.sessions import sign_out_everywhere


def create_person(*, staff: User, password: str, **profile: Unpack[Profile]) -> User:
    """An account for somebody, who is not signed in by it. Raises PermissionDenied, ValidationError, Taken."""
    if not permissions.can_moderate(staff):
        raise PermissionDenied("Only the staff of the house may do that.")
    return make_person(password=password, **profile)


def set_password(*, staff: User, person: User, new_password: str) -> None:
    """Signs out every device of theirs too. Raises PermissionDenied, ValidationError."""
    check_may_edit(staff, person)
    put_password(person, new_password)
    with transaction.atomic():
        person.save(update_fields=["password", "updated_at"])
        end_resets(person)
        sign_out(staff=staff, person=person)


def set_active(*, staff: User, person: User, is_active: bool) -> None:
    """Disables an account, whose access ends with its next request, or enables it again. Raises PermissionDenied,
    ValidationError for one's own."""
    check_may_edit(staff, person)
    if person.pk == staff.pk and not is_active:
        raise ValidationError({"is_active": "Nobody disables their own account."})
    person.is_active = is_active
    person.save(update_fields=["is_active", "updated_at"])


def set_rank(*, staff: User, person: User, is_staff: bool, is_superuser: bool) -> None:
    """Makes somebody staff or superuser, or ends it. Raises PermissionDenied for all but superusers."""
    if not staff.is_superuser:
        raise PermissionDenied("Only superusers say who is staff.")
    person.is_staff, person.is_superuser = is_staff, is_superuser
    person.save(update_fields=["is_staff", "is_superuser", "updated_at"])


def sign_out(*, staff: User, person: User, session: Session | None = None) -> None:
    """Ends one session of a person, or all, and then those by cookie too. Raises PermissionDenied."""
    check_may_edit(staff, person)
    now = timezone.now()
    if session is None:
        sign_out_everywhere(person, now)
    else:
        person.sessions.live(now).filter(pk=session.pk).update(revoked_at=now)


def check_may_edit(staff: User, person: User) -> None:
    if not (permissions.can_moderate(staff) and permissions.can_edit_profile(staff, person)):
        raise PermissionDenied("Only superusers change the accounts of staff.")
