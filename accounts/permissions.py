"""What a viewer may know about a person, and do to them."""

from accounts.blocks import Barrier
from accounts.models import User


def can_see_private_fields(viewer: User | None, person: User) -> bool:
    """E-mail address, phone number, sessions: for the person, who may be signing in just now, and for staff."""
    if viewer is None or person.session is not None:
        return person.session is not None
    return viewer.pk == person.pk or viewer.is_staff


def can_see_presence(barrier: Barrier | None) -> bool:
    """Whether somebody is here, was here, is typing: hidden both ways by a block."""
    return barrier is None


def can_moderate(person: User) -> bool:
    """Change accounts and conversations in the admin; outside it, staff see no more conversations than anybody."""
    return person.is_active and person.is_staff


def can_edit_profile(viewer: User, person: User) -> bool:
    """One's own; staff those of people who are not staff, superusers everybody's.

    Whoever changes an e-mail address can have a new password sent there, so nobody changes that of an equal or higher.
    """
    return viewer.pk == person.pk or viewer.is_superuser or (viewer.is_staff and not person.is_staff)
