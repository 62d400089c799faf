"""The objects of the schema. Each is a model with the fields a front end may ask for, and none that it may not."""

from schema.types.attachments import Attachment
from schema.types.conversations import Conversation, Participant
from schema.types.events import Event, EventBatch
from schema.types.messages import Message
from schema.types.people import Session, User

__all__ = ["Attachment", "Conversation", "Event", "EventBatch", "Message", "Participant", "Session", "User"]
