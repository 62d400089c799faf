"""Which people a viewer can find."""

from django.db.models import QuerySet

from accounts.models import User


def people_for(viewer: User) -> QuerySet[User]:
    """Everybody a viewer can find in the list of people: those whose account is active."""
    everybody: QuerySet[User] = User.objects.visible_to(viewer)
    return everybody.filter(is_active=True)
