"""What mutations take. Every `String` is text that people will read, unless it says that it is `unread`."""

from datetime import datetime
from typing import Any

import strawberry
from django.core.files.uploadedfile import UploadedFile
from strawberry import Maybe

from schema.enums import ParticipantRole


def required(description: str, *, unread: bool = False) -> Any:
    """A field that must be given. `unread`: nobody else will read it (secrets, addresses, keys, what is typed to sign
    in), so the offensive-language guard does not look at it."""
    return strawberry.field(description=description, metadata={"unread": unread})


def optional(description: str, *, unread: bool = False) -> Any:
    """A field that may be left out."""
    return strawberry.field(default=None, description=description, metadata={"unread": unread})


@strawberry.input(description="A new account.")
class RegisterInput:
    username: str = required("3 to 30 letters, digits, `.`, `_`, `-`; unique without regard to case.")
    email: str = required("Unique without regard to case.", unread=True)
    password: str = required(
        "At least 8 characters, not a common one, not only digits, not like your name.", unread=True
    )
    first_name: Maybe[str | None] = optional("Up to 50 characters.")
    last_name: Maybe[str | None] = optional("Up to 50 characters.")
    phone_number: Maybe[str | None] = optional("In E.164, for example +12125552368.", unread=True)
    device: Maybe[str | None] = optional("Names the session, up to 100 characters.", unread=True)


@strawberry.input(description="Name and password.")
class TokenAuthInput:
    username: str = required("Username or e-mail address, in any case.", unread=True)
    password: str = required("The password.", unread=True)
    device: Maybe[str | None] = optional("Names the session, up to 100 characters.", unread=True)


@strawberry.input(description="A refresh token.")
class RefreshTokenInput:
    refresh_token: str = required("The newest refresh token of the session.", unread=True)


@strawberry.input(description="An access token.")
class VerifyTokenInput:
    token: str = required("The access token to look at.", unread=True)


@strawberry.input(description="The session to sign out, named by its refresh token.")
class RevokeTokenInput:
    refresh_token: str = required("Any refresh token of the session.", unread=True)


@strawberry.input(description="Whom.")
class BlockUserInput:
    user_id: strawberry.ID = required("Somebody else.")


@strawberry.input(description="With whom.")
class StartDirectConversationInput:
    user_id: strawberry.ID = required("The other person.")


@strawberry.input(description="A new group.")
class CreateConversationInput:
    title: str = required("1 to 100 characters after trimming.")
    participant_ids: list[strawberry.ID] = required(
        "The people beside yourself, 100 at most; more are added by `addParticipants`."
    )
    idempotency_key: Maybe[str | None] = optional(
        "1 to 100 characters, unique for you: the same key again returns the first group.", unread=True
    )


@strawberry.input(description="A new message.")
class SendMessageInput:
    conversation_id: strawberry.ID = required("Where to.")
    body: str = required("1 to 10,000 characters after trimming; empty only with attachments.")
    reply_to_id: Maybe[strawberry.ID | None] = optional("A message of the same conversation that this one answers.")
    attachment_ids: Maybe[list[strawberry.ID] | None] = optional(
        "Your own uploads that were not sent yet, 10 at most; the body may be empty then."
    )
    mention_ids: Maybe[list[strawberry.ID] | None] = optional("Whom it names: people who take part, 50 at most.")
    idempotency_key: Maybe[str | None] = optional(
        "1 to 100 characters, unique for you: the same key again returns the first message.", unread=True
    )


@strawberry.input(description="One of your sessions.")
class RevokeSessionInput:
    session_id: strawberry.ID = required("The session to sign out.")


@strawberry.input(description="Which of your sessions.")
class RevokeAllSessionsInput:
    except_current: bool = strawberry.field(default=True, description="Stay signed in here.")


