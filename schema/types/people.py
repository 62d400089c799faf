"""People, as others see them and as they see themselves."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import strawberry
from django.utils import timezone
from strawberry import relay

from accounts import avatars, models
from accounts.blocks import Barrier, barriers, blocks_of
from accounts.permissions import can_see_presence, can_see_private_fields
from accounts.presence import is_online
from accounts.selectors import people_by_key, sessions_of
from messaging import selectors
from rows import pages
from schema.columns import column, model_type
from schema.connections import Connection, NestedRows, Order, connection
from schema.context import Info

UserRef = Annotated["User", strawberry.lazy("schema.types.people")]
SessionRow = strawberry.Parent[models.Session]
Person = strawberry.Parent[models.User]

AVATARS_PATH = "/avatars"
DEFAULT_AVATAR = 256
LAST_BLOCKED = Order("BLOCKED", "pk", int, descending=True, unique=True)


@model_type(models.Session, name="Session", description="One signed-in device.")
class Session(relay.Node):
    id: relay.NodeID[int]
    device: str = column("The name given when signing in; empty if none.")
    ip_address: str | None = column("Where it signed in from.")
    created_at: datetime = column("When it signed in.")
    last_used_at: datetime = column("When it last got a new access token.")
    expires_at: datetime = column("When it ends, whatever happens.")

    @strawberry.field(description="Whether it is the one that asks.")
    def is_current(session: SessionRow, info: Info) -> bool:
        return session.pk in {one.pk for one in (info.context.session, session.user.session) if one is not None}


@model_type(models.User, name="User", description="A person with an account.")
class User(relay.Node):
    id: relay.NodeID[int]
    username: str = column("3 to 30 characters, unique without regard to case.")
    first_name: str = column("Empty if not given.")
    last_name: str = column("Empty if not given.")
    display_name: str = column("Full name, else the username.")
    bio: str = column("What the person says about themselves; empty if nothing.")
    created_at: datetime = column("When the account was made.")
    updated_at: datetime = column("When the profile last changed.")

    @strawberry.field(
        description="When the person was last here, to the minute; null if never, and between people of whom one has"
        " blocked the other."
    )
    def last_seen_at(person: Person, info: Info) -> datetime | None:
        return person.last_seen_at if can_see_presence(barrier_to(person, info)) else None

    @strawberry.field(
        description="Whether the person was seen in the last 90 seconds; false between people of whom one has blocked"
        " the other."
    )
    def is_online(person: Person, info: Info) -> bool:
        return is_online(person, timezone.now()) and can_see_presence(barrier_to(person, info))

    @strawberry.field(description="Whether the viewer has blocked this person. The other way round nobody is told.")
    def viewer_has_blocked(person: Person, info: Info) -> bool:
        return barrier_to(person, info) == Barrier.MADE

    @strawberry.field(
        description="A square WebP picture of 64, 128, 256 or 512 pixels, the next larger one; may be cached for ever."
        " Null without an avatar."
    )
    def avatar_url(
        person: Person,
        info: Info,
        size: Annotated[int | None, strawberry.argument(description="How wide it is to be at least.")] = DEFAULT_AVATAR,
    ) -> str | None:
        file_name = avatars.file_name_for(person, DEFAULT_AVATAR if size is None else size)
        return f"{info.context.base}{AVATARS_PATH}/{file_name}" if file_name else None

    @strawberry.field(description="E-mail address. Null for anybody but the person and staff.")
    def email(person: Person, info: Info) -> str | None:
        return person.email if can_see_private_fields(info.context.person, person) else None

    @strawberry.field(description="Whether the e-mail address is verified. Null for anybody but the person and staff.")
    def is_email_verified(person: Person, info: Info) -> bool | None:
        return person.is_email_verified if can_see_private_fields(info.context.person, person) else None

    @strawberry.field(description="In E.164. Null when not given, and for anybody but the person and staff.")
    def phone_number(person: Person, info: Info) -> str | None:
        return (str(person.phone_number) or None) if can_see_private_fields(info.context.person, person) else None

    @strawberry.field(description="Signed-in devices, the last used first. Null for anybody but the person and staff.")
    def sessions(person: Person, info: Info) -> list[Session] | None:
        if not can_see_private_fields(info.context.person, person):
            return None
        return pages.load(person, "sessions", lambda people: load_sessions(seen_in_private(people, info))) or []

    @connection(
        Connection[UserRef] | None,
        description="Whom the person has blocked, the last first. Null for anybody but the person and staff.",
    )
    def blocked_users(person: Person, info: Info) -> Iterable[UserRef] | None:
        if not can_see_private_fields(info.context.person, person):
            return None
        return NestedRows(
            person,
            ("blocked_users",),
            lambda people: blocks_of(seen_in_private(people, info)),
            "blocker_id",
            LAST_BLOCKED,
            node=lambda block: load_blocked(block, info),
        )

    @strawberry.field(
        description="Unread messages over all conversations but muted and archived ones. "
        "Null for anybody but the person and staff."
    )
    def unread_count(person: Person, info: Info) -> int | None:
        if not can_see_private_fields(info.context.person, person):
            return None

        def count_all(people: list[models.User]) -> dict[int, int]:
            return selectors.unread_totals(seen_in_private(people, info), timezone.now())

        return pages.load(person, "unread_count", count_all) or 0


def barrier_to(person: models.User, info: Info) -> Barrier | None:
    """What stands between the viewer and a person; for the whole page at once."""
    viewer = info.context.person
    if viewer is None or viewer.pk == person.pk:
        return None
    return pages.load(person, "barrier", lambda people: barriers(viewer, (one.pk for one in people)))


def load_blocked(block: models.Block, info: Info) -> models.User:
    return pages.load_related(block, "blocked", lambda keys: people_by_key(info.context.person, keys))


def seen_in_private(people: list[models.User], info: Info) -> list[models.User]:
    """Those of a page whose private fields are shown: nothing is loaded for the others."""
    return [person for person in people if can_see_private_fields(info.context.person, person)]


def load_sessions(people: list[models.User]) -> dict[int, list[models.Session]]:
    sessions: dict[int, list[models.Session]] = {}
    by_key = {person.pk: person for person in people}
    for session in sessions_of(people):
        session.user = by_key[session.user_id]
        sessions.setdefault(session.user_id, []).append(session)
    return sessions
