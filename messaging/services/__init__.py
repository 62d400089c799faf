"""Everything that changes conversations and messages: one function for each verb."""

from messaging.services.conversations import create_conversation, start_direct_conversation
from messaging.services.messages import send_message

__all__ = ["create_conversation", "send_message", "start_direct_conversation"]
