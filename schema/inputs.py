"""What mutations take. Every text that people will read is a plain `String`; secrets are marked by `secret()`."""

from datetime import datetime

import strawberry
from strawberry import Maybe

from schema.enums import ParticipantRole


def secret(description: str) -> str:
    """A text that is never shown to anybody, and never read by the offensive-language guard."""
    field: str = strawberry.field(description=description, metadata={"secret": True})
    return field


def text(description: str) -> str:
    field: str = strawberry.field(description=description)
    return field


@strawberry.input(description="A new account.")
class RegisterInput:
    username: str = text("3 to 30 letters, digits, `.`, `_`, `-`; unique without regard to case.")
    email: str = text("Unique without regard to case.")
    password: str = secret("At least 8 characters, not a common one, not only digits, not like your name.")
    first_name: Maybe[str | None] = strawberry.field(default=None, description="Up to 50 characters.")
    last_name: Maybe[str | None] = strawberry.field(default=None, description="Up to 50 characters.")
    phone_number: Maybe[str | None] = strawberry.field(default=None, description="In E.164, for example +12125552368.")
    device: Maybe[str | None] = strawberry.field(default=None, description="Names the session, up to 100 characters.")


@strawberry.input(description="Name and password.")
class TokenAuthInput:
    username: str = text("Username or e-mail address, in any case.")
    password: str = secret("The password.")
    device: Maybe[str | None] = strawberry.field(default=None, description="Names the session, up to 100 characters.")


@strawberry.input(description="A refresh token.")
class RefreshTokenInput:
    refresh_token: str = secret("The newest refresh token of the session.")


@strawberry.input(description="An access token.")
class VerifyTokenInput:
    token: str = secret("The access token to look at.")


@strawberry.input(description="The session to sign out, named by its refresh token.")
class RevokeTokenInput:
    refresh_token: str = secret("Any refresh token of the session.")


@strawberry.input(description="With whom.")
class StartDirectConversationInput:
    user_id: strawberry.ID = strawberry.field(description="The other person.")


@strawberry.input(description="A new group.")
class CreateConversationInput:
    title: str = text("1 to 100 characters after trimming.")
    participant_ids: list[strawberry.ID] = strawberry.field(
        description="The people beside yourself, 100 at most; more are added by `addParticipants`."
    )
    idempotency_key: Maybe[str | None] = strawberry.field(
        default=None, description="1 to 100 characters, unique for you: the same key again returns the first group."
    )


@strawberry.input(description="A new message.")
class SendMessageInput:
    conversation_id: strawberry.ID = strawberry.field(description="Where to.")
    body: str = text("1 to 10,000 characters after trimming.")
    reply_to_id: Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="A message of the same conversation that this one answers."
    )
    idempotency_key: Maybe[str | None] = strawberry.field(
        default=None, description="1 to 100 characters, unique for you: the same key again returns the first message."
    )


@strawberry.input(description="One of your sessions.")
class RevokeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session to sign out.")


@strawberry.input(description="Which of your sessions.")
class RevokeAllSessionsInput:
    except_current: bool = strawberry.field(default=True, description="Stay signed in here.")


@strawberry.input(description="What is left out stays as it is; null clears it.")
class UpdateProfileInput:
    user_id: Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="Whose profile: yours when left out. Staff may name others."
    )
    username: Maybe[str | None] = strawberry.field(default=None, description="Cannot be null.")
    email: Maybe[str | None] = strawberry.field(
        default=None, description="Cannot be null. A changed address is unverified again."
    )
    first_name: Maybe[str | None] = strawberry.field(default=None, description="Up to 50 characters.")
    last_name: Maybe[str | None] = strawberry.field(default=None, description="Up to 50 characters.")
    bio: Maybe[str | None] = strawberry.field(default=None, description="Up to 500 characters.")
    phone_number: Maybe[str | None] = strawberry.field(default=None, description="In E.164.")


@strawberry.input(description="Both passwords.")
class ChangePasswordInput:
    current_password: str = secret("The password until now.")
    new_password: str = secret("The password from now on.")


@strawberry.input(description="To be sure that it is you.")
class DeleteAccountInput:
    password: str = secret("Your password.")


@strawberry.input(description="A new title.")
class UpdateConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")
    title: str = text("1 to 100 characters after trimming.")


@strawberry.input(description="Which group to delete.")
class DeleteConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.input(description="Whom to add where.")
class AddParticipantsInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")
    user_ids: list[strawberry.ID] = strawberry.field(description="The people, 100 at most.")


@strawberry.input(description="Whom to remove from where.")
class RemoveParticipantInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")
    user_id: strawberry.ID = strawberry.field(description="Somebody of a lower role than yours.")


@strawberry.input(description="Who becomes what.")
class ChangeRoleInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")
    user_id: strawberry.ID = strawberry.field(description="Somebody of a lower role than yours, or yourself.")
    role: ParticipantRole = strawberry.field(description="The new role.")


@strawberry.input(description="Which group to leave.")
class LeaveConversationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The group.")


@strawberry.input(description="For yourself alone; what is left out stays as it is.")
class UpdateParticipationInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    muted_until: Maybe[datetime | None] = strawberry.field(default=None, description="Null ends the silence.")
    is_archived: Maybe[bool | None] = strawberry.field(
        default=None, description="Out of the list until the next message. Cannot be null."
    )
    is_pinned: Maybe[bool | None] = strawberry.field(default=None, description="Cannot be null.")


@strawberry.input(description="How far you have read.")
class MarkReadInput:
    conversation_id: strawberry.ID = strawberry.field(description="The conversation.")
    up_to_message_id: Maybe[strawberry.ID | None] = strawberry.field(
        default=None, description="The newest message you have read; left out: all of them."
    )


@strawberry.input(description="What a message is to say instead.")
class EditMessageInput:
    message_id: strawberry.ID = strawberry.field(description="One of your own messages.")
    body: str = text("1 to 10,000 characters after trimming.")


@strawberry.input(description="Which message to delete.")
class DeleteMessageInput:
    message_id: strawberry.ID = strawberry.field(description="Your own, or of somebody of a lower role.")
