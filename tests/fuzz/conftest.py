"""What is fuzzed: a world in which some talk, others talk elsewhere, and every private text is a canary."""

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from django.http import HttpResponse

from accounts import throttle
from accounts.models import Session, User
from messaging.models import Message, Participant
from tests.conftest import Door, enter, join
from tests.messaging.operations import done, gather, gid, global_id, say, talk

CANARY = "canary"


@dataclass
class World:
    """Ids by the names that generated documents use for them, and who asks."""

    ids: dict[str, str]
    doors: dict[str, Door]
    forbidden: dict[str, list[str]] = field(default_factory=dict)
    """Who asks → the texts that they must never be shown."""

    def fill(self, text: str) -> str:
        """Real ids for their names."""
        for name, one in self.ids.items():
            text = text.replace(f"@{name}@", one)
        return text

    def send(self, who: str, body: bytes, content_type: str = "application/json") -> HttpResponse:
        """The answer; what was done is undone."""
        door = self.doors[who]
        headers = {"Authorization": f"Bearer {door.token}"} if door.token else {}
        throttle._local.cache_clear()
        with transaction.atomic():
            response = door.client.generic("POST", "/graphql", body, content_type, headers=headers)
            transaction.set_rollback(True)
        return response


def private(username: str, number: int) -> list[str]:
    """What only this person and staff may see of them."""
    User.objects.filter(username=username).update(
        email=f"{CANARY}-{username}@example.com", phone_number=f"+1212555{number:04}"
    )
    Session.objects.filter(user__username=username).update(device=f"{CANARY}-device-{username}")
    return [f"{CANARY}-{username}@example.com", f"+1212555{number:04}", f"{CANARY}-device-{username}"]


def conversation(first: Door, second: Door, name: str) -> tuple[dict[str, str], list[str]]:
    """A group and a direct conversation of two, with all that can be in one: ids, and what strangers never see."""
    group = gather(first, second, title=f"{CANARY}-title-{name}")
    question = say(first, group, f"{CANARY}-question-{name}")
    answer = say(second, group, f"{CANARY}-answer-{name}", replyToId=question, idempotencyKey=f"{CANARY}-key-{name}")
    done(second, "editMessage", messageId=answer, body=f"{CANARY}-edited-{name}")
    direct = talk(first, second)
    whisper = say(second, direct, f"{CANARY}-whisper-{name}")
    done(first, "deleteMessage", messageId=say(first, group, f"{CANARY}-deleted-{name}"))
    participant = Participant.objects.get(conversation__title=f"{CANARY}-title-{name}", user=first.person)
    tombstone = Message.objects.filter(deleted_at__isnull=False).latest("pk")
    ids = {"group": group, "question": question, "answer": answer, "direct": direct, "whisper": whisper}
    ids |= {"participant": gid(participant), "tombstone": gid(tombstone)}
    ids["session"] = gid(Session.objects.filter(user=first.person).latest("pk"))
    texts = [f"{CANARY}-{kind}-{name}" for kind in ("title", "question", "answer", "edited", "whisper", "deleted")]
    return {f"{name} {kind}": one for kind, one in ids.items()}, texts


@pytest.fixture
def world(alice: Door, bob: Door, charlie: Door) -> World:
    """alice and bob share, dora and eve have secrets, charlie is a stranger to all of them."""
    dora, eve = enter(join("dora")), enter(join("eve"))
    shared_ids, shared = conversation(alice, bob, "shared")
    secret_ids, secret = conversation(dora, eve, "secret")
    people = {"alice": alice, "bob": bob, "charlie": charlie, "dora": dora, "eve": eve}
    own = {name: private(name, 1_000 + place) for place, name in enumerate(people)}
    ids = {**shared_ids, **secret_ids, **{name: gid(door) for name, door in people.items()}}
    ids |= {"missing": global_id("Conversation", 2**62), "user 0": global_id("User", 0), "malformed": "malformed"}
    ids["cursor"] = alice.ask("{ eventCursor }")["eventCursor"]
    keys = [f"{CANARY}-key-shared", f"{CANARY}-key-secret", f"{CANARY}-deleted-shared"]  # bob's, eve's, and nobody's
    of_others = {
        name: [text for other in people if other != name for text in own[other]] for name in [*people, "nobody"]
    }
    return World(
        ids,
        {**people, "nobody": Door()},
        {
            "alice": secret + keys + of_others["alice"],
            "charlie": shared + secret + keys + of_others["charlie"],
            "nobody": shared + secret + keys + of_others["nobody"],
        },
    )
