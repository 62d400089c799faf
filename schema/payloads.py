"""What mutations return: on success the object and no errors, on refusal no object and the errors."""

from collections.abc import Sequence
from datetime import datetime

import strawberry
from strawberry import relay

from accounts.models import Session
from accounts.services import SignedIn
from messaging import models
from schema import ids
from schema.errors import Payload
from schema.history import SEQUENCE_ORDER
from schema.lists import LAST_ACTIVITY
from schema.types import Attachment, Conversation, Message, Participant, User


@strawberry.type(description="What a front end keeps after signing in.")
class TokenPayload(Payload):
    token: str | None = strawberry.field(default=None, description="Access token: `Authorization: Bearer …`.")
    refresh_token: str | None = strawberry.field(default=None, description="For `refreshToken`; shown this once.")
    expires_at: datetime | None = strawberry.field(default=None, description="When the access token ends.")
    refresh_expires_at: datetime | None = strawberry.field(
        default=None, description="When the refresh token ends, if it is not used before."
    )
    user: User | None = strawberry.field(default=None, description="Who is signed in.")

    @classmethod
    def of(cls, signed_in: SignedIn) -> "TokenPayload":
        return cls(
            token=signed_in.access_token.text,
            refresh_token=signed_in.refresh_token,
            expires_at=signed_in.access_token.expires_at,
            refresh_expires_at=signed_in.refresh_expires_at,
            user=signed_in.session.user,
        )


@strawberry.type(description="What an access token is worth.")
class VerifyTokenPayload(Payload):
    is_valid: bool = strawberry.field(default=False, description="Whether it is accepted now.")
    expires_at: datetime | None = strawberry.field(default=None, description="When it ends.")
    user: User | None = strawberry.field(default=None, description="Whose it is.")

    @classmethod
    def of(cls, session: Session) -> "VerifyTokenPayload":
        return cls(is_valid=True, expires_at=session.token_expires_at, user=session.user)


@strawberry.type(description="Which sessions were ended.")
class RevokeTokenPayload(Payload):
    revoked_session_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The sessions that ended now."
    )

    @classmethod
    def of(cls, sessions: Sequence[Session]) -> "RevokeTokenPayload":
        return cls(revoked_session_ids=[ids.encode(Session, session.pk) for session in sessions])


@strawberry.type(description="Whether it was done.")
class OkPayload(Payload):
    ok: bool = strawberry.field(default=False, description="False when refused.")
    id: strawberry.ID | None = strawberry.field(default=None, description="Of what is gone.")


@strawberry.type(description="A person, or why not.")
class UserPayload(Payload):
    user: User | None = strawberry.field(default=None, description="As they are now.")


@strawberry.type(description="One's part in a conversation, or why not.")
class ParticipantPayload(Payload):
    participant: Participant | None = strawberry.field(default=None, description="As it is now.")


@strawberry.type(description="A conversation, or why not.")
class ConversationPayload(Payload):
    conversation: Conversation | None = strawberry.field(default=None, description="As it is now.")
    conversation_edge: relay.Edge[Conversation] | None = strawberry.field(
        default=None, description="The same with its cursor in `conversations`, to put into a list."
    )

    @classmethod
    def of(cls, conversation: models.Conversation) -> "ConversationPayload":
        edge = relay.Edge(cursor=LAST_ACTIVITY.cursor(conversation), node=conversation)
        return cls(conversation=conversation, conversation_edge=edge)


@strawberry.type(description="A message, or why not.")
class MessagePayload(Payload):
    message: Message | None = strawberry.field(default=None, description="As it is now.")
    message_edge: relay.Edge[Message] | None = strawberry.field(
        default=None, description="The same with its cursor in `Conversation.messages`, to put into a list."
    )

    @classmethod
    def of(cls, message: models.Message) -> "MessagePayload":
        edge = relay.Edge(cursor=SEQUENCE_ORDER.cursor(message), node=message)
        return cls(message=message, message_edge=edge)


@strawberry.type(description="An upload, or why not.")
class AttachmentPayload(Payload):
    attachment: Attachment | None = strawberry.field(default=None, description="As it is kept.")
