"""What stands between two people: the one place that reads who has blocked whom.

A block is not announced. So what it forbids is refused in the words for an account that cannot be reached, and what it
hides looks as if nobody had been there.
"""

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When

from accounts.models import Block, User


class Barrier(StrEnum):
    """Between a viewer and somebody else. Where both have blocked, the viewer's own counts: they know of it."""

    MADE = "MADE"  # by the viewer
    MET = "MET"  # by the viewer, who is not told: the other has made it


def barriers(viewer: User, people: Iterable[int]) -> dict[int, Barrier]:
    """What stands between the viewer and these people, by primary key; no entry for nothing. One statement."""
    others = set(people) - {viewer.pk}
    if not others:
        return {}
    found = _between({viewer.pk}, others).values_list("blocker_id", "blocked_id")
    pairs = set(found)
    met = {blocker: Barrier.MET for blocker, blocked in pairs if blocked == viewer.pk}
    return met | {blocked: Barrier.MADE for blocker, blocked in pairs if blocker == viewer.pk}


def kept_apart(people: Iterable[int], others: Iterable[int]) -> set[tuple[int, int]]:
    """(one, another) for each pair of these with a block between them, in both orders. One statement."""
    pairs = set(_between(set(people), set(others)).values_list("blocker_id", "blocked_id"))
    return pairs | {(blocked, blocker) for blocker, blocked in pairs}


def barrier_to(viewer: User, *paths: str) -> Case:
    """The same as `barriers` within another statement: to the person at one of these paths; null for nothing."""
    made = Exists(_any_of("blocked", paths).filter(blocker=viewer))
    met = Exists(_any_of("blocker", paths).filter(blocked=viewer))
    return Case(When(made, then=Value(Barrier.MADE.value)), When(met, then=Value(Barrier.MET.value)))


def nothing_between(viewer: User, *paths: str) -> Q:
    """A condition within another statement: that neither the viewer nor the person at one of these paths has blocked
    the other."""
    made = Exists(_any_of("blocked", paths).filter(blocker=viewer))
    met = Exists(_any_of("blocker", paths).filter(blocked=viewer))
    return ~Q(made) & ~Q(met)


def has_blocked(viewer: User) -> Exists:
    """Of a list of people: those who have blocked the viewer."""
    return Exists(Block.objects.filter(blocker=OuterRef("pk"), blocked=viewer))


def is_blocked_by(viewer: User) -> Exists:
    """Of a list of people: those whom the viewer has blocked."""
    return Exists(Block.objects.filter(blocker=viewer, blocked=OuterRef("pk")))


def blocks_of(people: Iterable[User]) -> QuerySet[Block]:
    """Whom these people have blocked, each with that person."""
    return Block.objects.filter(blocker__in=people).select_related("blocked")


def _between(some: set[int], others: set[int]) -> QuerySet[Block]:
    there = Q(blocker__in=some, blocked__in=others)
    back = Q(blocker__in=others, blocked__in=some)
    return Block.objects.filter(there | back)


def _any_of(side: str, paths: Iterable[str]) -> QuerySet[Block]:
    either = Q()
    for path in paths:
        either |= Q(**{side: OuterRef(path)})
    return Block.objects.filter(either)
