"""Having nothing to do with somebody. They are not told, and do not find out by any answer."""

from django.core.exceptions import ValidationError

from accounts.models import Block, User


def block(*, viewer: User, person: User) -> None:
    """Blocking somebody again changes nothing. Raises ValidationError for oneself."""
    if person.pk == viewer.pk:
        raise ValidationError({"user_id": "Nobody blocks themselves."})
    Block.objects.bulk_create([Block(blocker=viewer, blocked=person)], ignore_conflicts=True)


def unblock_user(*, viewer: User, person: User) -> User:
    """Who is not blocked stays so. Raises ValidationError for oneself."""
    if person.pk == viewer.pk:
        raise ValidationError({"user_id": "Nobody blocks themselves."})
    Block.objects.filter(blocker=viewer, blocked=person).delete()
    return person
