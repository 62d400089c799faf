"""What needs the house's own code, in a process beside the servers: people are made, and the state at the end is read.

Asked by lines of JSON, `[what, arguments]`, on standard input; answers so.
"""

import base64
import json
import sys
from collections.abc import Callable
from typing import Any

import django
from django.db import connection

Json = dict[str, Any]


def people(count: int, groups: list[list[int]], prefix: str) -> Json:
    """So many people with an access token each, and a group for each list of their numbers; the first is its owner."""
    from accounts.models import User
    from accounts.services.sessions import start_session
    from messaging import feed, services

    made = [User.objects.create_user(f"{prefix}{number}", f"{prefix}{number}@example.com") for number in range(count)]
    tokens = [start_session(person, device="", ip_address="127.0.0.1").access_token.text for person in made]
    conversations = {}
    for title, (owner, *others) in enumerate(groups):
        group = services.create_conversation(
            viewer=made[owner], title=f"Group {title}", participant_ids=[made[number].pk for number in others]
        )
        conversations[_id("Conversation", group.pk)] = [made[number].username for number in (owner, *others)]
    return {
        "people": {
            person.username: {"id": _id("User", person.pk), "token": token}
            for person, token in zip(made, tokens, strict=True)
        },
        "conversations": conversations,
        "cursor": str(feed.now().cursor),
    }


def state(began_with: dict[str, list[str]]) -> Json:
    """Everything that is stored about these conversations."""
    from accounts.models import User
    from messaging import feed
    from messaging.models import Conversation, Event, Message, Participant

    feed.now()
    keys = {_key(id): id for id in began_with}
    present: dict[int, list[str]] = {key: [] for key in keys}
    for key, name in Participant.objects.filter(conversation__in=keys).values_list("conversation_id", "user__username"):
        present[key].append(name)
    rows = Message.objects.filter(conversation__in=keys).order_by("conversation_id", "sequence")
    changes = Event.objects.filter(
        conversation_id__in=keys, kind__in=[Event.Kind.PARTICIPANT_JOINED, Event.Kind.PARTICIPANT_LEFT]
    )
    names = dict(User.objects.filter(pk__in={event.person_id for event in changes}).values_list("pk", "username"))
    shared = Event.objects.filter(conversation_id__in=keys, recipient_id=None).order_by("conversation_id", "position")
    return {
        "conversations": {
            keys[one.pk]: [one.last_sequence, one.last_event_sequence, present[one.pk], began_with[keys[one.pk]]]
            for one in Conversation.objects.filter(pk__in=keys)
        },
        "messages": [
            [_id("Message", pk), keys[conversation], sequence, sender, key, body, at.isoformat()]
            for pk, conversation, sequence, sender, key, body, at in rows.values_list(
                "pk", "conversation_id", "sequence", "sender__username", "idempotency_key", "body", "created_at"
            )
        ],
        "changes": [
            [keys[event.conversation_id], event.sequence, event.kind, names[event.person_id]] for event in changes
        ],
        "ends": {keys[key]: position for key, position in shared.values_list("conversation_id", "position")},
    }


def _id(name: str, key: int) -> str:
    return base64.b64encode(f"{name}:{key}".encode()).decode()


def _key(id: str) -> int:
    return int(base64.b64decode(id).decode().partition(":")[2])


def main() -> None:
    django.setup()
    answers: dict[str, Callable[..., Json]] = {"people": people, "state": state}
    for line in sys.stdin:
        what, arguments = json.loads(line)
        print(json.dumps(answers[what](**arguments)), flush=True)  # noqa: T201
        connection.close()  # the database may be another process by the next line


if __name__ == "__main__":
    main()
