"""Everything that can be done: find as the viewer, call one service, return. Every field says who may call it."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from accounts import models as people
from accounts import services as accounts
from accounts import tokens
from messaging import models
from messaging import services as messaging
from schema import ids, inputs
from schema.context import Anyone, Info, SignedIn
from schema.errors import RefusalsBecomeErrors
from schema.payloads import (
    ConversationPayload,
    MessagePayload,
    RevokeTokenPayload,
    TokenPayload,
    VerifyTokenPayload,
)


def mutation(who: type[BasePermission], description: str) -> Any:
    """A mutation field: who may call it, and refusals as `payload.errors`."""
    return strawberry.mutation(permission_classes=[who], extensions=[RefusalsBecomeErrors()], description=description)


def given(value: strawberry.Maybe[Any], default: Any = None) -> Any:
    """An optional input: left out and null are the same, where there is nothing to clear."""
    return default if value is None or value.value is None else value.value


@strawberry.type(description="Doing.")
class Mutation:
    @mutation(Anyone, "Makes an account and signs its person in. Refused: BAD_USER_INPUT, TAKEN.")
    def register(self, info: Info, input: inputs.RegisterInput) -> TokenPayload:
        signed_in = accounts.register(
            username=input.username,
            email=input.email,
            password=input.password,
            first_name=given(input.first_name, ""),
            last_name=given(input.last_name, ""),
            phone_number=given(input.phone_number, ""),
            device=given(input.device, ""),
            ip_address=info.context.address,
        )
        return TokenPayload.of(signed_in)

    @mutation(Anyone, "Signs in by username or e-mail address. Refused: INVALID_CREDENTIALS.")
    def token_auth(self, info: Info, input: inputs.TokenAuthInput) -> TokenPayload:
        signed_in = accounts.token_auth(
            username=input.username,
            password=input.password,
            device=given(input.device, ""),
            ip_address=info.context.address,
        )
        return TokenPayload.of(signed_in)

    @mutation(Anyone, "A new pair of tokens for an old refresh token. Refused: TOKEN_INVALID, _EXPIRED, _REUSED.")
    def refresh_token(self, input: inputs.RefreshTokenInput) -> TokenPayload:
        return TokenPayload.of(accounts.refresh_token(refresh_token=input.refresh_token))

    @mutation(Anyone, "What an access token is worth. Refused, with `isValid: false`: TOKEN_INVALID, TOKEN_EXPIRED.")
    def verify_token(self, input: inputs.VerifyTokenInput) -> VerifyTokenPayload:
        session = tokens.session_of_access_token(input.token)
        return VerifyTokenPayload(is_valid=True, expires_at=tokens.expiry_of(input.token), user=session.user)

    @mutation(Anyone, "Signs out the session of a refresh token. Refused: TOKEN_INVALID.")
    def revoke_token(self, input: inputs.RevokeTokenInput) -> RevokeTokenPayload:
        return RevokeTokenPayload.of(accounts.revoke_token(refresh_token=input.refresh_token))

    @mutation(SignedIn, "The one conversation with a person, made on first use. Refused: NOT_FOUND, FORBIDDEN.")
    def start_direct_conversation(self, info: Info, input: inputs.StartDirectConversationInput) -> ConversationPayload:
        person = ids.find(info.context.viewer, people.User, input.user_id, "user_id")
        conversation = messaging.start_direct_conversation(viewer=info.context.viewer, person=person)
        return ConversationPayload.of(conversation)

    @mutation(SignedIn, "A group of which the viewer is OWNER. Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN.")
    def create_conversation(self, info: Info, input: inputs.CreateConversationInput) -> ConversationPayload:
        conversation = messaging.create_conversation(
            viewer=info.context.viewer,
            title=input.title,
            people=ids.find_list(info.context.viewer, people.User, input.participant_ids, "participant_ids"),
            idempotency_key=given(input.idempotency_key),
        )
        return ConversationPayload.of(conversation)

    @mutation(
        SignedIn,
        "Adds a message at the end of a conversation. With an `idempotencyKey` it is safe to repeat. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, CONFLICT, IDEMPOTENCY_KEY_REUSED.",
    )
    def send_message(self, info: Info, input: inputs.SendMessageInput) -> MessagePayload:
        viewer = info.context.viewer
        message = messaging.send_message(
            viewer=viewer,
            conversation=ids.find(viewer, models.Conversation, input.conversation_id, "conversation_id"),
            body=input.body,
            reply_to=ids.find_given(viewer, models.Message, given(input.reply_to_id), "reply_to_id"),
            idempotency_key=given(input.idempotency_key),
        )
        return MessagePayload.of(message)