@strawberry.input(description="What is left out stays as it is; null clears it.")
class UpdateProfileInput:
    user_id: Maybe[strawberry.ID | None] = optional("Whose profile: yours when left out. Staff may name others.")
    username: Maybe[str | None] = optional("Cannot be null.")
    email: Maybe[str | None] = optional("Cannot be null. A changed address is unverified again.", unread=True)
    first_name: Maybe[str | None] = optional("Up to 50 characters.")
    last_name: Maybe[str | None] = optional("Up to 50 characters.")
    bio: Maybe[str | None] = optional("Up to 500 characters.")
    phone_number: Maybe[str | None] = optional("In E.164.", unread=True)
    avatar: Maybe[UploadedFile | None] = optional(  # type: ignore[type-arg]
        "A PNG, JPEG, GIF or WebP picture of up to 10 MiB; cropped to its middle square.", unread=True
    )
    remove_avatar: Maybe[bool | None] = optional("True removes it, as a null for `avatar` does. Cannot be null.")


@strawberry.input(description="Both passwords.")
class ChangePasswordInput:
    current_password: str = required("The password until now.", unread=True)
    new_password: str = required("The password from now on.", unread=True)


@strawberry.input(description="Who has forgotten their password.")
class RequestPasswordResetInput:
    email: str = required("The address of the account.", unread=True)


@strawberry.input(description="A new password instead of one forgotten.")
class ResetPasswordInput:
    token: str = required("From the letter; good for an hour, and once.", unread=True)
    new_password: str = required("The password from now on.", unread=True)


@strawberry.input(description="What shows that the e-mail address is yours.")
class VerifyEmailInput:
    token: str = required("From the letter; good for 24 hours, and once.", unread=True)


@strawberry.input(description="To be sure that it is you.")
class DeleteAccountInput:
    password: str = required("Your password.", unread=True)


@strawberry.input(description="A new title.")
class UpdateConversationInput:
    conversation_id: strawberry.ID = required("The group.")
    title: str = required("1 to 100 characters after trimming.")


@strawberry.input(description="Which group to delete.")
class DeleteConversationInput:
    conversation_id: strawberry.ID = required("The group.")


@strawberry.input(description="Whom to add where.")
class AddParticipantsInput:
    conversation_id: strawberry.ID = required("The group.")
    user_ids: list[strawberry.ID] = required("The people, 100 at most.")


@strawberry.input(description="Whom to remove from where.")
class RemoveParticipantInput:
    conversation_id: strawberry.ID = required("The group.")
    user_id: strawberry.ID = required("Somebody of a lower role than yours.")


@strawberry.input(description="Who becomes what.")
class ChangeRoleInput:
    conversation_id: strawberry.ID = required("The group.")
    user_id: strawberry.ID = required("Somebody of a lower role than yours, or yourself.")
    role: ParticipantRole = required("The new role.")


@strawberry.input(description="Which group to leave.")
class LeaveConversationInput:
    conversation_id: strawberry.ID = required("The group.")


@strawberry.input(description="For yourself alone; what is left out stays as it is.")
class UpdateParticipationInput:
    conversation_id: strawberry.ID = required("The conversation.")
    muted_until: Maybe[datetime | None] = optional("Null ends the silence.")
    is_archived: Maybe[bool | None] = optional("Out of the list until the next message. Cannot be null.")
    is_pinned: Maybe[bool | None] = optional("Cannot be null.")


@strawberry.input(description="How far you have read.")
class MarkReadInput:
    conversation_id: strawberry.ID = required("The conversation.")
    up_to_message_id: Maybe[strawberry.ID | None] = optional("The newest message you have read; left out: all of them.")


@strawberry.input(description="Whether you are typing.")
class SetTypingInput:
    conversation_id: strawberry.ID = required("The conversation.")
    is_typing: bool = required("True again every few seconds while it lasts; false when it ends.")


@strawberry.input(description="A file for a message that is to be sent.")
class UploadAttachmentInput:
    file: UploadedFile = required(  # type: ignore[type-arg]
        "Up to 10 MiB; what it is, is decided by its content."
    )


@strawberry.input(description="What a message is to say instead.")
class EditMessageInput:
    message_id: strawberry.ID = required("One of your own messages.")
    body: str = required("1 to 10,000 characters after trimming.")


@strawberry.input(description="Which message to delete.")
class DeleteMessageInput:
    message_id: strawberry.ID = required("Your own, or of somebody of a lower role.")


@strawberry.input(description="Which emoji at which message.")
class ReactionInput:
    message_id: strawberry.ID = required("The message.")
    emoji: str = required("Exactly one emoji; with or without U+FE0F it is the same one.")
