"""Which people a viewer can find."""

from collections.abc import Iterable

from django.db.models import QuerySet

from accounts.models import User


def people_by_key(viewer: User, keys: Iterable[int]) -> QuerySet[User]:
    """Those with these primary keys."""
    found: QuerySet[User] = User.objects.visible_to(viewer)
    return found.filter(pk__in=keys)


def people_for(viewer: User) -> QuerySet[User]:
    """Everybody a viewer can find in the list of people: those whose account is active."""
    everybody: QuerySet[User] = User.objects.visible_to(viewer)
    return everybody.filter(is_active=True)
