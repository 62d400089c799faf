"""The checker: from all histories and the state at the end to what was lost, doubled, moved, missed or leaked.

It knows nothing of the server but the contract. Every finding is a sentence; no sentence, no fault.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from reliability.histories import Client, Record

JOINED = "ParticipantJoined"
TOLD_AGAIN = 1_000  # events, to who comes back


class Message(NamedTuple):
    id: str
    conversation: str
    sequence: int
    sender: str
    key: str | None
    body: str
    created_at: str = ""


class Change(NamedTuple):
    """Somebody came into a conversation or went, by its event of this number."""

    conversation: str
    sequence: int
    kind: str
    person: str


class Conversation(NamedTuple):
    last_sequence: int
    last_event_sequence: int
    people: list[str]
    """At the end."""
    began_with: list[str]


@dataclass
class State:
    """What is stored when everything is over."""

    conversations: dict[str, Conversation]
    messages: list[Message]
    changes: list[Change]

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "State":
        return cls(
            {id: Conversation(*values) for id, values in given["conversations"].items()},
            [Message(*values) for values in given["messages"]],
            [Change(*values) for values in given["changes"]],
        )

    def times_in(self, conversation: str) -> list[str]:
        """When its messages were sent, by the server's clock, in their order."""
        return [message.created_at for message in self.messages if message.conversation == conversation]

    def conversations_of(self, person: str | None) -> dict[str, Conversation]:
        """Those that the person is in at the end; all, for a client that sees everything."""
        return {id: one for id, one in self.conversations.items() if person is None or person in one.people}


@dataclass
class Verdict:
    """The five numbers that must be 0, with a sentence for each finding."""

    lost: list[str]
    doubled: list[str]
    out_of_order: list[str]
    gaps: list[str]
    leaks: list[str]

    @property
    def numbers(self) -> dict[str, int]:
        return {name: len(found) for name, found in zip(("L0", "D0", "O0", "G0", "V0"), self._all, strict=True)}

    @property
    def sentences(self) -> list[str]:
        return [sentence for found in self._all for sentence in found]

    @property
    def _all(self) -> tuple[list[str], ...]:
        return self.lost, self.doubled, self.out_of_order, self.gaps, self.leaks


def check(clients: list[Client], state: State) -> Verdict:
    parts = parts_of(state)
    return Verdict(
        lost=[found for client in clients for found in lost(client, state)],
        doubled=[*doubled(clients, state)],
        out_of_order=[*misnumbered(state), *(found for client in clients for found in out_of_order(client, state))],
        gaps=[
            found
            for client in clients
            for found in (*repeats(client), *gaps(client, state, parts), *holes(client, state), *needless(client))
        ],
        leaks=[found for client in clients for found in leaks(client, state, parts)],
    )


# ── L0 and D0: what was acknowledged is there, once ─────────────────────────────────────────────────────────────────


def lost(client: Client, state: State) -> Iterator[str]:
    """Acknowledged, and not stored as what was acknowledged: the same message, place and text."""
    stored = {message.id: message for message in state.messages}
    meant = {record["key"]: record for record in client.said("intent")}
    for record in client.said("acknowledged"):
        intent, message = meant[record["key"]], stored.get(record["message"])
        promised = (intent["conversation"], record["sequence"], intent["body"])
        if message is None or (message.conversation, message.sequence, message.body) != promised:
            yield f"{client.name}: {record['key']!r} was acknowledged as number {record['sequence']} and is not there"


def doubled(clients: list[Client], state: State) -> Iterator[str]:
    """One key of one sender, and more than one message: stored, or acknowledged."""
    keys = Counter((message.sender, message.key) for message in state.messages if message.key is not None)
    for (sender, key), count in keys.items():
        if count > 1:
            yield f"{sender}: {key!r} is there {count} times"
    answers: dict[tuple[str | None, str], set[str]] = {}
    for client in clients:
        for record in client.said("acknowledged"):
            answers.setdefault((client.person, record["key"]), set()).add(record["message"])
    for (person, key), messages in answers.items():
        if len(messages) > 1:
            yield f"{person}: {key!r} was acknowledged as {len(messages)} different messages"


# ── O0: every reader's list is 1..lastSequence with the same bodies ─────────────────────────────────────────────────


def misnumbered(state: State) -> Iterator[str]:
    for id, conversation in state.conversations.items():
        numbers = sorted(message.sequence for message in state.messages if message.conversation == id)
        if numbers != list(range(1, conversation.last_sequence + 1)):
            yield f"{id}: its {len(numbers)} messages are not 1 to {conversation.last_sequence}"


def out_of_order(client: Client, state: State) -> Iterator[str]:
    bodies = {(message.conversation, message.sequence): message.body for message in state.messages}
    for record in client.said("list"):
        last = state.conversations[record["conversation"]].last_sequence
        expected = [[number, bodies.get((record["conversation"], number))] for number in range(1, last + 1)]
        if record["messages"] != expected:
            yield f"{client.name}: the list of {record['conversation']} is not 1 to {last} with the same bodies"
    told = [record for record in client.said("event") if record.get("body") is not None]
    for record in told:
        if bodies.get((record["conversation"], record["message"])) != record["body"]:
            yield f"{client.name}: message {record['message']} of {record['conversation']} was told with another body"
    for conversation in {record["conversation"] for record in told}:
        numbers = [record["message"] for record in told if record["conversation"] == conversation]
        for before, after in pairwise(numbers):
            if after <= before:
                yield f"{client.name}: message {after} of {conversation} was told after {before}"


