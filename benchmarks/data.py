"""The data set: people, conversations and messages, the same ones for the same seed and scale, by COPY.

It is made once for each scale, as the database `…_data_1`; each run works on a copy of it, so that all begin alike.
What a benchmark needs beside it (`write`) goes into the copy.
"""

import hashlib
import os
import random
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString, cast
from urllib.parse import urlsplit

import psycopg
from django.apps import apps
from django.db.models import Model
from psycopg import sql

from benchmarks.services import beside

PEOPLE, CONVERSATIONS, MESSAGES = 1_000, 2_000, 1_000_000
SMALLEST, LARGEST = 2, 20  # people in a conversation
UNREAD = 30  # at most, by each person in each conversation
SEED = 1
BEGINNING, NEWEST = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
EVENTS_KEPT = timedelta(days=7)
SESSIONS_END = datetime(2099, 1, 1, tzinfo=UTC)
REPLIES, EDITS = 0.1, 0.03  # of the messages
TEXT = (
    "a about after again all also and any are as at back be because before but by can come could day do even first for"
    " from get give go good have he her here him his how if in into is it its just know like look make me more most my"
    " new no not now of on one only or other our out over people say see she so some take than that the their them then"
    " there these they think this time to two up us use want was way we well what when which who will with work would"
    " year yes you your lunch train tomorrow meeting photo weather weekend coffee garden letter music"
)
WORDS = TEXT.split()
FIRST = ("Conversation", "Participant", "Message", "Event")  # tables whose keys are counted here
ROOT = Path(__file__).resolve().parent.parent

Row = dict[str, Any]


@dataclass
class Talk:
    """A conversation to be: who takes part (the first is its owner), how many messages, how many are unread by each."""

    title: str
    people: Sequence[int]
    messages: int
    unread: Sequence[int]
    id: int = 0
    last: datetime = BEGINNING
    recent: deque[int] = field(default_factory=lambda: deque(maxlen=10))
    sequence: int = 0
    pair: tuple[int, int] | None = None
    """Of a direct conversation."""


def prepare(url: str, scale: float, tell: Any) -> None:
    """A fresh copy of the data set in the database of this address."""
    name, mark = urlsplit(url).path.strip("/"), _fingerprint()
    template = f"{name}_data_{scale:g}"
    with psycopg.connect(beside(url, "postgres"), autocommit=True) as server:
        _drop(server, name)
        if _mark_of(server, template) != mark:
            tell(f"Making the data set: {round(MESSAGES * scale):,} messages …")
            _drop(server, template)
            _create(server, template)
            _migrate(beside(url, template))
            with psycopg.connect(beside(url, template)) as connection:
                fill(connection, scale)
            _vacuum(beside(url, template))
            _set_mark(server, template, mark)
        _create(server, name, template)


def fill(connection: psycopg.Connection[Any], scale: float = 1, seed: int = SEED) -> None:
    """The whole data set, into empty tables."""
    rng = random.Random(seed)  # noqa: S311 - the same every time
    people = range(1, max(LARGEST, round(PEOPLE * scale)) + 1)
    write_people(connection, people)
    talks = list(_talks(rng, people, max(LARGEST, round(CONVERSATIONS * scale)), round(MESSAGES * scale)))
    write(connection, talks, rng, NEWEST - BEGINNING, BEGINNING)


def need_people(connection: psycopg.Connection[Any], count: int) -> None:
    """So many, with those that are there."""
    highest = _highest(connection, "accounts", "User")
    write_people(connection, range(highest + 1, count + 1))


def write_people(connection: psycopg.Connection[Any], ids: Iterable[int]) -> None:
    """With a session each, of the same number."""
    ids = list(ids)
    _copy(connection, "accounts", "User", (_person(id) for id in ids))
    sessions = ({"id": id, "user_id": id, "created_at": BEGINNING, "expires_at": SESSIONS_END} for id in ids)
    _copy(connection, "accounts", "Session", sessions)


def write(
    connection: psycopg.Connection[Any],
    talks: list[Talk],
    rng: random.Random,
    during: timedelta = timedelta(days=1),
    since: datetime = NEWEST,
) -> None:
    """Conversations with their messages, evenly over a time and mixed as in life: everybody talks at once."""
    clock, position = _clock(connection)
    first = {name: _highest(connection, "messaging", name) + 1 for name in FIRST}
    for id, talk in enumerate(talks, first["Conversation"]):
        talk.id, talk.last = id, since
    order = [talk for talk in talks for _ in range(talk.messages)]
    rng.shuffle(order)
    step = during / max(1, len(order))
    # Conversations come first, as others refer to them; when each was last written to is known before the messages are.
    for place, talk in enumerate(order, 1):
        talk.last = since + place * step
    _copy(connection, "messaging", "Conversation", (_conversation(talk, since) for talk in talks))
    parts = ((talk, place, person) for talk in talks for place, person in enumerate(talk.people))
    _copy(
        connection,
        "messaging",
        "Participant",
        (_participant(id, *part, since) for id, part in enumerate(parts, first["Participant"])),
    )
    bodies = _bodies(rng)
    events: list[Row] = []
    _copy(
        connection,
        "messaging",
        "Message",
        _messages(order, rng, bodies, first["Message"], since, step, position, events),
    )
    _copy(connection, "messaging", "Event", ({"id": id, **row} for id, row in enumerate(events, first["Event"])))
    connection.execute("UPDATE messaging_clock SET position = %s WHERE id = %s", [position + len(order), clock])
    if events and not position:  # what is older was cleaned up
        connection.execute("UPDATE messaging_clock SET pruned_to = %s", [events[0]["position"] - 1])
    connection.commit()


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _talks(rng: random.Random, people: Sequence[int], count: int, messages: int) -> Iterator[Talk]:
    weights = [rng.uniform(0.1, 1.9) for _ in range(count)]
    pairs: set[tuple[int, int]] = set()
    for place, weight in enumerate(weights, 1):
        those = rng.sample(people, rng.randint(SMALLEST, LARGEST))
        size = max(1, round(messages * weight / sum(weights)))
        talk = Talk(f"conversation {place}", those, size, [min(size, rng.randint(0, UNREAD)) for _ in those])
        pair = (min(those), max(those))
        if len(those) == 2 and pair not in pairs:
            pairs.add(pair)
            talk.title, talk.pair = "", pair
        yield talk


