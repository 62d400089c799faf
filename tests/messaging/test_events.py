"""The log: each verb writes exactly its events, in its transaction, numbered without a gap."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from messaging.models import Conversation, Event, Participant
from tests.conftest import PASSWORD, Door
from tests.messaging.operations import do, done, gather, gid, global_id, key, look_at, read, say, talk

Told = tuple[str, int | None, str | None, str | None]


def told(action: Callable[[], object]) -> list[Told]:
    """(kind, sequence, person, recipient) of each event that an action writes."""
    names = dict(User.objects.values_list("pk", "username"))
    before = Event.objects.count()
    action()
    rows = Event.objects.order_by("pk")[before:]
    assert all(row.position is None for row in rows)
    return [(row.kind, row.sequence, names.get(row.person_id), names.get(row.recipient_id)) for row in rows]


def check_numbers() -> None:
    """In every conversation: 1, 2, 3 … without a gap, in the order of writing, up to what its row says."""
    for conversation in Conversation.objects.all():
        rows = Event.objects.filter(conversation_id=conversation.pk, sequence__isnull=False).order_by("pk")
        numbers = list(rows.values_list("sequence", flat=True))
        assert numbers == list(range(1, conversation.last_event_sequence + 1))


def joined_at_event(username: str) -> int:
    return Participant.objects.get(user__username=username).joined_at_event


# ── each verb ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_starting_a_direct_conversation(alice, bob):
    assert told(lambda: talk(alice, bob)) == [("ConversationStarted", 1, None, None)]
    assert joined_at_event("alice") == joined_at_event("bob") == 1
    assert told(lambda: talk(bob, alice)) == []
    check_numbers()


def test_creating_a_group(alice, bob, charlie):
    assert told(lambda: gather(alice, bob, charlie)) == [("ConversationStarted", 1, None, None)]
    assert joined_at_event("alice") == joined_at_event("bob") == joined_at_event("charlie") == 1
    check_numbers()


def test_renaming(alice, group):
    rename = lambda: done(alice, "updateConversation", conversationId=group, title="new")  # noqa: E731
    assert told(rename) == [("ConversationUpdated", 2, None, None)]
    assert told(rename) == []
    check_numbers()


def test_deleting_a_group_tells_each_of_its_people_alone(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    ended = told(lambda: done(alice, "deleteConversation", conversationId=group))
    assert sorted(ended, key=str) == [("ConversationEnded", None, name, name) for name in ("alice", "bob", "charlie")]
    assert Event.objects.filter(kind="ConversationEnded", conversation_id=key(group)).count() == 3


def test_adding_people_is_one_event_each_and_the_one_they_come_in_by(alice, charlie, dora, group):
    say(alice, group)
    people = [gid(dora), gid(alice), gid(charlie), gid(dora)]
    assert told(lambda: done(alice, "addParticipants", conversationId=group, userIds=people)) == [
        ("ParticipantJoined", 3, "dora", None),
        ("ParticipantJoined", 4, "charlie", None),
    ]
    assert (joined_at_event("dora"), joined_at_event("charlie")) == (3, 4)
    assert told(lambda: done(alice, "addParticipants", conversationId=group, userIds=people)) == []
    check_numbers()


def test_removing_tells_the_others_and_the_removed(alice, bob, group):
    assert told(lambda: done(alice, "removeParticipant", conversationId=group, userId=gid(bob))) == [
        ("ConversationEnded", None, "bob", "bob"),
        ("ParticipantLeft", 2, "bob", None),
    ]
    check_numbers()


def test_leaving_tells_the_same(bob, group):
    assert told(lambda: done(bob, "leaveConversation", conversationId=group)) == [
        ("ConversationEnded", None, "bob", "bob"),
        ("ParticipantLeft", 2, "bob", None),
    ]
    check_numbers()


def test_leaving_a_group_of_one_ends_it(alice):
    group = gather(alice)
    assert told(lambda: done(alice, "leaveConversation", conversationId=group)) == [
        ("ConversationEnded", None, "alice", "alice")
    ]


def test_who_comes_back_comes_in_by_a_new_event(alice, bob, group):
    done(bob, "leaveConversation", conversationId=group)
    assert told(lambda: done(alice, "addParticipants", conversationId=group, userIds=[gid(bob)])) == [
        ("ParticipantJoined", 3, "bob", None)
    ]
    assert joined_at_event("bob") == 3
    check_numbers()


def test_changing_a_role(alice, bob, group):
    change = lambda: done(alice, "changeRole", conversationId=group, userId=gid(bob), role="ADMIN")  # noqa: E731
    assert told(change) == [("ParticipantChanged", 2, "bob", None)]
    assert told(change) == []
    check_numbers()


@pytest.mark.parametrize(
    "preference", [{"mutedUntil": "2030-01-01T00:00:00Z"}, {"isArchived": True}, {"isPinned": True}], ids=str
)
def test_what_one_keeps_to_oneself_is_told_to_oneself(alice, direct, preference):
    prefer = lambda: done(alice, "updateParticipation", conversationId=direct, **preference)  # noqa: E731
    assert told(prefer) == [("ParticipantChanged", None, "alice", "alice")]
    assert told(prefer) == []
    assert told(lambda: done(alice, "updateParticipation", conversationId=direct)) == []
    check_numbers()


def test_sending_editing_deleting(alice, direct):
    sent = told(lambda: say(alice, direct, "one"))
    assert sent == [("MessageSent", 2, None, None)]
    message = gid_of_last_event("Message")
    edit = lambda: done(alice, "editMessage", messageId=message, body="two")  # noqa: E731
    assert told(edit) == [("MessageEdited", 3, None, None)]
    assert told(edit) == []
    delete = lambda: done(alice, "deleteMessage", messageId=message)  # noqa: E731
    assert told(delete) == [("MessageDeleted", 4, None, None)]
    assert told(delete) == []
    named = Event.objects.filter(kind__startswith="Message").values_list("message_id", flat=True)
    assert set(named) == {key(message)}
    check_numbers()


def gid_of_last_event(name: str) -> str:
    return global_id(name, Event.objects.latest("pk").message_id)


def test_sending_moves_ones_own_mark_without_an_event(alice, bob, direct):
    say(alice, direct)
    assert told(lambda: say(bob, direct)) == [("MessageSent", 3, None, None)]
    assert read(bob, direct)["viewerParticipant"]["lastReadSequence"] == 2


def test_a_retry_of_the_same_key_writes_none(alice, direct):
    send = lambda: say(alice, direct, idempotencyKey="k")  # noqa: E731
    assert len(told(send)) == 1
    assert told(send) == []


def test_a_read_mark_has_no_number_and_is_told_to_all(alice, bob, direct):
    message = say(alice, direct)
    mark = lambda: done(bob, "markRead", conversationId=direct, upToMessageId=message)  # noqa: E731
    assert told(mark) == [("MessagesRead", None, "bob", None)]
    assert told(mark) == []
    check_numbers()


@pytest.mark.parametrize(("people", "recipient"), [(100, None), (101, "bob")])
def test_in_a_conversation_above_a_hundred_a_read_mark_is_personal(alice, bob, group, people, recipient):
    Conversation.objects.update(participant_count=people)
    say(alice, group)
    assert told(lambda: done(bob, "markRead", conversationId=group)) == [("MessagesRead", None, "bob", recipient)]


def test_deleting_an_account(alice, bob, charlie, direct):
    group = gather(alice, bob, charlie)
    alone = gather(alice)
    names = {key(direct): "direct", key(group): "group", key(alone): "alone"}
    start = Event.objects.count()
    done(alice, "deleteAccount", password=PASSWORD)
    found = [(names[row.conversation_id], row.kind, row.sequence) for row in Event.objects.order_by("pk")[start:]]
    assert found == [
        ("direct", "ConversationEnded", None),
        ("direct", "ParticipantLeft", 2),
        ("group", "ConversationEnded", None),
        ("group", "ParticipantLeft", 2),
        ("group", "ParticipantChanged", 3),
        ("alone", "ConversationEnded", None),
    ]
    assert Event.objects.get(kind="ParticipantChanged").person_id == bob.person.pk
    check_numbers()


# ── what is refused writes none ──────────────────────────────────────────────────────────────────────────────────────


def refusals_of(group: str, direct: str, message: str, alice: Door, bob: Door, charlie: Door) -> list[tuple]:
    here = {"conversationId": group}
    return [
        (charlie, "sendMessage", {**here, "body": "x"}),
        (charlie, "markRead", here),
        (charlie, "updateParticipation", {**here, "isPinned": True}),
        (charlie, "editMessage", {"messageId": message, "body": "x"}),
        (charlie, "deleteMessage", {"messageId": message}),
        (bob, "editMessage", {"messageId": message, "body": "x"}),
        (bob, "deleteMessage", {"messageId": message}),
        (bob, "updateConversation", {**here, "title": "x"}),
        (bob, "deleteConversation", here),
        (bob, "addParticipants", {**here, "userIds": [gid(charlie)]}),
        (bob, "removeParticipant", {**here, "userId": gid(alice)}),
        (bob, "changeRole", {**here, "userId": gid(alice), "role": "MEMBER"}),
        (alice, "leaveConversation", here),
        (alice, "changeRole", {**here, "userId": gid(alice), "role": "MEMBER"}),
        (alice, "addParticipants", {**here, "userIds": [gid(charlie), "garbage"]}),
        (alice, "sendMessage", {**here, "body": ""}),
        (alice, "sendMessage", {**here, "body": "x", "replyToId": "garbage"}),
        (alice, "sendMessage", {**here, "body": "other", "idempotencyKey": "k"}),
        (alice, "editMessage", {"messageId": message, "body": ""}),
        (alice, "leaveConversation", {"conversationId": direct}),
        (alice, "updateConversation", {"conversationId": direct, "title": "x"}),
        (alice, "updateParticipation", {**here, "isPinned": None}),
        (alice, "createConversation", {"title": "", "participantIds": []}),
        (alice, "startDirectConversation", {"userId": gid(alice)}),
        (alice, "deleteAccount", {"password": "wrong"}),
    ]


def test_what_is_refused_writes_no_event_and_moves_no_number(alice, bob, charlie, group, direct):
    message = say(alice, group, idempotencyKey="k")
    before = list(Conversation.objects.order_by("pk").values()), list(Event.objects.order_by("pk").values())
    for door, verb, fields in refusals_of(group, direct, message, alice, bob, charlie):
        assert do(door, verb, **fields)["errors"], (verb, fields)
    after = list(Conversation.objects.order_by("pk").values()), list(Event.objects.order_by("pk").values())
    assert after == before


# ── in the transaction of the change ─────────────────────────────────────────────────────────────────────────────────

CHANGES = {
    "messaging_message": ("sendMessage", {"conversationId": "group", "body": "x"}),
    "messaging_revision": ("editMessage", {"messageId": "message", "body": "x"}),
    "messaging_participant": ("changeRole", {"conversationId": "group", "userId": "bob", "role": "ADMIN"}),
    "messaging_conversation": ("updateConversation", {"conversationId": "group", "title": "x"}),
}


@pytest.mark.parametrize("table", CHANGES)
def test_the_event_is_written_in_the_transaction_of_the_change(alice, bob, group, table):
    names = {"group": group, "bob": gid(bob), "message": say(alice, group)}
    verb, fields = CHANGES[table]
    with CaptureQueriesContext(connection) as captured:
        done(alice, verb, **{field: names.get(value, value) for field, value in fields.items()})
    depth = 0
    written: dict[int, set[str]] = {}
    transactions = 0
    for sql in (query["sql"].replace('"', "") for query in captured):
        if sql.startswith("SAVEPOINT"):
            depth += 1
            transactions += depth == 1
        elif sql.startswith("RELEASE"):
            depth -= 1
        for name in (table, "messaging_event"):
            if f"INSERT INTO {name}" in sql or f"UPDATE {name}" in sql:
                assert depth > 0
                written.setdefault(transactions, set()).add(name)
    (tables,) = written.values()
    assert tables >= {table, "messaging_event"}


def test_every_conversation_of_a_busy_hour_is_numbered_without_a_gap(alice, bob, charlie):
    group, other = gather(alice, bob), gather(bob, alice)
    for i in range(5):
        message = say(alice, group, str(i), idempotencyKey=f"k{i}")
        say(alice, group, str(i), idempotencyKey=f"k{i}")
        done(bob, "markRead", conversationId=group)
        done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
        done(charlie, "leaveConversation", conversationId=group)
        done(alice, "editMessage", messageId=message, body="edited")
        done(bob, "updateConversation", conversationId=other, title=f"title {i // 2}")
        done(alice, "deleteMessage", messageId=message)
        assert look_at(bob, message)["isDeleted"]
    check_numbers()
    assert Conversation.objects.get(pk=key(group)).last_event_sequence == 1 + 5 * 5
    assert Conversation.objects.get(pk=key(other)).last_event_sequence == 1 + 3