# ── G0: every event once, one after the other, to the end ───────────────────────────────────────────────────────────

Parts = dict[tuple[str, str], list[range]]
"""By conversation and person: the numbers of the events that happened while the person took part."""


def parts_of(state: State) -> Parts:
    since = {(id, person): 1 for id, conversation in state.conversations.items() for person in conversation.began_with}
    parts: Parts = {}
    for change in sorted(state.changes, key=lambda one: one.sequence):
        place = (change.conversation, change.person)
        if change.kind == JOINED:
            since[place] = change.sequence
        elif place in since:
            parts.setdefault(place, []).append(range(since.pop(place), change.sequence))
    for (id, person), start in since.items():
        parts.setdefault((id, person), []).append(range(start, state.conversations[id].last_event_sequence + 1))
    return parts


def repeats(client: Client) -> Iterator[str]:
    positions = [record["position"] for record in client.said("event", "ended")]
    for before, after in pairwise(positions):
        if after <= before:
            yield f"{client.name}: position {after} of the feed was told after {before}"


def gaps(client: Client, state: State, parts: Parts) -> Iterator[str]:
    """A conversation's events come as n, n + 1, n + 2 … from the start, or from one's joining, to the end."""
    awaited: dict[str, int | None] = {}  # None: any number, since everything before it was read
    for record in client.said("follows", "reloaded", "event", "ended"):
        if record["what"] == "follows":
            awaited = dict.fromkeys(_began(client, state), 2)  # number 1 is the conversation itself
        elif record["what"] == "reloaded":
            awaited = dict.fromkeys(state.conversations)
        elif record["what"] == "ended":
            awaited.pop(record["conversation"], None)
        elif record["sequence"] is not None:
            yield from _surprise(client, record["conversation"], record["sequence"], awaited, parts)
            awaited[record["conversation"]] = record["sequence"] + 1
    if not any(client.said("follows", "reloaded")):
        return
    for id, conversation in state.conversations_of(client.person).items():
        told_to, end = (awaited.get(id, 1) or 0) - 1, conversation.last_event_sequence
        if told_to not in (-1, end):
            yield f"{client.name}: {id} was told up to {told_to}, and went on to {end}"


def _began(client: Client, state: State) -> list[str]:
    return [id for id, one in state.conversations.items() if client.person is None or client.person in one.began_with]


def _surprise(
    client: Client, conversation: str, number: int, awaited: dict[str, int | None], parts: Parts
) -> Iterator[str]:
    if conversation in awaited:
        expected = awaited[conversation]
        if expected not in (None, number):
            yield f"{client.name}: {number} of {conversation} was told where {expected} was to come"
    elif number not in {part.start for part in parts.get((conversation, client.person or ""), [])}:
        yield f"{client.name}: {conversation} was told from {number} on, where nobody had joined"


def needless(client: Client) -> Iterator[str]:
    """Only who has missed more than TOLD_AGAIN events is sent to read everything; of the feed's, theirs or not."""
    for record in client.said("reloaded"):
        if record.get("missed", TOLD_AGAIN + 1) <= TOLD_AGAIN:
            yield f"{client.name}: was told to reload after {record['missed']} events, and {TOLD_AGAIN} are told again"


def holes(client: Client, state: State) -> Iterator[str]:
    """What was read and what was told afterwards must be 1..lastSequence together."""
    if not any(client.said("reloaded")):
        return
    got: dict[str, set[int]] = {}
    for record in client.said("read"):
        got.setdefault(record["conversation"], set()).update(record["numbers"])
    for record in client.said("event"):
        if record.get("message") is not None:
            got.setdefault(record["conversation"], set()).add(record["message"])
    for id, conversation in state.conversations_of(client.person).items():
        missing = set(range(1, conversation.last_sequence + 1)) - got.get(id, set())
        if missing:
            yield f"{client.name}: read and told together, {len(missing)} messages of {id} are missing"


# ── V0: nobody sees what happened while they took no part ───────────────────────────────────────────────────────────


def leaks(client: Client, state: State, parts: Parts) -> Iterator[str]:
    """Every text is a canary: an event belongs to those who took part when it happened; a list to those who do now."""
    if client.person is None:
        return
    for record in client.said("event"):
        if record["sequence"] is not None and not _took_part(client.person, record, parts):
            yield f"{client.name} was told event {record['sequence']} of {record['conversation']} as a stranger"
    for record in client.said("list"):
        if record["messages"] and client.person not in state.conversations[record["conversation"]].people:
            yield f"{client.name} has read {record['conversation']} as a stranger"
    for record in client.said("peeked"):
        if record["seen"]:
            yield f"{client.name} has seen {record['seen']!r} while outside"


def _took_part(person: str, record: Record, parts: Parts) -> bool:
    return any(record["sequence"] in part for part in parts.get((record["conversation"], person), []))
