"""Everything that can be read. Every field says who may call it."""

from collections.abc import Iterable
from typing import Annotated

import strawberry
from strawberry import relay

from messaging import models
from schema import ids, lists
from schema.connections import Connection
from schema.context import AnyoneWithGoodToken, Info, SignedIn
from schema.types import Conversation, Message, User


@strawberry.type(description="Reading.")
class Query:
    @strawberry.field(
        permission_classes=[SignedIn],
        description="Any object by its id; null for what is not there or not yours to see.",
    )
    def node(self, info: Info, id: strawberry.ID) -> relay.Node | None:
        return ids.find_node(info.context.viewer, id)

    @strawberry.field(
        permission_classes=[SignedIn], description="Several objects by their ids, 100 at most; null for each not found."
    )
    def nodes(
        self, info: Info, global_ids: Annotated[list[strawberry.ID], strawberry.argument(name="ids")]
    ) -> list[relay.Node | None]:
        return ids.find_nodes(info.context.viewer, global_ids)

    @strawberry.field(permission_classes=[AnyoneWithGoodToken], description="Who is signed in; null when signed out.")
    def me(self, info: Info) -> User | None:
        return info.context.person

    @relay.connection(
        Connection[User], permission_classes=[SignedIn], description="People whose account is active, by username."
    )
    def users(self, info: Info) -> Iterable[User]:
        return lists.list_users(info.context.viewer)

    @strawberry.field(
        permission_classes=[SignedIn], description="A conversation; null for what is not there or not yours to see."
    )
    def conversation(self, info: Info, id: strawberry.ID) -> Conversation | None:
        return ids.find_or_none(info.context.viewer, models.Conversation, id)

    @relay.connection(
        Connection[Conversation],
        permission_classes=[SignedIn],
        description="The viewer's conversations, the last written to first.",
    )
    def conversations(self, info: Info) -> Iterable[Conversation]:
        return lists.list_conversations(info.context.viewer)

    @strawberry.field(
        permission_classes=[SignedIn], description="A message; null for what is not there or not yours to see."
    )
    def message(self, info: Info, id: strawberry.ID) -> Message | None:
        return ids.find_or_none(info.context.viewer, models.Message, id)
