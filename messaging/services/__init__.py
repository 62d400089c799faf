"""Everything that changes conversations and messages: one function for each verb."""

from messaging.services.attachments import remove_unsent, upload_attachment
from messaging.services.conversations import (
    create_conversation,
    delete_conversation,
    start_direct_conversation,
    update_conversation,
)
from messaging.services.messages import delete_message, edit_message, send_message
from messaging.services.participants import (
    add_participants,
    change_role,
    leave_conversation,
    remove_participant,
)
from messaging.services.participation import mark_read, update_participation
from messaging.services.people import block_user, delete_account, erase_account
from messaging.services.presence import be_seen
from messaging.services.reactions import add_reaction, remove_reaction
from messaging.services.typing import set_typing

__all__ = [
    "add_participants",
    "add_reaction",
    "be_seen",
    "block_user",
    "change_role",
    "create_conversation",
    "delete_account",
    "delete_conversation",
    "delete_message",
    "edit_message",
    "erase_account",
    "leave_conversation",
    "mark_read",
    "remove_participant",
    "remove_reaction",
    "remove_unsent",
    "send_message",
    "set_typing",
    "start_direct_conversation",
    "update_conversation",
    "update_participation",
    "upload_attachment",
]
