"""What mutations take. Every text that people will read is a plain `String`; secrets are marked by `secret()`."""

import strawberry
from strawberry import Maybe


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