def _person(id: int) -> Row:
    return {
        "id": id,
        "password": "!",
        "username": username(id),
        "email": f"{username(id)}@example.com",
        "first_name": WORDS[id % len(WORDS)].title(),
        "last_name": WORDS[id * 7 % len(WORDS)].title(),
        "created_at": BEGINNING,
        "updated_at": BEGINNING,
    }


def username(person: int) -> str:
    return f"person{person}"


def _conversation(talk: Talk, since: datetime) -> Row:
    low, high = talk.pair or (None, None)
    return {
        "id": talk.id,
        "kind": "DIRECT" if talk.pair else "GROUP",
        "title": talk.title,
        "created_by_id": talk.people[0],
        "created_at": since,
        "updated_at": since,
        "last_activity_at": talk.last,
        "last_sequence": talk.messages,
        "last_event_sequence": talk.messages + 1,  # the first is its start
        "participant_count": len(talk.people),
        "direct_low_id": low,
        "direct_high_id": high,
    }


def _participant(id: int, talk: Talk, place: int, person: int, since: datetime) -> Row:
    return {
        "id": id,
        "conversation_id": talk.id,
        "user_id": person,
        "role": "OWNER" if place == 0 and not talk.pair else "MEMBER",
        "joined_at": since,
        "joined_at_event": 1,
        "last_read_sequence": talk.messages - talk.unread[place],
    }


def _messages(
    order: list[Talk],
    rng: random.Random,
    bodies: list[str],
    first: int,
    since: datetime,
    step: timedelta,
    position: int,
    events: list[Row],
) -> Iterator[Row]:
    told_from = since + step * len(order) - EVENTS_KEPT
    for place, talk in enumerate(order, 1):
        id, at = first + place - 1, since + place * step
        talk.sequence += 1
        yield {
            "id": id,
            "conversation_id": talk.id,
            "sequence": talk.sequence,
            "sender_id": talk.people[int(rng.random() * len(talk.people))],
            "body": bodies[int(rng.random() * len(bodies))],
            "created_at": at,
            "edited_at": at if rng.random() < EDITS else None,
            "reply_to_id": rng.choice(talk.recent) if talk.recent and rng.random() < REPLIES else None,
        }
        talk.recent.append(id)
        if at > told_from:
            events.append(
                {
                    "conversation_id": talk.id,
                    "sequence": talk.sequence + 1,
                    "position": position + place,
                    "kind": "MessageSent",
                    "message_id": id,
                    "created_at": at,
                }
            )


def _bodies(rng: random.Random) -> list[str]:
    return [" ".join(rng.choices(WORDS, k=rng.randint(1, 30))) for _ in range(1_000)]


# ── the database ────────────────────────────────────────────────────────────────────────────────────────────────────


def _copy(connection: psycopg.Connection[Any], app: str, name: str, rows: Iterable[Row]) -> None:
    """Columns that a row does not name have the model's default: new ones need no change here."""
    model = apps.get_model(app, name)
    fields = {one.column: one.get_default() for one in model._meta.concrete_fields}
    table = sql.Identifier(model._meta.db_table)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, sql.SQL(", ").join(map(sql.Identifier, fields)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row.get(column, default) for column, default in fields.items()])
    key = (
        f"SELECT setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) FROM {model._meta.db_table}"  # noqa: S608
    )
    connection.execute(cast(LiteralString, key), [model._meta.db_table])


def _highest(connection: psycopg.Connection[Any], app: str, name: str) -> int:
    model: type[Model] = apps.get_model(app, name)
    row = connection.execute(cast(LiteralString, f"SELECT coalesce(max(id), 0) FROM {model._meta.db_table}")).fetchone()  # noqa: S608
    assert row is not None
    return int(row[0])


def _clock(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """Its key, and how far it went."""
    found = connection.execute("SELECT id, position FROM messaging_clock").fetchone()
    if found is None:
        _copy(connection, "messaging", "Clock", [{"id": 1}])
        return 1, 0
    return int(found[0]), int(found[1])


def _fingerprint() -> str:
    """What the data set is made by: this file, and the tables."""
    sources = [Path(__file__), *sorted(ROOT.glob("*/migrations/*.py"))]
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]


def _mark_of(server: psycopg.Connection[Any], name: str) -> str | None:
    statement = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    found = server.execute(statement, [name]).fetchone()
    return found[0] if found else None


def _set_mark(server: psycopg.Connection[Any], name: str, mark: str) -> None:
    server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(mark)))


def _drop(server: psycopg.Connection[Any], name: str) -> None:
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _create(server: psycopg.Connection[Any], name: str, template: str = "template1") -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    server.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, check=True)  # noqa: S603


def _vacuum(url: str) -> None:
    """So that autovacuum has nothing left to do while something is measured."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE, FREEZE)")
        connection.execute("CHECKPOINT")
