"""How many SQL statements everything takes, the look-up of who asks included: the same for a page of 1 and of 50."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.services.sessions import start_session
from messaging.models import Conversation, Mention, Message, Participant, Reaction, Revision
from tests.conftest import PASSWORD, enter, join
from tests.messaging.operations import (
    CONVERSATIONS,
    HISTORY,
    READ,
    TIMELINE,
    document,
    gid,
    say,
    statements,
    talk,
)

SIZES = pytest.mark.parametrize("size", [1, 50])

W1 = """query($first: Int) { conversations(first: $first) { nodes {
  title participants(first: 20) { nodes { user { id username } } }
  lastMessage { id body createdAt sender { username } } unreadCount } } }"""
W2 = """query($id: ID!, $last: Int) { conversation(id: $id) { messages(last: $last) {
  nodes { id body createdAt editedAt sender { id username firstName } replyTo { id body } } pageInfo { startCursor }
} } }"""
SENT = "message { id sequence body createdAt sender { id username } }"


@pytest.fixture
def many(alice, bob) -> str:
    """Sixty groups of alice, bob and two others, with sixty messages in one of them, each answering the one before,
    edited, and read by all. The id of that one."""
    now = timezone.now()
    people = [User(username=f"u{i:03}", email=f"u{i:03}@example.com") for i in range(120)]
    people = User.objects.bulk_create(people)
    groups = Conversation.objects.bulk_create(
        Conversation(
            kind="GROUP",
            title=f"group {i:02}",
            created_by=people[i],
            last_activity_at=now - timedelta(minutes=2 * i),
            participant_count=4,
        )
        for i in range(60)
    )
    Participant.objects.bulk_create(
        Participant(conversation=group, user=user, role=role, last_read_sequence=60)
        for i, group in enumerate(groups)
        for user, role in (
            (alice.person, "OWNER"),
            (bob.person, "MEMBER"),
            (people[i], "ADMIN"),
            (people[i + 60], "MEMBER"),
        )
    )
    busy = groups[0]
    senders = [alice.person, bob.person, people[0], people[60]]
    Message.objects.bulk_create(
        Message(conversation=group, sequence=1, sender=bob.person, body="first") for group in groups[1:]
    )
    said = Message.objects.bulk_create(
        Message(conversation=busy, sequence=i, sender=senders[i % 4], body="more") for i in range(1, 61)
    )
    # Made in one statement, so that their keys follow one another.
    Message.objects.filter(conversation=busy, sequence__gt=1).update(reply_to=F("pk") - 1)
    Revision.objects.bulk_create(
        Revision(message=message, body="old", edited_by=people[i], edited_at=now) for i, message in enumerate(said)
    )
    every = Message.objects.all()
    Mention.objects.bulk_create(Mention(message=message, user=bob.person) for message in every)
    Reaction.objects.bulk_create(
        Reaction(message=message, user=one.person, emoji=emoji)
        for message in every
        for one in (alice, bob)
        for emoji in "👍🎂"
    )
    Conversation.objects.update(last_sequence=1)
    Conversation.objects.filter(pk=busy.pk).update(last_sequence=60)
    pairs = [sorted((alice.person, person), key=lambda one: one.pk) for person in people[:60]]
    directs = Conversation.objects.bulk_create(
        Conversation(
            kind="DIRECT",
            direct_low=low,
            direct_high=high,
            participant_count=2,
            last_activity_at=now - timedelta(minutes=2 * i + 1),
        )
        for i, (low, high) in enumerate(pairs)
    )
    Participant.objects.bulk_create(
        Participant(conversation=direct, user=one) for direct, pair in zip(directs, pairs, strict=True) for one in pair
    )
    return gid(busy)


# ── the four of performance.md ───────────────────────────────────────────────────────────────────────────────────────


@SIZES
def test_the_inbox_takes_four(alice, many, size):
    assert len(statements(alice, W1, first=size)) == 4


@SIZES
def test_the_history_takes_three(alice, many, size):
    assert len(statements(alice, W2, id=many, last=size)) == 3


SENDING = 2 if connection.vendor == "postgresql" else 6  # SQLite writes each row by a statement of its own


@pytest.mark.parametrize("key", [{}, {"idempotencyKey": "k"}], ids=["without a key", "with a key"])
def test_sending_to_a_group_takes_two(alice, group, key):
    given = {"input": {"conversationId": group, "body": "hello", **key}}
    assert len(statements(alice, document("sendMessage", SENT), **given)) == SENDING


@pytest.mark.parametrize("key", [{}, {"idempotencyKey": "k"}], ids=["without a key", "with a key"])
def test_sending_to_one_person_takes_two(alice, direct, key):
    given = {"input": {"conversationId": direct, "body": "hello", **key}}
    assert len(statements(alice, document("sendMessage", SENT), **given)) == SENDING


def test_an_answer_takes_two_more(alice, direct):
    given = {"input": {"conversationId": direct, "body": "hello", "replyToId": say(alice, direct)}}
    assert len(statements(alice, document("sendMessage", SENT), **given)) == SENDING + 2


@SIZES
def test_sending_costs_the_same_whatever_was_said_before(alice, many, size):
    for _ in range(size):
        say(alice, many)
    given = {"input": {"conversationId": many, "body": "hello"}}
    assert len(statements(alice, document("sendMessage", SENT), **given)) == SENDING


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────

LISTS = {
    "conversations": (CONVERSATIONS, {"filters": {}}, 3),
    "conversations, every filter": (
        CONVERSATIONS,
        {
            "filters": {
                "kind": "GROUP",
                "participantIds": ["bob"],
                "search": "group",
                "unreadOnly": False,
                "isArchived": None,
                "created": {"from": "2020-01-01T00:00:00Z"},
                "lastActivity": {"from": "2020-01-01T00:00:00Z"},
            }
        },
        3,
    ),
    "conversations by title": (CONVERSATIONS, {"filters": {}, "ordering": {"field": "TITLE"}}, 3),
    "history": (HISTORY, {"id": "busy"}, 3),
    "history, filtered": (HISTORY, {"id": "busy", "filters": {"unreadOnly": False}}, 4),
    "history around": (HISTORY, {"id": "busy", "around": "last"}, 4),
    "messages": (TIMELINE, {}, 3),
    "messages, every filter": (
        TIMELINE,
        {
            "filters": {
                "conversationId": "busy",
                "senderId": "bob",
                "participantId": "bob",
                "unreadOnly": False,
                "created": {"from": "2020-01-01T00:00:00Z"},
            }
        },
        3,
    ),
}


def named(value, names):
    """The same variables with ids for what they name."""
    if isinstance(value, dict):
        return {key: named(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [named(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


@SIZES
@pytest.mark.parametrize("direction", ["first", "last"])
@pytest.mark.parametrize(("query", "variables", "expected"), LISTS.values(), ids=LISTS)
def test_a_list_with_its_count(alice, bob, many, query, variables, expected, direction, size):
    names = {"busy": many, "bob": gid(bob), "last": gid(Message.objects.latest("pk"))}
    given = {**named(variables, names), direction: size}
    assert len(statements(alice, query, **given)) == expected


# ── what is nested: one statement for the whole page ─────────────────────────────────────────────────────────────────

# Two numbers: the one conversation is a group, in which nobody's account decides who can write, with a last message
# that nobody has answered; among fifty there are others.
OF_CONVERSATIONS = {
    "participants { nodes { role user { username email } } }": 1,
    "participants(first: 2) { totalCount nodes { id } }": 1,
    "participants(role: ADMIN) { totalCount nodes { user { username } } }": 2,
    "participants { nodes { conversation { title unreadCount } isArchived } }": 1,
    "messages(last: 3) { totalCount nodes { body sender { username } replyTo { body } } }": 1,
    "messages(last: 3, filters: {unreadOnly: false}) { nodes { body sender { username } } }": 1,
    "messages(last: 3, filters: {unreadOnly: true}) { totalCount nodes { body } }": 2,
    "lastMessage { body sender { username } }": 1,
    "lastMessage { conversation { unreadCount } isRead viewerCanEdit viewerCanDelete }": (2, 4),
    "lastMessage { replyCount replies { nodes { body } } }": 3,
    "lastMessage { readBy { totalCount nodes { username } } }": 3,
    "lastMessage { reactions { emoji count viewerHasReacted users(first: 2) { username } } }": 3,
    "lastMessage { mentions { username } }": 2,
    "lastMessage { revisions { body editedBy { username } } }": 2,
    "createdBy { username }": 1,
    "viewerCanSend viewerCanManage": (0, 2),
    "viewerParticipant { role isArchived isPinned mutedUntil lastReadSequence }": 0,
    "viewerParticipant { user { username } }": 0,
    "viewerParticipant { conversation { title unreadCount } }": 0,
    "unreadCount": 0,
}
OF_MESSAGES = {
    "sender { username }": 0,
    "conversation { title unreadCount viewerParticipant { role } }": 0,
    "conversation { participants { nodes { user { username } } } lastMessage { body } }": 2,
    "isRead isEdited isDeleted idempotencyKey": 0,
    "replyTo { body }": 0,
    "replyTo { sender { username } replyTo { body sender { username } } }": 2,
    "replyTo { conversation { title } isRead readBy { nodes { username } } }": 1,
    "replyCount": 1,
    "replies(first: 2) { nodes { body sender { username } replyTo { body } conversation { title } isRead } }": 1,
    "replies { totalCount }": 2,
    "readBy(first: 2) { nodes { username } }": 1,
    "readBy { totalCount }": 2,
    "reactions { emoji count viewerHasReacted }": 1,
    "reactions { users { username } users3: users(first: 3) { username bio } }": 3,
    "mentions { username }": 1,
    "revisions { body editedBy { username } }": 1,
    "viewerCanEdit": 0,
    "viewerCanDelete": 1,
}


def of_size(expected: int | tuple[int, int], size: int) -> int:
    return expected if isinstance(expected, int) else expected[size > 1]


@SIZES
@pytest.mark.parametrize(("selection", "expected"), OF_CONVERSATIONS.items(), ids=OF_CONVERSATIONS)
def test_what_is_nested_in_a_page_of_conversations(alice, many, selection, expected, size):
    query = f"query($n: Int) {{ conversations(first: $n) {{ nodes {{ id {selection} }} }} }}"
    assert len(statements(alice, query, n=size)) == 2 + of_size(expected, size)


@SIZES
@pytest.mark.parametrize(("selection", "expected"), OF_MESSAGES.items(), ids=OF_MESSAGES)
def test_what_is_nested_in_a_page_of_history(alice, many, selection, expected, size):
    page = f"messages(last: $n) {{ nodes {{ id {selection} }} }}"
    query = f"query($id: ID!, $n: Int) {{ conversation(id: $id) {{ {page} }} }}"
    assert len(statements(alice, query, id=many, n=size)) == 3 + of_size(expected, size)


@SIZES
@pytest.mark.parametrize("selection", OF_MESSAGES)
def test_what_is_nested_in_the_messages_of_all_costs_the_same_for_every_size(alice, many, selection, size):
    query = f"query($n: Int) {{ messages(first: $n) {{ nodes {{ id {selection} }} }} }}"
    assert len(statements(alice, query, n=size)) <= 2 + of_size(OF_MESSAGES[selection], 50)


@SIZES
def test_nodes_take_one_for_each_type(alice, bob, many, size):
    rows = [*Conversation.objects.filter(kind="GROUP")[:size], *Message.objects.all()[: min(size, 49)], bob]
    query = """query($ids: [ID!]!) { nodes(ids: $ids) { id
      ... on Message { sender { username } conversation { title } } ... on Conversation { lastMessage { body } } } }"""
    assert len(statements(alice, query, ids=[gid(row) for row in rows])) == 1 + 3 + 2


# ── every other operation ────────────────────────────────────────────────────────────────────────────────────────────

VERBS = {
    "startDirectConversation": 7,
    "createConversation": 6,
    "updateConversation": 6,
    "deleteConversation": 13,
    "addParticipants": 10,
    "removeParticipant": 10,
    "changeRole": 9,
    "leaveConversation": 8,
    "updateParticipation": 4,
    "markRead": 5,
    "editMessage": 11,
    "deleteMessage": 13,
    "addReaction": 10,
    "removeReaction": 6,
}


@pytest.mark.parametrize(("verb", "expected"), VERBS.items(), ids=VERBS)
def test_a_verb(alice, bob, charlie, group, verb, expected):
    message = say(alice, group)
    say(bob, group)
    here = {"conversationId": group}
    fields = {
        "startDirectConversation": {"userId": gid(bob)},
        "createConversation": {"title": "x", "participantIds": [gid(bob), gid(charlie)]},
        "updateConversation": {**here, "title": "x"},
        "addParticipants": {**here, "userIds": [gid(charlie)]},
        "removeParticipant": {**here, "userId": gid(bob)},
        "changeRole": {**here, "userId": gid(bob), "role": "ADMIN"},
        "updateParticipation": {**here, "isPinned": True},
        "editMessage": {"messageId": message, "body": "x"},
        "deleteMessage": {"messageId": message},
        "addReaction": {"messageId": message, "emoji": "👍"},
        "removeReaction": {"messageId": message, "emoji": "👍"},
    }.get(verb, here)
    door = bob if verb == "leaveConversation" else alice
    assert len(statements(door, document(verb, "__typename"), input=fields)) == expected


@pytest.mark.parametrize("people", [1, 50])
def test_adding_people_and_creating_a_group_cost_the_same_for_one_and_fifty(alice, group, people):
    crowd = User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.com") for i in range(people))
    ids = [gid(one) for one in crowd]
    given = {"conversationId": group, "userIds": ids}
    assert len(statements(alice, document("addParticipants", "__typename"), input=given)) == VERBS["addParticipants"]
    given = {"title": "x", "participantIds": ids}
    found = statements(alice, document("createConversation", "__typename"), input=given)
    assert len(found) == VERBS["createConversation"]


def test_one_conversation_takes_two_and_what_is_in_it_two_more(alice, group):
    say(alice, group)
    assert len(statements(alice, "query($id: ID!) { conversation(id: $id) { title unreadCount } }", id=group)) == 2
    assert len(statements(alice, READ, id=group)) == 5


def test_what_is_unread_in_all_takes_one_more_however_many_there_are(alice, many):
    assert len(statements(alice, "{ me { unreadCount } }")) == 2


@SIZES
def test_staff_see_private_fields_of_a_page_in_one_statement_each(alice, many, size):
    User.objects.filter(pk=alice.person.pk).update(is_staff=True)
    private = "nodes { unreadCount sessions { id isCurrent } }"
    assert len(statements(alice, f"query($n: Int) {{ users(first: $n) {{ {private} }} }}", n=size)) == 2 + 2
    history = f"messages(last: $n) {{ nodes {{ readBy(first: 4) {{ {private} }} }} }}"
    query = f"query($id: ID!, $n: Int) {{ conversation(id: $id) {{ {history} }} }}"
    assert len(statements(alice, query, id=many, n=size)) == 3 + 1 + 2


@SIZES
def test_ones_own_sessions_by_their_ids(alice, size):
    rows = [start_session(alice.person, device="", ip_address=None).session for _ in range(min(size, 49))]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Session { isCurrent } } }"
    assert len(statements(alice, query, ids=[gid(row) for row in rows])) == 2


@SIZES
def test_the_place_of_a_message_is_looked_for_once_for_all_conversations(alice, many, size):
    around = "messages(around: $around, first: 3) { nodes { id } }"
    query = f"query($around: ID!, $n: Int) {{ conversations(first: $n) {{ nodes {{ {around} }} }} }}"
    message = Message.objects.filter(conversation__title="group 00").latest("pk")
    assert len(statements(alice, query, around=gid(message), n=size)) == 2 + 2


def test_deleting_an_account_does_not_read_what_it_wrote(alice, bob, direct):
    carl = enter(join("carl"))
    there = talk(carl, bob)
    for _ in range(3):
        say(alice, direct)
    for _ in range(30):
        say(carl, there)
    given = {"input": {"password": PASSWORD}}
    few, many = (len(statements(door, document("deleteAccount"), **given)) for door in (alice, carl))
    assert few == many
