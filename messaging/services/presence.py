"""Being seen: when somebody was last here, written at most once a minute, and told when they come online by it."""

from collections.abc import Iterable
from datetime import datetime

from accounts.models import User
from accounts.presence import is_online, not_seen_lately
from messaging.hints import ONLINE, Hint, publish


def be_seen(*, people: Iterable[int], now: datetime) -> None:
    """These people are here now: one statement, and one more once a minute."""
    due = {person.pk: person for person in User.objects.filter(not_seen_lately(now), pk__in=people)}
    if not due:
        return
    User.objects.filter(not_seen_lately(now), pk__in=due).update(last_seen_at=now)
    for person in due.values():
        if not is_online(person, now):
            publish(Hint(ONLINE, (person.pk,)))
