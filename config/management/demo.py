"""The demo data: people, conversations and messages to try Parley with, written in demo.txt beside this file.

Everything goes through the services. What is there already is left alone: loading twice changes nothing,
and what an interrupted run has left out is added by the next.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from accounts import services as accounts
from accounts.models import User
from messaging import services as messaging
from messaging.models import Conversation, Message

PASSWORD = "tea-at-five-oclock"  # noqa: S105 - printed for everybody to use
SCRIPT = Path(__file__).with_suffix(".txt")
MESSAGE = re.compile(r"(?P<sender>\w+)(?: \^(?P<up>\d+))?: (?P<body>.+)")


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    is_staff: bool

    @property
    def email(self) -> str:
        return f"{self.username}@demo.example"


@dataclass(frozen=True)
class Line:
    """One message; `answers` is the place of the message it replies to, counted from 0."""

    sender: str
    body: str
    answers: int | None


@dataclass(frozen=True)
class Talk:
    """One conversation; without a title it is a direct one."""

    people: list[str]
    title: str
    lines: list[Line] = field(default_factory=list)

    def key(self, place: int | str) -> str:
        """The idempotency key of a message, or of the group itself."""
        return f"demo {'-'.join(self.people)} {place}"


class NameTaken(Exception):
    """Somebody who is not of the demo has the name of a demo person, and shall not be made to speak."""


def read(script: str) -> tuple[list[Person], list[Talk]]:
    people: list[Person] = []
    talks: list[Talk] = []
    for line in script.splitlines():
        if line.startswith("person: "):
            username, first_name, last_name = line.removeprefix("person: ").split(" | ")
            people.append(Person(username, first_name, last_name, is_staff=not people))
        elif line.startswith("== "):
            names, _, title = line.removeprefix("== ").partition(" | ")
            talks.append(Talk(names.split(", "), title))
        elif (match := MESSAGE.fullmatch(line)) and talks:
            lines = talks[-1].lines
            answers = len(lines) - int(match["up"]) if match["up"] else None
            lines.append(Line(match["sender"], match["body"], answers))
    return people, talks


PEOPLE, TALKS = read(SCRIPT.read_text(encoding="utf-8"))


def load() -> int:
    """Adds what is missing; returns how many messages that were. Raises NameTaken, and what the services raise."""
    cast = {person.username: find_or_register(person) for person in PEOPLE}
    return sum(load_talk(talk, [cast[name] for name in talk.people]) for talk in TALKS)


def find_or_register(wanted: Person) -> User:
    person: User | None = User.objects.filter(username__lower=wanted.username).first()
    if person is None:
        return register(wanted)
    if person.email != wanted.email:
        raise NameTaken(f"the name {wanted.username} belongs to somebody else.")
    return person


def register(wanted: Person) -> User:
    if wanted.is_staff:
        names = {"first_name": wanted.first_name, "last_name": wanted.last_name}
        admin: User = User.objects.create_superuser(wanted.username, wanted.email, PASSWORD, **names)
        return admin
    return accounts.register(
        username=wanted.username,
        email=wanted.email,
        password=PASSWORD,
        first_name=wanted.first_name,
        last_name=wanted.last_name,
        device="demo data",
    ).session.user


def load_talk(talk: Talk, people: list[User]) -> int:
    """One conversation, all or nothing of it. What was sent before is found by its key, and not sent again."""
    cast = {person.username: person for person in people}
    keys = [talk.key(place) for place in range(len(talk.lines))]
    found = Message.objects.filter(sender__in=people, idempotency_key__in=keys)
    there = {message.idempotency_key: message for message in found}
    missing = len(keys) - len(there)
    if not missing:
        return 0
    with transaction.atomic():
        conversation = start(talk, people)
        for key, line in zip(keys, talk.lines, strict=True):
            if key not in there:
                there[key] = messaging.send_message(
                    viewer=cast[line.sender],
                    conversation_id=conversation.pk,
                    body=line.body,
                    reply_to_id=None if line.answers is None else there[keys[line.answers]].pk,
                    idempotency_key=key,
                )
    return missing


def start(talk: Talk, people: list[User]) -> Conversation:
    first, *others = people
    if not talk.title:
        return messaging.start_direct_conversation(viewer=first, person=others[0])
    return messaging.create_conversation(
        viewer=first,
        title=talk.title,
        participant_ids=[person.pk for person in others],
        idempotency_key=talk.key("group"),
    )
