"""Types with `auto` fields, the optimizer extension, cursor connections, global ids, resolvers with the ORM in them.

Messages and participants come in the order of their keys, which connections have by themselves: of another order the
optimizer defers the column, and the cursor of each row costs a statement.
"""

from typing import Any

import strawberry
import strawberry_django
from django.db import transaction
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone
from strawberry import auto, relay
from strawberry.permission import BasePermission
from strawberry_django.optimizer import DjangoOptimizerExtension
from strawberry_django.relay import DjangoCursorConnection

from accounts import models as people
from messaging import models


class IsAuthenticated(BasePermission):
    message = "Log in first."

    def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:
        return bool(info.context.request.user.is_authenticated)


def own_part(info: strawberry.Info) -> QuerySet[models.Participant]:
    return models.Participant.objects.filter(conversation=OuterRef("pk"), user=info.context.request.user)


def newest(info: strawberry.Info) -> Prefetch:
    messages = models.Message.objects.order_by("-sequence").select_related("sender")
    return Prefetch("messages", queryset=messages[:1], to_attr="newest")


@strawberry_django.type(people.User)
class User(relay.Node):
    username: auto
    first_name: auto


@strawberry_django.type(models.Participant)
class Participant(relay.Node):
    user: User


@strawberry_django.type(models.Message)
class Message(relay.Node):
    sequence: auto
    body: auto
    created_at: auto
    edited_at: auto
    sender: User | None
    reply_to: "Message | None"


@strawberry_django.type(models.Conversation)
class Conversation(relay.Node):
    title: auto
    participants: DjangoCursorConnection[Participant] = strawberry_django.connection()
    messages: DjangoCursorConnection[Message] = strawberry_django.connection()

    @strawberry_django.field(prefetch_related=[newest])
    def last_message(self) -> Message | None:
        return self.newest[0] if self.newest else None  # type: ignore[attr-defined]

    unread_count: int = strawberry_django.field(
        annotate=lambda info: F("last_sequence") - Subquery(own_part(info).values("last_read_sequence")[:1])
    )

    @classmethod
    def get_queryset(cls, queryset: QuerySet[Any], info: strawberry.Info, **kwargs: Any) -> QuerySet[Any]:
        mine = queryset.filter(participants__user=info.context.request.user)
        return mine.order_by("-last_activity_at", "-pk")


@strawberry.type
class Query:
    conversations: DjangoCursorConnection[Conversation] = strawberry_django.connection(
        permission_classes=[IsAuthenticated]
    )
    conversation: Conversation | None = strawberry_django.node(permission_classes=[IsAuthenticated])

    @strawberry_django.field(permission_classes=[IsAuthenticated])
    def me(self, info: strawberry.Info) -> User:
        return info.context.request.user  # type: ignore[no-any-return]


@strawberry.input
class SendMessageInput:
    conversation_id: relay.GlobalID
    body: str


@strawberry.type
class Refusal:
    code: str
    field: str
    message: str


@strawberry.type
class MessagePayload:
    message: Message | None
    errors: list[Refusal]


@strawberry.type
class Mutation:
    @strawberry_django.mutation(permission_classes=[IsAuthenticated])
    def send_message(self, info: strawberry.Info, input: SendMessageInput) -> MessagePayload:
        viewer, now, body = info.context.request.user, timezone.now(), input.body.strip()
        mine = models.Participant.objects.get(conversation=int(input.conversation_id.node_id), user=viewer)
        with transaction.atomic():
            conversation = models.Conversation.objects.select_for_update().get(pk=mine.conversation_id)
            conversation.last_sequence += 1
            conversation.last_event_sequence += 1
            conversation.last_activity_at = now
            conversation.save()
            mine.last_read_sequence, mine.last_read_at = conversation.last_sequence, now
            mine.save()
            message = models.Message.objects.create(
                conversation=conversation,
                sequence=conversation.last_sequence,
                sender=viewer,
                body=body,
                created_at=now,
            )
            models.Event.objects.create(
                conversation_id=conversation.pk,
                sequence=conversation.last_event_sequence,
                kind=models.Event.Kind.MESSAGE_SENT,
                message_id=message.pk,
                created_at=now,
            )
        return MessagePayload(message=message, errors=[])


schema = strawberry.Schema(query=Query, mutation=Mutation, extensions=[DjangoOptimizerExtension])
