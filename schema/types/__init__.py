"""The objects of the schema. Each is a model with the fields a front end may ask for, and none that it may not."""

from schema.types.conversations import Conversation, ConversationKind, Participant, ParticipantRole
from schema.types.messages import Message
from schema.types.people import User

__all__ = ["Conversation", "ConversationKind", "Message", "Participant", "ParticipantRole", "User"]
