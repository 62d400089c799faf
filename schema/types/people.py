"""People, as others see them and as they see themselves."""

from datetime import datetime

import strawberry
from strawberry import relay

from accounts import models
from accounts.permissions import can_see_private_fields
from schema.columns import column, model_type
from schema.context import Info

Person = strawberry.Parent[models.User]


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

    @strawberry.field(description="E-mail address. Null for anybody but the person and staff.")
    def email(person: Person, info: Info) -> str | None:
        return person.email if can_see_private_fields(info.context.viewer, person) else None

    @strawberry.field(description="Whether the e-mail address is verified. Null for anybody but the person and staff.")
    def is_email_verified(person: Person, info: Info) -> bool | None:
        return person.is_email_verified if can_see_private_fields(info.context.viewer, person) else None

    @strawberry.field(description="In E.164. Null when not given, and for anybody but the person and staff.")
    def phone_number(person: Person, info: Info) -> str | None:
        return (str(person.phone_number) or None) if can_see_private_fields(info.context.viewer, person) else None
