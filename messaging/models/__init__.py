"""What people say to each other: conversations, who takes part, messages, and the log of what happened.

Every private model's QuerySet has `visible_to(viewer)`, the one rule of reading: a person sees a conversation, its
people and its messages only while a participant. Whatever is reached by another path asks the same method.
"""

from messaging.models.attachments import Attachment
from messaging.models.conversations import Conversation, Participant
from messaging.models.events import Clock, Event, Joined
from messaging.models.messages import Message, Revision
from messaging.models.reactions import Mention, Reaction

__all__ = [
    "Attachment",
    "Clock",
    "Conversation",
    "Event",
    "Joined",
    "Mention",
    "Message",
    "Participant",
    "Reaction",
    "Revision",
]
