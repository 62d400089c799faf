"""The floor: the same answers from a bare WSGI function: one token check, the SQL, and JSON. No GraphQL, no guards.

What our server takes beyond it is the price of everything else.
"""

import hashlib
import hmac
import os
import threading
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import psycopg

KEY = os.environ["JWT_SECRET_KEY"].encode()
PAGE, HISTORY_PAGE = 20, 50

PERSON = """
SELECT u.id, u.username, u.first_name FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id
WHERE s.id = %s AND s.user_id = %s AND s.revoked_at IS NULL AND s.expires_at > now() AND u.is_active"""
INBOX = """
SELECT c.id, c.title, c.unread, m.id, m.body, m.created_at, u.username FROM (
  SELECT c.id, c.title, c.last_sequence, c.last_activity_at, c.last_sequence - p.last_read_sequence AS unread
  FROM messaging_participant p JOIN messaging_conversation c ON c.id = p.conversation_id
  WHERE p.user_id = %s AND (p.archived_at_sequence IS NULL OR p.archived_at_sequence < c.last_sequence)
  ORDER BY c.last_activity_at DESC, c.id DESC LIMIT %s) c
LEFT JOIN messaging_message m ON m.conversation_id = c.id AND m.sequence = c.last_sequence
LEFT JOIN accounts_user u ON u.id = m.sender_id ORDER BY c.last_activity_at DESC, c.id DESC"""
# Per conversation, so that a large one costs a page and not all of it.
TAKING_PART = """
SELECT c.id, p.user_id, u.username FROM unnest(%s::bigint[]) AS c(id)
CROSS JOIN LATERAL (SELECT id, user_id FROM messaging_participant WHERE conversation_id = c.id ORDER BY id LIMIT %s) p
JOIN accounts_user u ON u.id = p.user_id ORDER BY p.id"""
PARTICIPATION = """
SELECT p.id, c.last_sequence FROM messaging_participant p JOIN messaging_conversation c ON c.id = p.conversation_id
WHERE p.conversation_id = %s AND p.user_id = %s"""
MESSAGES = """
SELECT m.id, m.body, m.created_at, m.edited_at, u.id, u.username, u.first_name, r.id, r.body
FROM messaging_message m LEFT JOIN accounts_user u ON u.id = m.sender_id
LEFT JOIN messaging_message r ON r.id = m.reply_to_id
WHERE m.conversation_id = %s AND m.sequence > %s AND m.sequence <= %s ORDER BY m.sequence"""
ALLOT = """
UPDATE messaging_conversation SET last_sequence = last_sequence + 1, last_event_sequence = last_event_sequence + 1,
last_activity_at = now() WHERE id = %s RETURNING last_sequence, last_event_sequence, last_activity_at"""
READ = "UPDATE messaging_participant SET last_read_sequence = %s, last_read_at = now() WHERE id = %s"
INSERT = """
INSERT INTO messaging_message (conversation_id, sequence, sender_id, body, created_at, input_hash)
VALUES (%s, %s, %s, %s, %s, '') RETURNING id"""
EVENT = """
INSERT INTO messaging_event (conversation_id, sequence, kind, message_id, created_at)
VALUES (%s, %s, 'MessageSent', %s, %s)"""

Person = tuple[int, str, str]
Answer = dict[str, Any]
_local = threading.local()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/graphql":
        start_response("200 OK", [])
        return [b""]
    asked = orjson.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    person = person_of(environ["HTTP_AUTHORIZATION"][7:])
    body = orjson.dumps(
        {"data": OPERATIONS[asked["operationName"]](person, asked["variables"])}, option=orjson.OPT_UTC_Z
    )
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def person_of(token: str) -> Person:
    """Whoever the token speaks for; a wrong one is a KeyError or the like, as nobody sends any here."""
    signed, _, signature = token.rpartition(".")
    expected = urlsafe_b64encode(hmac.digest(KEY, signed.encode(), hashlib.sha256)).rstrip(b"=")
    claims = orjson.loads(urlsafe_b64decode(signed.partition(".")[2] + "=="))
    if not hmac.compare_digest(expected, signature.encode()) or claims["exp"] < time.time():
        raise PermissionError
    (person,) = rows(PERSON, int(claims["sid"]), int(claims["sub"]))
    return person


def rows(statement: str, *values: Any) -> list[Any]:
    return connection().execute(statement, values, prepare=True).fetchall()


def connection() -> psycopg.Connection[Any]:
    """One for each thread; every statement is prepared."""
    try:
        found: psycopg.Connection[Any] = _local.connection
    except AttributeError:
        found = _local.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        found.execute("SET TIME ZONE 'UTC'")
    return found


def global_id(name: str, key: int) -> str:
    return b64encode(b"%b:%d" % (name.encode(), key)).decode()


def key_of(id: str) -> int:
    return int(urlsafe_b64decode(id).partition(b":")[2])


def cursor(sequence: int) -> str:
    return b64encode(b'["SEQUENCE",%d]' % sequence).decode()


def inbox(person: Person, variables: Answer) -> Answer:
    found = rows(INBOX, person[0], PAGE)
    people: dict[int, list[Answer]] = {row[0]: [] for row in found}
    for conversation, key, username in rows(TAKING_PART, list(people), PAGE):
        people[conversation].append({"user": {"id": global_id("User", key), "username": username}})
    nodes = [
        {
            "id": global_id("Conversation", key),
            "title": title,
            "unreadCount": unread,
            "participants": {"nodes": people[key]},
            "lastMessage": message
            and {"id": global_id("Message", message), "body": body, "createdAt": at, "sender": {"username": sender}},
        }
        for key, title, unread, message, body, at, sender in found
    ]
    return {"conversations": {"nodes": nodes}}


def history(person: Person, variables: Answer) -> Answer:
    conversation = key_of(variables["id"])
    ((_, last),) = rows(PARTICIPATION, conversation, person[0])
    first = max(last - HISTORY_PAGE, 0)
    nodes = [
        {
            "id": global_id("Message", key),
            "body": body,
            "createdAt": at,
            "editedAt": edited,
            "sender": sender and {"id": global_id("User", sender), "username": username, "firstName": name},
            "replyTo": answered and {"id": global_id("Message", answered), "body": answered_body},
        }
        for key, body, at, edited, sender, username, name, answered, answered_body in rows(
            MESSAGES, conversation, first, last
        )
    ]
    page = {
        "hasPreviousPage": first > 0,
        "hasNextPage": False,
        "startCursor": cursor(first + 1),
        "endCursor": cursor(last),
    }
    return {"conversation": {"messages": {"nodes": nodes, "pageInfo": page}}}


def send(person: Person, variables: Answer) -> Answer:
    conversation, body = key_of(variables["input"]["conversationId"]), variables["input"]["body"].strip()
    ((participant, _),) = rows(PARTICIPATION, conversation, person[0])
    with connection().transaction():
        ((sequence, event, now),) = rows(ALLOT, conversation)
        connection().execute(READ, (sequence, participant), prepare=True)
        ((key,),) = rows(INSERT, conversation, sequence, person[0], body, now)
        connection().execute(EVENT, (conversation, event, key, now), prepare=True)
    sender = {"id": global_id("User", person[0]), "username": person[1], "firstName": person[2]}
    message = {"id": global_id("Message", key), "sequence": sequence, "body": body, "createdAt": now, "sender": sender}
    return {"sendMessage": {"message": message, "errors": []}}


def me(person: Person, variables: Answer) -> Answer:
    return {"me": {"id": global_id("User", person[0]), "username": person[1]}}


OPERATIONS = {"Inbox": inbox, "History": history, "Send": send, "Me": me}
