"""What narrows and orders the lists: the contract's inputs, each of which knows how to narrow its QuerySet.

An id that names nothing the viewer may see finds nothing; it is not an error of a query.
"""

from datetime import datetime
from typing import Any

import strawberry
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import filters as people
from accounts.models import User
from accounts.selectors import online_to
from messaging import filters as conversations
from messaging import models
from messaging.search import check_query
from schema import ids
from schema.enums import ConversationKind, ConversationOrderField, OrderDirection, UserOrderField


@strawberry.input(description="A span of time; what is left out is open.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(default=None, name="from", description="At or after.")
    to: datetime | None = strawberry.field(default=None, description="Before.")

    def of(self, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
        return people.between(rows, field, self.from_, self.to)


@strawberry.input(description="Which people.")
class UserFilter:
    search: str | None = strawberry.field(
        default=None, description="Words that occur in the username or the names; never in e-mail or phone."
    )
    is_online: bool | None = strawberry.field(default=None, description="Only those seen in the last 90 seconds.")
    joined: DateTimeRange | None = strawberry.field(default=None, description="When the account was made.")

    def narrow(self, rows: QuerySet[User], viewer: User) -> QuerySet[User]:
        if self.is_online is not None:
            here = online_to(viewer, timezone.now())
            rows = rows.filter(here) if self.is_online else rows.exclude(here)
        if self.search is not None:
            rows = rows.filter(people.matching_names(self.search))
        return self.joined.of(rows, "created_at") if self.joined else rows


@strawberry.input(description="Which conversations; all conditions together.")
class ConversationFilter:
    kind: ConversationKind | None = strawberry.field(default=None, description="DIRECT or GROUP.")
    participant_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All of these people take part; 100 ids at most."
    )
    search: str | None = strawberry.field(
        default=None, description="Occurs in the title, or in the names of somebody else who takes part."
    )
    unread_only: bool | None = strawberry.field(default=None, description="Only those with unread messages.")
    is_archived: bool | None = strawberry.field(
        default=False, description="Left out: those not archived; true: only the archived; null: both."
    )
    created: DateTimeRange | None = strawberry.field(default=None, description="When it was started.")
    last_activity: DateTimeRange | None = strawberry.field(default=None, description="When it was last written to.")

    def narrow(self, rows: QuerySet[models.Conversation], viewer: User) -> QuerySet[models.Conversation]:
        if self.kind is not None:
            rows = rows.filter(kind=self.kind.value)
        if self.participant_ids is not None:
            rows = conversations.with_everybody(rows, ids.keys(User, self.participant_ids, "participantIds"))
        if self.search is not None:
            rows = conversations.matching(rows, self.search, viewer)
        if self.unread_only:
            rows = conversations.unread(rows)
        if self.is_archived is not None:
            rows = conversations.archived(rows, self.is_archived)
        rows = self.created.of(rows, "created_at") if self.created else rows
        return self.last_activity.of(rows, "last_activity_at") if self.last_activity else rows


@strawberry.input(description="Which messages; all conditions together.")
class MessageFilter:
    conversation_id: strawberry.ID | None = strawberry.field(default=None, description="Of this conversation.")
    sender_id: strawberry.ID | None = strawberry.field(default=None, description="Sent by this person.")
    participant_id: strawberry.ID | None = strawberry.field(
        default=None, description="In conversations with this person."
    )
    created: DateTimeRange | None = strawberry.field(default=None, description="When it was sent.")
    search: str | None = strawberry.field(
        default=None, description="Says this, as in `searchMessages`; nothing but white space: no condition."
    )
    unread_only: bool | None = strawberry.field(default=None, description="Only what the viewer has not read.")
    has_attachment: bool | None = strawberry.field(default=None, description="True: only with files; false: without.")

    @property
    def of_conversation(self) -> int | None:
        return ids.key(models.Conversation, self.conversation_id) if self.conversation_id is not None else None

    @property
    def with_person(self) -> int | None:
        return ids.key(User, self.participant_id) if self.participant_id is not None else None

    @property
    def text(self) -> str:
        """Raises ValidationError."""
        return check_query(self.search, "search") if self.search and self.search.strip() else ""

    def narrow(self, rows: QuerySet[models.Message]) -> QuerySet[models.Message]:
        """By what the row itself says; conversation, people in it, read marks and words are the selector's."""
        if self.sender_id is not None:
            rows = rows.filter(Q(sender=ids.key(User, self.sender_id)))
        if self.has_attachment is not None:
            rows = conversations.with_attachment(rows, self.has_attachment)
        return self.created.of(rows, "created_at") if self.created else rows


@strawberry.input(description="The order of people.")
class UserOrder:
    field: UserOrderField = strawberry.field(default=UserOrderField.USERNAME, description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")


@strawberry.input(description="The order of conversations.")
class ConversationOrder:
    field: ConversationOrderField = strawberry.field(
        default=ConversationOrderField.LAST_ACTIVITY, description="By what."
    )
    direction: OrderDirection = strawberry.field(default=OrderDirection.DESC, description="Which way.")
