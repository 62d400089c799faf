"""W1 to W4: what is asked, by whom, and the answers as plain data, so that those of several servers can be compared."""

import json
import random
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import jwt
import psycopg

from benchmarks import ENVIRONMENT
from benchmarks.data import WORDS, username

PEOPLE = 100  # who ask; each sends less often than the rate limits of production would let them
CONVERSATIONS = 10  # of each, that they read and write in
TOKEN_SECONDS = 24 * 60 * 60
SEED = 2

INBOX = """query Inbox {
  conversations(first: 20) {
    nodes {
      id title unreadCount
      participants(first: 20) { nodes { user { id username } } }
      lastMessage { id body createdAt sender { username } }
    }
  }
}"""
HISTORY = """query History($id: ID!) {
  conversation(id: $id) {
    messages(last: 50) {
      nodes { id body createdAt editedAt sender { id username firstName } replyTo { id body } }
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
  }
}"""
SEND = """mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) {
    message { id sequence body createdAt sender { id username firstName } }
    errors { code field message }
  }
}"""
ME = "query Me { me { id username } }"

Pair = tuple[int, int]
"""A person, and one of their conversations."""


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    document: str
    variables: Callable[[Pair, int], dict[str, Any]] = lambda *_: {}


WORKLOADS = {
    one.name: one
    for one in (
        Workload("W1", "inbox", INBOX),
        Workload("W2", "history", HISTORY, lambda pair, _: {"id": global_id("Conversation", pair[1])}),
        Workload(
            "W3",
            "send",
            SEND,
            lambda pair, place: {"input": {"conversationId": global_id("Conversation", pair[1]), "body": said(place)}},
        ),
        Workload("W4", "trivial", ME),
    )
}


def said(place: int) -> str:
    """A sentence; without numbers, as some of them look like offensive words."""
    return f"See you at the station, and bring the {WORDS[place % len(WORDS)]}, or write when the train is late."


def global_id(name: str, key: int) -> str:
    return b64encode(f"{name}:{key}".encode()).decode()


def token(person: int) -> str:
    """As accounts/tokens.py makes it, for the session of the data set."""
    now = int(time.time())
    claims = {"sub": str(person), "sid": str(person), "jti": "benchmark", "iat": now, "exp": now + TOKEN_SECONDS}
    return jwt.encode({**claims, "iss": "parley", "aud": "parley"}, ENVIRONMENT["JWT_SECRET_KEY"], "HS256")


def token_as_documented(person: int) -> str:
    """As django-graphql-jwt makes it by itself."""
    now = int(time.time())
    claims = {"username": username(person), "exp": now + TOKEN_SECONDS, "origIat": now}
    return jwt.encode(claims, ENVIRONMENT["JWT_SECRET_KEY"], "HS256")


def pairs_of(url: str, seed: int = SEED) -> list[Pair]:
    """Some people, and some conversations of each."""
    rng = random.Random(seed)  # noqa: S311 - the same every time
    with psycopg.connect(url) as connection:
        highest = connection.execute("SELECT max(id) FROM accounts_user").fetchone()
        assert highest is not None
        people = rng.sample(range(1, highest[0] + 1), min(PEOPLE, highest[0]))
        statement: LiteralString = (
            "SELECT user_id, conversation_id FROM messaging_participant WHERE user_id = ANY(%s) ORDER BY id"
        )
        taking_part = connection.execute(statement, [people]).fetchall()
    rng.shuffle(taking_part)
    count = dict.fromkeys(people, 0)
    chosen: list[Pair] = []
    for person, conversation in taking_part:
        count[person] += 1
        if count[person] <= CONVERSATIONS:
            chosen.append((person, conversation))
    return chosen


def body_of(workload: Workload, pair: Pair, place: int, rewrite: Callable[[str], str] = str) -> bytes:
    params = {
        "query": rewrite(workload.document),
        "operationName": workload.document.split()[1].partition("(")[0],
        "variables": workload.variables(pair, place),
    }
    return json.dumps(params).encode()


def request(body: bytes, token: str) -> bytes:
    """An HTTP request, whole."""
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def plain(answer: Any, name: str = "") -> Any:
    """The answer without what may differ: how a time is written, what is in a cursor, whether a list has edges."""
    if isinstance(answer, list):
        return [plain(one) for one in answer]
    if isinstance(answer, dict):
        if "edges" in answer:
            answer = {**answer, "nodes": [edge["node"] for edge in answer["edges"]]}
            del answer["edges"]
        return {key: plain(value, key) for key, value in answer.items()}
    if name.endswith("At") and answer is not None:
        return datetime.fromisoformat(answer).timestamp()
    return "a cursor" if name.endswith("Cursor") and answer else answer


def without_what_is_new(answer: Any) -> Any:
    """Of a sent message: each time it has another id, number and time."""
    sent = answer["data"]["sendMessage"]["message"]
    return {**answer, "data": {"message": {**sent, "id": "", "sequence": 0, "createdAt": 0.0}}}
