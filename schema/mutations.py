"""Everything that can be done: find as the viewer, call one service, return. Every field says who may call it."""

from collections.abc import Callable
from typing import Any

import strawberry
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from strawberry.permission import BasePermission

from accounts import models as people
from accounts import services as accounts
from messaging import models, selectors
from messaging import services as messaging
from schema import ids, inputs
from schema.context import Anyone, Info, SignedIn
from schema.errors import RefusalsBecomeErrors
from schema.payloads import (
    AttachmentPayload,
    ConversationPayload,
    MessagePayload,
    OkPayload,
    ParticipantPayload,
    RevokeTokenPayload,
    TokenPayload,
    UserPayload,
    VerifyTokenPayload,
)


def mutation(who: type[BasePermission], description: str) -> Any:
    """A mutation field: who may call it, and refusals as `payload.errors`. An input is described by its type."""

    def of(resolver: Callable[..., Any]) -> Any:
        refusals = [RefusalsBecomeErrors()]
        field = strawberry.mutation(resolver, permission_classes=[who], extensions=refusals, description=description)
        for argument in field.arguments:
            argument.description = argument.type.__strawberry_definition__.description
        return field

    return of


def given(value: strawberry.Maybe[Any], default: Any = None) -> Any:
    """An optional input: left out and null are the same, where there is nothing to clear."""
    return default if value is None or value.value is None else value.value


def changes(input: object, *, clearable: dict[str, Any], required: tuple[str, ...]) -> dict[str, Any]:
    """The fields of an input that were given: null means the value in `clearable`, and is refused for `required`."""
    found = {name: some.value for name in (*clearable, *required) if (some := getattr(input, name)) is not None}
    empty = [name for name in required if name in found and found[name] is None]
    if empty:
        raise ValidationError(dict.fromkeys(empty, "This cannot be null."))
    return {name: clearable[name] if value is None else value for name, value in found.items()}


def conversation_of(info: Info, input: Any) -> models.Conversation:
    """With both people of a direct one, whose accounts decide whether one can write there. Raises NotFound."""
    return selectors.conversation_named(info.context.viewer, ids.key(models.Conversation, input.conversation_id))


def message_of(info: Info, input: Any) -> models.Message:
    return ids.find(info.context.viewer, models.Message, input.message_id, "message_id")


def person_of(info: Info, input: Any) -> people.User:
    return ids.find(info.context.viewer, people.User, input.user_id, "user_id")


def avatar_of(input: inputs.UpdateProfileInput) -> dict[str, Any]:
    """What is to become of the avatar: null says the same as `removeAvatar`."""
    given = changes(input, clearable={"avatar": None}, required=("remove_avatar",))
    return {"remove_avatar": True} if given.get("avatar", ...) is None else given


def keep_cookie(info: Info) -> None:
    """Whoever has just ended all cookies, and asks by one, stays signed in by it."""
    if info.context.session is None:
        update_session_auth_hash(info.context.request, info.context.viewer)


