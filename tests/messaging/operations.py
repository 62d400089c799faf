"""The verbs of the messaging half as documents, short words for sending them, and for the scene of a test."""

import base64
from typing import Any

from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from messaging import services
from messaging.models import Conversation
from schema import ids
from tests.conftest import Door
from tests.operations import ERRORS, refusals

CONVERSATION = """conversation { id kind title participantCount lastSequence unreadCount viewerCanManage viewerCanSend
  viewerParticipant { id role } participants(first: 100) { nodes { role user { username } } } }
conversationEdge { cursor node { id } }"""
MESSAGE = """message { id sequence body sender { username } replyTo { id } replyCount isRead isEdited isDeleted editedAt
  deletedAt idempotencyKey viewerCanEdit viewerCanDelete revisions { body editedAt editedBy { username } } }
messageEdge { cursor node { id } }"""
REACTED = "message { id reactions { emoji count viewerHasReacted users { username } } }"
PARTICIPANT = """participant { id role lastReadSequence lastReadAt mutedUntil isArchived isPinned user { username }
  conversation { id unreadCount } }"""
ANSWERS = {
    "startDirectConversation": CONVERSATION,
    "createConversation": CONVERSATION,
    "updateConversation": CONVERSATION,
    "addParticipants": CONVERSATION,
    "removeParticipant": CONVERSATION,
    "changeRole": CONVERSATION,
    "deleteConversation": "ok id",
    "leaveConversation": "ok id",
    "updateParticipation": PARTICIPANT,
    "markRead": PARTICIPANT,
    "setTyping": "ok id",
    "sendMessage": MESSAGE,
    "editMessage": MESSAGE,
    "deleteMessage": MESSAGE,
    "addReaction": REACTED,
    "removeReaction": REACTED,
    "deleteAccount": "ok id",
}
INPUTS = {"addReaction": "ReactionInput", "removeReaction": "ReactionInput"}
"""What verbs take that share it with another; the others have an input of their own name."""

PAGE_INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
CONVERSATIONS = f"""query(
  $filters: ConversationFilter, $ordering: ConversationOrder, $first: Int, $after: String, $last: Int, $before: String
) {{
  conversations(
    filters: $filters, ordering: $ordering, first: $first, after: $after, last: $last, before: $before
  ) {{ edges {{ cursor node {{ id title }} }} nodes {{ id title }} totalCount {PAGE_INFO} }}
}}"""
# A null for `filters` says the same as leaving it out; to leave it out a document must not name it.
INBOX = "{ conversations { nodes { id title unreadCount lastMessage { body } } } }"
READ = """query($id: ID!) { conversation(id: $id) {
  id kind title participantCount lastSequence unreadCount createdBy { username } viewerCanSend viewerCanManage
  lastMessage { body } viewerParticipant { id role lastReadSequence mutedUntil isArchived isPinned }
  participants(first: 100) { totalCount nodes { id role lastReadSequence mutedUntil isArchived isPinned
    user { username } } }
} }"""
HISTORY = f"""query(
  $id: ID!, $filters: MessageFilter, $around: ID, $first: Int, $after: String, $last: Int, $before: String
) {{ conversation(id: $id) {{
  messages(filters: $filters, around: $around, first: $first, after: $after, last: $last, before: $before) {{
    edges {{ cursor node {{ id body }} }} nodes {{ id body sequence }} totalCount {PAGE_INFO}
  }}
}} }}"""
TIMELINE = f"""query($filters: MessageFilter, $first: Int, $after: String, $last: Int, $before: String) {{
  messages(filters: $filters, first: $first, after: $after, last: $last, before: $before) {{
    edges {{ cursor node {{ id body }} }} nodes {{ id body conversation {{ id }} }} totalCount {PAGE_INFO}
  }}
}}"""
ONE_MESSAGE = f"query($id: ID!) {{ {MESSAGE.split('messageEdge')[0].replace('message {', 'message(id: $id) {', 1)} }}"


def gid(row: Model | Door) -> str:
    """The global id of a row, or of the person behind a door."""
    if isinstance(row, Door):
        row = row.person
    return global_id(type(row).__name__, row.pk)


def key(global_id: str) -> int:
    return int(base64.b64decode(global_id).decode().partition(":")[2])


