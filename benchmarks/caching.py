"""What a cache would save, and what it would cost: reading from PostgreSQL against unpickling the same from Redis.

Makes a test database in DATABASE_URL's server, and uses REDIS_URL; both go with the run, what is put into Redis after
a minute.
"""

import os
import pickle
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/parley_caching")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/12")

import django

django.setup()

import redis  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services.sessions import start_session  # noqa: E402
from accounts.tokens import session_of_access_token  # noqa: E402
from messaging import selectors, services  # noqa: E402
from schema import documents  # noqa: E402
from schema.schema import schema  # noqa: E402
from schema.validation import validate  # noqa: E402

TRIES, ROUNDS = 200, 7
HISTORY = """query($id: ID!) { conversation(id: $id) { messages(last: 50) {
  nodes { id body createdAt editedAt sender { id username firstName } replyTo { id body } }
  pageInfo { hasPreviousPage } } } }"""


def main() -> None:
    connection.creation.create_test_db(verbosity=0)
    try:
        compare()
    finally:
        connection.creation.destroy_test_db("", verbosity=0)


def compare() -> None:
    alice, bob = (User.objects.create_user(name, f"{name}@example.com") for name in ("alice", "bob"))
    token = start_session(alice, device="", ip_address=None).access_token.text
    groups = [
        services.create_conversation(viewer=alice, title=f"group {n}", participant_ids=[bob.pk]) for n in range(20)
    ]
    conversation = selectors.conversation_for(alice, groups[0].pk)
    for number in range(50):
        services.send_message(viewer=alice, conversation_id=conversation.pk, body=f"{number}: {'what one says ' * 5}")

    print(f"{'CPU microseconds, this process and waiting left out':52}{'read':>8}{'from Redis':>12}{'kilobytes':>11}")
    row("who a token speaks for, with the session", lambda: session_of_access_token(token))
    first_page = {"order": ("-last_activity_at", "-pk"), "limit": 20}
    row("20 conversations of the inbox", lambda: selectors.INBOX(alice, **first_page))
    row("50 messages, with senders", lambda: selectors.messages_between([(conversation, 1, 50)]))
    print()
    print(f"{'':52}{'anew':>8}{'cached':>12}")
    documents.parse_document(HISTORY)
    validate(schema._schema, documents.parse_document(HISTORY))
    anew = median(lambda: validate(schema._schema, documents._parse(HISTORY)))
    cached = median(lambda: validate(schema._schema, documents.parse_document(HISTORY)))
    print(f"{'a document of history, parsed and validated':52}{anew:8.0f}{cached:12.0f}")


def row(name: str, read: Callable[[], Any]) -> None:
    store = redis.Redis.from_url(settings.REDIS_URL)
    kept = pickle.dumps(read(), pickle.HIGHEST_PROTOCOL)
    store.set("benchmark", kept, ex=60)
    from_redis = median(lambda: pickle.loads(store.get("benchmark")))  # type: ignore[arg-type]  # noqa: S301 - our own
    print(f"{name:52}{median(read):8.0f}{from_redis:12.0f}{len(kept) / 1024:11.1f}")


def median(work: Callable[[], Any]) -> float:
    """CPU microseconds of one run, the median of some rounds."""
    figures = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(TRIES):
            work()
        figures.append((time.process_time() - started) / TRIES * 1_000_000)
    return statistics.median(figures)


if __name__ == "__main__":
    main()
