"""Events: what a live client is told, and what polling reads. The objects in them are as they are when it is told."""

from datetime import datetime

import strawberry

from schema.types.conversations import Conversation, Participant
from schema.types.messages import Message
from schema.types.people import User

MESSAGE = "The message, as it is now."
PARTICIPANT = "That person's part in it, as it is now. Null if they are gone by then."
PERSON = "Who. Null once that account is deleted."


@strawberry.interface(
    description="Something has changed. Durable events carry a cursor, and most a sequence without a gap in their"
    " conversation, so that a client can prove that it missed nothing."
)
class Event:
    cursor: str | None = strawberry.field(description="Resume after it. Null for typing and presence.")
    sequence: int | None = strawberry.field(
        description="1, 2, 3 … without a gap in each conversation. Null for what is told to one person alone, for"
        " MessagesRead, and for what is not stored."
    )
    occurred_at: datetime = strawberry.field(description="When it happened.")
    conversation: Conversation | None = strawberry.field(
        description="Where, as it is now. Null if it is gone by then, and for what concerns no conversation."
    )


@strawberry.type(description="Somebody has sent a message.")
class MessageSent(Event):
    message: Message = strawberry.field(description=MESSAGE)


@strawberry.type(description="A message says something else now.")
class MessageEdited(Event):
    message: Message = strawberry.field(description=MESSAGE)


@strawberry.type(description="A message is a tombstone now.")
class MessageDeleted(Event):
    message: Message = strawberry.field(description=MESSAGE)


@strawberry.type(
    description="Somebody has put an emoji at a message, or taken it back. Those of who deletes the account go without"
    " an event, with their ParticipantLeft."
)
class ReactionsChanged(Event):
    message: Message = strawberry.field(description=MESSAGE)


@strawberry.type(
    description="Somebody has read. In conversations of more than 100 people only their own devices are told."
)
class MessagesRead(Event):
    participant: Participant | None = strawberry.field(description=PARTICIPANT)
    user: User | None = strawberry.field(description=PERSON)


@strawberry.type(description="The viewer takes part in a new conversation.")
class ConversationStarted(Event):
    pass


@strawberry.type(description="A conversation has another title.")
class ConversationUpdated(Event):
    pass


@strawberry.type(
    description="The viewer takes no part in it any more: it was deleted, or they left or were removed. `conversation`"
    " is null, and nothing of it follows."
)
class ConversationEnded(Event):
    conversation_id: strawberry.ID = strawberry.field(description="Which one it was.")


@strawberry.type(description="Somebody has come in.")
class ParticipantJoined(Event):
    participant: Participant | None = strawberry.field(description=PARTICIPANT)
    user: User | None = strawberry.field(description=PERSON)


@strawberry.type(description="Somebody has left, or was removed.")
class ParticipantLeft(Event):
    user: User | None = strawberry.field(description=PERSON)


@strawberry.type(
    description="Somebody's role is another; or, told to the viewer alone, they have muted, archived or pinned it."
)
class ParticipantChanged(Event):
    participant: Participant | None = strawberry.field(description=PARTICIPANT)
    user: User | None = strawberry.field(description=PERSON)


@strawberry.type(description="Somebody is typing, or is no more. Not stored; ends by itself after 6 seconds.")
class TypingChanged(Event):
    user: User | None = strawberry.field(description=PERSON)
    is_typing: bool = strawberry.field(description="Whether they are typing now.")


@strawberry.type(
    description="Somebody came online or went offline who shares a conversation of up to 100 people with the viewer."
    " Not stored."
)
class PresenceChanged(Event):
    user: User | None = strawberry.field(description=PERSON)


@strawberry.type(description="Everything stored has been told; what follows is live. `cursor` is now.")
class CaughtUp(Event):
    pass


@strawberry.type(
    description="The cursor is too old, of another feed, or too much was missed: read the state anew, then subscribe"
    " after `cursor`. The stream completes."
)
class ResyncRequired(Event):
    pass


@strawberry.type(description="Some events of the feed.")
class EventBatch:
    events: list[Event] = strawberry.field(description="In the order of the feed.")
    end_cursor: str = strawberry.field(description="Read on after it.")
    has_more: bool = strawberry.field(description="Whether there is more to read at once.")


CONCRETE = (
    MessageSent,
    MessageEdited,
    MessageDeleted,
    ReactionsChanged,
    MessagesRead,
    ConversationStarted,
    ConversationUpdated,
    ConversationEnded,
    ParticipantJoined,
    ParticipantLeft,
    ParticipantChanged,
    TypingChanged,
    PresenceChanged,
    CaughtUp,
    ResyncRequired,
)