def global_id(name: str, key: object) -> str:
    return base64.b64encode(f"{name}:{key}".encode()).decode()


def document(verb: str, answer: str | None = None) -> str:
    kind = INPUTS.get(verb, f"{verb[0].upper()}{verb[1:]}Input")
    return f"mutation($input: {kind}!) {{ {verb}(input: $input) {{ {answer or ANSWERS[verb]} {ERRORS} }} }}"


def do(door: Door, verb: str, **fields: Any) -> Any:
    """The payload of a mutation, refused or not."""
    return door.ask(document(verb), input=fields)[verb]


def done(door: Door, verb: str, **fields: Any) -> Any:
    """What a mutation that must succeed hands back: the object, or the id of what is gone."""
    payload = do(door, verb, **fields)
    assert payload["errors"] == []
    if "ok" in payload:
        assert payload["ok"]
        return payload["id"]
    (found,) = [payload[name] for name in ("conversation", "message", "participant") if name in payload]
    return found


def refused(door: Door, verb: str, **fields: Any) -> list[tuple[str, str | None]]:
    """(code, field) of each reason why a mutation was refused."""
    return refusals(do(door, verb, **fields))


# ── the scene ────────────────────────────────────────────────────────────────────────────────────────────────────────
# What a test only begins with is done by the services, five times as fast as by a request.


def talk(door: Door, other: Door | User) -> str:
    """The id of the direct conversation of the two."""
    return gid(services.start_direct_conversation(viewer=door.person, person=person_of(other)))


def gather(door: Door, *others: Door | User, title: str = "team") -> str:
    """The id of a new group of these people; the first is its owner."""
    participant_ids = [person_of(one).pk for one in others]
    return gid(services.create_conversation(viewer=door.person, title=title, participant_ids=participant_ids))


def say(door: Door, conversation: str, body: str = "hello", **fields: Any) -> str:
    """The id of a new message; with more fields than its body it is sent at the door."""
    if fields:
        return send_message(door, conversation, body, **fields)
    key = ids.key(Conversation, conversation)
    return gid(services.send_message(viewer=door.person, conversation_id=key, body=body))


def person_of(one: Door | User) -> User:
    return one if isinstance(one, User) else one.person


# ── at the door ──────────────────────────────────────────────────────────────────────────────────────────────────────


def send_message(door: Door, conversation: str, body: str = "hello", **fields: Any) -> str:
    """The id of a new message."""
    return done(door, "sendMessage", conversationId=conversation, body=body, **fields)["id"]


def read(door: Door, conversation: str) -> Any:
    return door.ask(READ, id=conversation)["conversation"]


def look_at(door: Door, message: str) -> Any:
    return door.ask(ONE_MESSAGE, id=message)["message"]


def history(door: Door, conversation: str, **arguments: Any) -> Any:
    """A page of a conversation's messages."""
    return door.ask(HISTORY, id=conversation, **arguments)["conversation"]["messages"]


def bodies(page: Any) -> list[str]:
    """What a page of messages says; its edges say the same."""
    found = [node["body"] for node in page["nodes"]]
    assert found == [edge["node"]["body"] for edge in page["edges"]]
    return found


def titles(page: Any) -> list[str]:
    found = [node["title"] for node in page["nodes"]]
    assert found == [edge["node"]["title"] for edge in page["edges"]]
    return found


def people_in(conversation: Any) -> dict[str, str]:
    """username → role."""
    return {one["user"]["username"]: one["role"] for one in conversation["participants"]["nodes"]}


def pages_forward(ask: Any, size: int) -> list[Any]:
    """Every page of a list from its start; `ask` takes page arguments."""
    pages = [ask(first=size)]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(ask(first=size, after=pages[-1]["pageInfo"]["endCursor"]))
    return pages


def pages_backward(ask: Any, size: int) -> list[Any]:
    """Every page of a list from its end."""
    pages = [ask(last=size)]
    while pages[-1]["pageInfo"]["hasPreviousPage"]:
        pages.append(ask(last=size, before=pages[-1]["pageInfo"]["startCursor"]))
    return pages


def statements(door: Door, query: str, **variables: Any) -> list[str]:
    """The SQL of one request; a transaction's beginning and end are not counted."""
    with CaptureQueriesContext(connection) as captured:
        door.ask(query, **variables)
    ends = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in captured if not query["sql"].startswith(ends)]
