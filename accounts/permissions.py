"""What a viewer may know about a person, and do to them."""

from accounts.models import User


def can_see_private_fields(viewer: User, person: User) -> bool:
    """E-mail address, phone number, sessions: for the person and for staff."""
    return viewer.pk == person.pk or viewer.is_staff
