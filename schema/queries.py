"""Everything that can be read. Every field says who may call it."""

from collections.abc import Iterable
from typing import Annotated

import strawberry
from strawberry import relay

from accounts import models as people
from accounts.selectors import person_by
from messaging import models
from schema import ids, lists, telling
from schema.connections import Connection, connection
from schema.context import AnyoneWithGoodToken, Info, SignedIn
from schema.filters import ConversationFilter, ConversationOrder, MessageFilter, UserFilter, UserOrder
from schema.types import Conversation, EventBatch, Message, User

Id = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
ConversationFilters = Annotated[
    ConversationFilter | None, strawberry.argument(description="All conditions together; by default not the archived.")
]
MessageFilters = Annotated[MessageFilter | None, strawberry.argument(description="All conditions together.")]
UserFilters = Annotated[UserFilter | None, strawberry.argument(description="All conditions together.")]
EVENTS_READ = 100


@strawberry.type(description="Reading.")
class Query:
    @strawberry.field(
        permission_classes=[SignedIn],
        description="Any object by its id; null for what is not there or not yours to see.",
    )
    def node(self, info: Info, id: Id) -> relay.Node | None:
        return ids.find_node(info.context.viewer, id)

    @strawberry.field(
        permission_classes=[SignedIn], description="Several objects by their ids, 100 at most; null for each not found."
    )
    def nodes(
        self,
        info: Info,
        global_ids: Annotated[list[strawberry.ID], strawberry.argument(name="ids", description="Global ids.")],
    ) -> list[relay.Node | None]:
        return ids.find_nodes(info.context.viewer, global_ids)

    @strawberry.field(permission_classes=[AnyoneWithGoodToken], description="Who is signed in; null when signed out.")
    def me(self, info: Info) -> User | None:
        return info.context.person

    @strawberry.field(
        permission_classes=[SignedIn], description="A person by exactly one of id and username; null if there is none."
    )
    def user(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="A global id.")] = None,
        username: Annotated[str | None, strawberry.argument(description="In any case.")] = None,
    ) -> User | None:
        return person_by(info.context.viewer, key=ids.key_given(people.User, id), username=username)

    @connection(
        Connection[User], permission_classes=[SignedIn], description="People whose account is active, by username."
    )
    def users(
        self,
        info: Info,
        filters: UserFilters = None,
        ordering: Annotated[UserOrder | None, strawberry.argument(description="By username at first.")] = None,
    ) -> Iterable[User]:
        return lists.list_users(info.context.viewer, filters, ordering)

    @strawberry.field(
        permission_classes=[SignedIn], description="A conversation; null for what is not there or not yours to see."
    )
    def conversation(self, info: Info, id: Id) -> Conversation | None:
        return ids.find_or_none(info.context.viewer, models.Conversation, id)

    @connection(
        Connection[Conversation],
        permission_classes=[SignedIn],
        description="The viewer's conversations, the last written to first.",
    )
    def conversations(
        self,
        info: Info,
        filters: ConversationFilters = None,
        ordering: Annotated[
            ConversationOrder | None, strawberry.argument(description="By last activity, newest first, at first.")
        ] = None,
    ) -> Iterable[Conversation]:
        return lists.list_conversations(info.context.viewer, filters, ordering)

    @strawberry.field(
        permission_classes=[SignedIn], description="A message; null for what is not there or not yours to see."
    )
    def message(self, info: Info, id: Id) -> Message | None:
        return ids.find_or_none(info.context.viewer, models.Message, id)

    @connection(
        Connection[Message],
        permission_classes=[SignedIn],
        description="The messages of all the viewer's conversations, newest first.",
    )
    def messages(self, info: Info, filters: MessageFilters = None) -> Iterable[Message]:
        return lists.Timeline(info.context.viewer, filters or MessageFilter())

    @connection(
        Connection[Message],
        permission_classes=[SignedIn],
        description="Full text search in all the viewer's conversations: of the newest 1,000 messages that fit the best"
        " first, and of equals the newest. Later pages are of the same messages, whatever has been sent since.",
    )
    def search_messages(
        self,
        info: Info,
        query: Annotated[
            str,
            strawberry.argument(
                description='1 to 200 characters: words, all of which are there; "a phrase"; -without this; or. Neither'
                " case nor accents matter."
            ),
        ],
        filters: MessageFilters = None,
    ) -> Iterable[Message]:
        return lists.list_best(info.context.viewer, query, filters)

    @strawberry.field(
        permission_classes=[SignedIn],
        description="Now, in the event feed: taken before any other field of the operation is read, wherever it stands."
        " What comes after it may be in what was read already; applying an event twice changes nothing.",
    )
    def event_cursor(self, info: Info) -> str:
        assert info.context.now is not None, "it is taken before anything is run"
        return str(info.context.now.cursor)

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The viewer's events after a cursor, oldest first: the same feed that the subscription tells."
        " ResyncRequired comes alone: the cursor is too old, of another feed, or more than 1,000 events behind.",
    )
    def events(
        self,
        info: Info,
        after: Annotated[str, strawberry.argument(description="A cursor: of `eventCursor`, or of an event.")],
        conversation_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only of this one; nothing if it is not yours.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="At most so many, 1 to 1,000.")] = EVENTS_READ,
    ) -> EventBatch:
        size = EVENTS_READ if first is None else first
        return telling.read(info.context.viewer, after, conversation_id, size)
