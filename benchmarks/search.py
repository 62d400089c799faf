"""How long search takes with a million messages on PostgreSQL: rare and frequent words, few and many conversations.

    DATABASE_URL=postgres://… .venv/bin/python benchmarks/search.py

It makes a database of its own beside the one that is named, and drops it at the end; --keep leaves it for the next run,
--explain shows the plans. What is timed is the whole request, from the middleware to the JSON. "processor" is what it
takes of one, here and in PostgreSQL, however busy the machine is with other work: for that PostgreSQL has to run on the
same Linux.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402 - found by the lines above

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services.sessions import start_session  # noqa: E402
from messaging import search  # noqa: E402
from messaging.models import Conversation, Message, Participant  # noqa: E402

NAME = "parley_search_benchmark"
PEOPLE, CONVERSATIONS, MESSAGES = 1_000, 2_000, 1_000_000
VOCABULARY = 20_000
ROUNDS = 21
LIMIT = 50.0  # milliseconds, of the median
MARKED = {"rare": 0.00002, "seldom": 0.002, "common": 0.02, "frequent": 0.3}
"""Words, and in which part of the messages they are."""
VIEWERS = {"in 20 conversations": 20, "in 200 conversations": 200, "in all 2,000 conversations": CONVERSATIONS}
QUERY = """query($query: String!, $filters: MessageFilter) {
  searchMessages(query: $query, filters: $filters, first: 20) { nodes { id body sender { username } } } }"""
FILTERED = """query($filters: MessageFilter) {
  messages(filters: $filters, first: 20) { nodes { id body sender { username } } } }"""


def bodies(chance: random.Random) -> Iterator[str]:
    """Words as often as in a language: the second half as often as the first, and so on (Zipf's law)."""
    words = [f"word{place}" for place in range(VOCABULARY)]
    weights = [1 / (place + 1) for place in range(VOCABULARY)]
    while True:
        drawn = iter(chance.choices(words, weights, k=100_000))
        while len(said := list(islice(drawn, chance.randint(4, 16)))) >= 4:
            yield " ".join([*said, *(word for word, part in MARKED.items() if chance.random() < part)])


def fill() -> None:
    chance = random.Random(7)  # noqa: S311 - the same data each time
    now = timezone.now()
    User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.com", last_seen_at=now) for i in range(PEOPLE))
    people = list(User.objects.order_by("pk"))
    size = MESSAGES // CONVERSATIONS
    made = Conversation.objects.bulk_create(
        Conversation(kind="GROUP", title=f"group {i}", participant_count=20, last_sequence=size)
        for i in range(CONVERSATIONS)
    )
    viewers = dict(zip(people, VIEWERS.values(), strict=False))
    parts = {(one.pk, person.pk) for person, count in viewers.items() for one in chance.sample(made, count)}
    others = people[len(viewers) :]
    parts |= {(one.pk, person.pk) for one in made for person in chance.sample(others, 17)}
    Participant.objects.bulk_create(
        (Participant(conversation_id=one, user_id=person, last_read_sequence=size) for one, person in sorted(parts)),
        batch_size=5_000,
    )
    search.drop(connection)
    copy(chance, [one.pk for one in made], [person.pk for person in others])


def copy(chance: random.Random, conversations: list[int], senders: list[int]) -> None:
    """Conversations in turns, as they would be written to."""
    start = timezone.now() - timedelta(days=700)
    texts = bodies(chance)
    columns = "conversation_id, sequence, sender_id, body, created_at, input_hash"
    with connection.cursor() as cursor, cursor.copy(f"COPY messaging_message ({columns}) FROM STDIN") as rows:
        for place in range(MESSAGES):
            turn, at = divmod(place, CONVERSATIONS)
            when = start + timedelta(minutes=place)
            rows.write_row((conversations[at], turn + 1, chance.choice(senders), next(texts), when, ""))


def prepare() -> None:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        is_there = cursor.fetchone() is not None
        if not is_there:
            cursor.execute(f"CREATE DATABASE {NAME}")
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = NAME
    if is_there:
        return
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        fill()
    started = time.perf_counter()
    call_command("rebuild_search")
    print(f"rebuild_search took {time.perf_counter() - started:.0f} s.")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def drop() -> None:
    connection.close()
    connection.settings_dict["NAME"] = "postgres"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {NAME}")
    connection.close()


class Taken(NamedTuple):
    """Milliseconds of one request."""

    time: float
    processor: float


def worked() -> float:
    """Milliseconds of a processor that this process and the database's side of its connection have had until now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    nanoseconds = int(Path(f"/proc/{backend}/schedstat").read_text().split()[0])
    return time.process_time() * 1000 + nanoseconds / 1_000_000


def answer(token: str, query: str, variables: dict[str, Any]) -> tuple[Taken, int]:
    """What a request took, and how many rows came back."""
    given = {"query": query, "variables": variables}
    before, started = worked(), time.perf_counter()
    response = (
        Client().post("/graphql", given, content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}").json()
    )
    taken = Taken((time.perf_counter() - started) * 1000, worked() - before)
    assert "errors" not in response, response
    (found,) = response["data"].values()
    return taken, len(found["nodes"])


def explain(token: str, query: str, variables: dict[str, Any]) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer(token, query, variables)
    for statement in captured.captured_queries:
        if "messaging_message" in statement["sql"]:
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + statement["sql"])
                print("\n".join(f"    {row[0][:150]}" for row in cursor.fetchall()), end="\n\n")


def main() -> int:
    assert connection.vendor == "postgresql", "set DATABASE_URL=postgres://…"
    prepare()
    slow = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_relation_size('message_search')), version()")
        print("index {}; {}".format(*cursor.fetchone()))
    columns = "".join(f"{name:>9}" for name in ("fastest", "25 %", "median", "75 %", "slowest"))
    print(f"{'milliseconds':<60}{'found':>6}{'processor':>11}{columns}")
    tokens = {
        name: start_session(User.objects.get(username=f"u{i}"), device="", ip_address=None).access_token.text
        for i, name in enumerate(VIEWERS)
    }
    operations = [
        (f"{word}, {name}, {kind}", tokens[name], query, variables)
        for name in VIEWERS
        for word in MARKED
        for kind, query, variables in (
            ("best first", QUERY, {"query": word}),
            ("newest first", FILTERED, {"filters": {"search": word}}),
        )
    ]
    times: dict[str, list[Taken]] = {name: [] for name, *_ in operations}
    found = {}
    for turn in range(ROUNDS + 1):
        for name, token, query, variables in operations:
            taken, found[name] = answer(token, query, variables)
            if turn:  # the first fills the cache
                times[name].append(taken)
    for name, token, query, variables in operations:
        waited = [taken.time for taken in times[name]]
        first, median, third = statistics.quantiles(waited, n=4)
        processor = statistics.median(taken.processor for taken in times[name])
        spread = (min(waited), first, median, third, max(waited))
        print(f"{name:<60}{found[name]:>6}{processor:>11.1f}" + "".join(f"{one:>9.1f}" for one in spread))
        slow += median > LIMIT
        if "--explain" in sys.argv:
            explain(token, query, variables)
    print(f"{Message.objects.count():,} messages, {ROUNDS} rounds; {slow} medians above {LIMIT:.0f} ms.")
    if "--keep" not in sys.argv:
        drop()
    return slow > 0


if __name__ == "__main__":
    sys.exit(main())