@strawberry.type(description="Doing.")
class Mutation:
    # ── accounts ────────────────────────────────────────────────────────────────────────────────────────────────────

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

    @mutation(Anyone, "Signs in by username or e-mail address. Refused: INVALID_CREDENTIALS, RATE_LIMITED.")
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
        return VerifyTokenPayload.of(accounts.verify_token(token=input.token))

    @mutation(Anyone, "Signs out the session of a refresh token. Refused: TOKEN_INVALID.")
    def revoke_token(self, input: inputs.RevokeTokenInput) -> RevokeTokenPayload:
        return RevokeTokenPayload.of(accounts.revoke_token(refresh_token=input.refresh_token))

    @mutation(SignedIn, "Signs out one of the viewer's devices. Refused: NOT_FOUND.")
    def revoke_session(self, info: Info, input: inputs.RevokeSessionInput) -> RevokeTokenPayload:
        session = ids.find(info.context.viewer, people.Session, input.session_id, "session_id")
        return RevokeTokenPayload.of(accounts.revoke_session(viewer=info.context.viewer, session=session))

    @mutation(SignedIn, "Signs out all of the viewer's devices, or all but this one.")
    def revoke_all_sessions(self, info: Info, input: inputs.RevokeAllSessionsInput) -> RevokeTokenPayload:
        revoked = accounts.revoke_all_sessions(viewer=info.context.viewer, except_current=input.except_current)
        if input.except_current:
            keep_cookie(info)
        return RevokeTokenPayload.of(revoked)

    @mutation(
        SignedIn,
        "Changes the viewer's profile; staff may name somebody else who is not staff. "
        "Refused: BAD_USER_INPUT, TAKEN, NOT_FOUND, FORBIDDEN, LIMIT_EXCEEDED.",
    )
    def update_profile(self, info: Info, input: inputs.UpdateProfileInput) -> UserPayload:
        viewer = info.context.viewer
        profile = changes(
            input,
            clearable={"first_name": "", "last_name": "", "bio": "", "phone_number": ""},
            required=("username", "email"),
        )
        person = ids.find_given(viewer, people.User, given(input.user_id), "user_id") or viewer
        return UserPayload(user=accounts.update_profile(viewer=viewer, person=person, **avatar_of(input), **profile))

    @mutation(
        SignedIn,
        "Sets a new password and signs out every other device. Refused: INVALID_CREDENTIALS, BAD_USER_INPUT, "
        "RATE_LIMITED.",
    )
    def change_password(self, info: Info, input: inputs.ChangePasswordInput) -> UserPayload:
        viewer = accounts.change_password(
            viewer=info.context.viewer, current_password=input.current_password, new_password=input.new_password
        )
        keep_cookie(info)
        return UserPayload(user=viewer)

    @mutation(
        Anyone,
        "Sends a letter with a token for `resetPassword`, if an account has this address. The answer is the same if"
        " none has, and after five letters in an hour, when no more are sent.",
    )
    def request_password_reset(self, input: inputs.RequestPasswordResetInput) -> OkPayload:
        accounts.request_password_reset(email=input.email)
        return OkPayload(ok=True)

    @mutation(
        Anyone,
        "Sets a new password by the token of a letter, and signs out every device. A lock-out after failed log-ins"
        " ends. Refused: TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REUSED; BAD_USER_INPUT, and then the token is still good.",
    )
    def reset_password(self, info: Info, input: inputs.ResetPasswordInput) -> OkPayload:
        accounts.reset_password(viewer=info.context.person, token=input.token, new_password=input.new_password)
        return OkPayload(ok=True)

    @mutation(
        SignedIn,
        "Sends a letter with a token for `verifyEmail` to the viewer's address; an earlier letter's token ends."
        " Refused: CONFLICT if it is verified already, RATE_LIMITED after five letters in an hour.",
    )
    def request_email_verification(self, info: Info) -> OkPayload:
        accounts.request_email_verification(viewer=info.context.viewer)
        return OkPayload(ok=True)

    @mutation(
        Anyone,
        "Shows by the token of a letter that an e-mail address is its account's. Whoever is signed in verifies their"
        " own. Refused: TOKEN_INVALID, TOKEN_EXPIRED, TOKEN_REUSED.",
    )
    def verify_email(self, info: Info, input: inputs.VerifyEmailInput) -> UserPayload:
        return UserPayload(user=accounts.verify_email(viewer=info.context.person, token=input.token))

    @mutation(
        SignedIn,
        "Erases the viewer's account: profile, sessions, participations. Messages stay, without a sender. "
        "Refused: INVALID_CREDENTIALS, RATE_LIMITED.",
    )
    def delete_account(self, info: Info, input: inputs.DeleteAccountInput) -> OkPayload:
        gone = ids.encode(people.User, info.context.viewer.pk)
        messaging.delete_account(viewer=info.context.viewer, password=input.password)
        return OkPayload(ok=True, id=gone)

    @mutation(
        SignedIn,
        "Has nothing to do with somebody any more: neither starts a conversation with the other, writes in the direct"
        " one, adds the other to a group, or sees when the other is here or types; and the viewer is not in the other's"
        " `users`. They are not told. Groups in common go on. Blocking twice is blocking once."
        " Refused: BAD_USER_INPUT, NOT_FOUND.",
    )
    def block_user(self, info: Info, input: inputs.BlockUserInput) -> UserPayload:
        return UserPayload(user=messaging.block_user(viewer=info.context.viewer, person=person_of(info, input)))

    @mutation(SignedIn, "Ends a block; where there is none nothing changes. Refused: BAD_USER_INPUT, NOT_FOUND.")
    def unblock_user(self, info: Info, input: inputs.BlockUserInput) -> UserPayload:
        return UserPayload(user=accounts.unblock_user(viewer=info.context.viewer, person=person_of(info, input)))

    # ── conversations ───────────────────────────────────────────────────────────────────────────────────────────────

    @mutation(
        SignedIn,
        "The one conversation with a person, made on first use. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED.",
    )
    def start_direct_conversation(self, info: Info, input: inputs.StartDirectConversationInput) -> ConversationPayload:
        person = person_of(info, input)
        conversation = messaging.start_direct_conversation(viewer=info.context.viewer, person=person)
        return ConversationPayload.of(conversation)

    @mutation(
        SignedIn,
        "A group of which the viewer is OWNER. With an `idempotencyKey` it is safe to repeat. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED, IDEMPOTENCY_KEY_REUSED.",
    )
    def create_conversation(self, info: Info, input: inputs.CreateConversationInput) -> ConversationPayload:
        conversation = messaging.create_conversation(
            viewer=info.context.viewer,
            title=input.title,
            participant_ids=ids.key_list(people.User, input.participant_ids, "participant_ids"),
            idempotency_key=given(input.idempotency_key),
        )
        return ConversationPayload.of(conversation)

    @mutation(SignedIn, "Renames a group: OWNER and ADMIN. Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, CONFLICT.")
    def update_conversation(self, info: Info, input: inputs.UpdateConversationInput) -> ConversationPayload:
        conversation = messaging.update_conversation(
            viewer=info.context.viewer, conversation=conversation_of(info, input), title=input.title
        )
        return ConversationPayload.of(conversation)

    @mutation(SignedIn, "Deletes a group with all its messages: OWNER. Refused: NOT_FOUND, FORBIDDEN, CONFLICT.")
    def delete_conversation(self, info: Info, input: inputs.DeleteConversationInput) -> OkPayload:
        conversation = conversation_of(info, input)
        messaging.delete_conversation(viewer=info.context.viewer, conversation=conversation)
        return OkPayload(ok=True, id=input.conversation_id)

    @mutation(
        SignedIn,
        "Adds people to a group: OWNER and ADMIN. They read the whole history. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED, CONFLICT, LIMIT_EXCEEDED.",
    )
    def add_participants(self, info: Info, input: inputs.AddParticipantsInput) -> ConversationPayload:
        conversation = messaging.add_participants(
            viewer=info.context.viewer,
            conversation=conversation_of(info, input),
            people=ids.find_list(info.context.viewer, people.User, input.user_ids, "user_ids"),
        )
        return ConversationPayload.of(conversation)

    @mutation(SignedIn, "Takes somebody of a lower role out of a group. Refused: NOT_FOUND, FORBIDDEN, CONFLICT.")
    def remove_participant(self, info: Info, input: inputs.RemoveParticipantInput) -> ConversationPayload:
        conversation = messaging.remove_participant(
            viewer=info.context.viewer, conversation=conversation_of(info, input), person=person_of(info, input)
        )
        return ConversationPayload.of(conversation)

    @mutation(
        SignedIn,
        "Gives somebody of a lower role, or oneself, another role: OWNER. "
        "Refused: NOT_FOUND, FORBIDDEN, CONFLICT, LAST_OWNER.",
    )
    def change_role(self, info: Info, input: inputs.ChangeRoleInput) -> ConversationPayload:
        conversation = messaging.change_role(
            viewer=info.context.viewer,
            conversation=conversation_of(info, input),
            person=person_of(info, input),
            role=input.role.value,
        )
        return ConversationPayload.of(conversation)

    @mutation(SignedIn, "Leaves a group; who was alone in it deletes it. Refused: NOT_FOUND, CONFLICT, LAST_OWNER.")
    def leave_conversation(self, info: Info, input: inputs.LeaveConversationInput) -> OkPayload:
        messaging.leave_conversation(viewer=info.context.viewer, conversation=conversation_of(info, input))
        return OkPayload(ok=True, id=input.conversation_id)

    @mutation(SignedIn, "Mutes, archives and pins, for the viewer alone. Refused: BAD_USER_INPUT, NOT_FOUND.")
    def update_participation(self, info: Info, input: inputs.UpdateParticipationInput) -> ParticipantPayload:
        preferences = changes(input, clearable={"muted_until": None}, required=("is_archived", "is_pinned"))
        participant = messaging.update_participation(
            viewer=info.context.viewer, conversation=conversation_of(info, input), **preferences
        )
        return ParticipantPayload(participant=participant)

    @mutation(SignedIn, "Marks messages as read; a mark only moves forward. Refused: BAD_USER_INPUT, NOT_FOUND.")
    def mark_read(self, info: Info, input: inputs.MarkReadInput) -> ParticipantPayload:
        viewer = info.context.viewer
        participant = messaging.mark_read(
            viewer=viewer,
            conversation=conversation_of(info, input),
            up_to=ids.find_given(viewer, models.Message, given(input.up_to_message_id), "up_to_message_id"),
        )
        return ParticipantPayload(participant=participant)

    @mutation(
        SignedIn,
        "Tells the others in the conversation that one is typing, or no more. It ends by itself after 6 seconds. "
        "Refused: NOT_FOUND, FORBIDDEN, BLOCKED.",
    )
    def set_typing(self, info: Info, input: inputs.SetTypingInput) -> OkPayload:
        conversation = conversation_of(info, input)
        messaging.set_typing(viewer=info.context.viewer, conversation=conversation, is_typing=input.is_typing)
        return OkPayload(ok=True, id=input.conversation_id)

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────

    @mutation(
        SignedIn,
        "Adds a message at the end of a conversation. With an `idempotencyKey` it is safe to repeat. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED, CONFLICT, LIMIT_EXCEEDED, IDEMPOTENCY_KEY_REUSED.",
    )
    def send_message(self, info: Info, input: inputs.SendMessageInput) -> MessagePayload:
        message = messaging.send_message(
            viewer=info.context.viewer,
            conversation_id=ids.key(models.Conversation, input.conversation_id),
            body=input.body,
            reply_to_id=ids.key_given(models.Message, given(input.reply_to_id)),
            attachment_ids=ids.key_list(models.Attachment, given(input.attachment_ids, []), "attachment_ids"),
            mention_ids=ids.key_list(people.User, given(input.mention_ids, []), "mention_ids"),
            idempotency_key=given(input.idempotency_key),
        )
        return MessagePayload.of(message)

    @mutation(
        SignedIn,
        "Keeps a file for a message that is sent within a day; at most 20 wait. Pictures are drawn anew, upright and"
        " without what was written beside their pixels. Refused: BAD_USER_INPUT, LIMIT_EXCEEDED.",
    )
    def upload_attachment(self, info: Info, input: inputs.UploadAttachmentInput) -> AttachmentPayload:
        return AttachmentPayload(attachment=messaging.upload_attachment(viewer=info.context.viewer, file=input.file))

    @mutation(
        SignedIn,
        "Replaces the body of one's own message; the old one becomes a revision. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED, CONFLICT, EDIT_WINDOW_CLOSED, LIMIT_EXCEEDED.",
    )
    def edit_message(self, info: Info, input: inputs.EditMessageInput) -> MessagePayload:
        message = messaging.edit_message(viewer=info.context.viewer, message=message_of(info, input), body=input.body)
        return MessagePayload.of(message)

    @mutation(SignedIn, "Leaves a tombstone where a message was. Refused: NOT_FOUND, FORBIDDEN.")
    def delete_message(self, info: Info, input: inputs.DeleteMessageInput) -> MessagePayload:
        return MessagePayload.of(messaging.delete_message(viewer=info.context.viewer, message=message_of(info, input)))

    @mutation(
        SignedIn,
        "Puts an emoji at a message; once there, again changes nothing. A message has at most 20 different ones. "
        "Refused: BAD_USER_INPUT, NOT_FOUND, FORBIDDEN, BLOCKED, CONFLICT, LIMIT_EXCEEDED.",
    )
    def add_reaction(self, info: Info, input: inputs.ReactionInput) -> MessagePayload:
        message = message_of(info, input)
        return MessagePayload.of(messaging.add_reaction(viewer=info.context.viewer, message=message, emoji=input.emoji))

    @mutation(
        SignedIn,
        "Takes one's own emoji back; what is not there changes nothing. Refused: BAD_USER_INPUT, NOT_FOUND, CONFLICT.",
    )
    def remove_reaction(self, info: Info, input: inputs.ReactionInput) -> MessagePayload:
        message = message_of(info, input)
        return MessagePayload.of(
            messaging.remove_reaction(viewer=info.context.viewer, message=message, emoji=input.emoji)
        )
