"""Conversation.messages: pages, filters, around; and messages over all conversations."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from messaging.models import Conversation, Message
from tests.messaging.operations import (
    HISTORY,
    TIMELINE,
    bodies,
    done,
    gather,
    gid,
    global_id,
    history,
    pages_backward,
    pages_forward,
    read,
    say,
    talk,
)


def cursor_of(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def fill(conversation: str, sender, count: int) -> None:
    """Messages 1 to `count`, each saying its number."""
    key = int(base64.b64decode(conversation).decode().partition(":")[2])
    Message.objects.bulk_create(
        Message(conversation_id=key, sequence=i, sender=sender.person, body=str(i)) for i in range(1, count + 1)
    )
    Conversation.objects.filter(pk=key).update(last_sequence=count)


def numbers(first: int, last: int) -> list[str]:
    return [str(i) for i in range(first, last + 1)]


@pytest.fixture
def nine(alice, direct) -> str:
    fill(direct, alice, 9)
    return direct


def id_of(number: int) -> str:
    return gid(Message.objects.get(sequence=number))


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_conversation_has_an_empty_page(alice, direct):
    page = history(alice, direct)
    assert (page["nodes"], page["totalCount"]) == ([], 0)
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


def test_without_sizes_it_is_the_newest_fifty_oldest_first(alice, bob, direct):
    fill(direct, alice, 120)
    page = history(bob, direct)
    assert bodies(page) == numbers(71, 120)
    assert page["totalCount"] == 120
    assert (page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]) == (True, False)
    before = history(bob, direct, before=page["pageInfo"]["startCursor"])
    assert bodies(before) == numbers(21, 70)
    assert before["pageInfo"]["hasNextPage"]
    assert bodies(history(bob, direct, after=before["pageInfo"]["endCursor"])) == numbers(71, 120)


def test_the_total_is_the_last_sequence_whatever_it_is(alice, nine):
    Conversation.objects.update(last_sequence=12_345)
    assert history(alice, nine, first=1)["totalCount"] == 12_345


@pytest.mark.parametrize("size", [1, 2, 4, 9, 100])
def test_paging_meets_everything_once(alice, nine, size):
    def ask(**sizes):
        return history(alice, nine, **sizes)

    assert [body for page in pages_forward(ask, size) for body in bodies(page)] == numbers(1, 9)
    assert [body for page in reversed(pages_backward(ask, size)) for body in bodies(page)] == numbers(1, 9)


def test_a_page_lies_between_two_cursors(alice, nine):
    cursors = [edge["cursor"] for edge in history(alice, nine)["edges"]]
    between = {"after": cursors[1], "before": cursors[7]}
    assert bodies(history(alice, nine, **between)) == numbers(3, 7)
    assert bodies(history(alice, nine, first=2, **between)) == numbers(3, 4)
    assert bodies(history(alice, nine, last=2, **between)) == numbers(6, 7)
    assert bodies(history(alice, nine, after=cursors[7], before=cursors[1])) == []
    assert bodies(history(alice, nine, first=0)) == bodies(history(alice, nine, last=0)) == []


def test_new_messages_shift_no_page(alice, bob, nine):
    page = history(alice, nine, last=3)
    say(bob, nine, "10")
    say(bob, nine, "11")
    assert bodies(history(alice, nine, last=3, before=page["pageInfo"]["startCursor"])) == numbers(4, 6)
    assert bodies(history(alice, nine, first=5, after=page["pageInfo"]["endCursor"])) == numbers(10, 11)


@pytest.mark.parametrize("sequence", [0, -1, -(2**62), 10, 2**62, 2**63 - 1, -(2**63)])
def test_a_cursor_beyond_the_ends_is_a_place_in_the_list(alice, nine, sequence):
    cursor = cursor_of("SEQUENCE", sequence)
    low = sequence < 1
    assert bodies(history(alice, nine, first=5, after=cursor)) == (numbers(1, 5) if low else [])
    assert bodies(history(alice, nine, last=5, before=cursor)) == ([] if low else numbers(5, 9))
    for sizes in ({"last": 5, "after": cursor}, {"first": 5, "before": cursor}):
        assert len(history(alice, nine, filters={}, **sizes)["nodes"]) == len(history(alice, nine, **sizes)["nodes"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"after": "garbage"},
        {"before": cursor_of("SEQUENCE", "1")},
        {"after": cursor_of("SEQUENCE", 2**63)},
        {"after": cursor_of("NEWEST", 1)},
        {"first": 101},
        {"last": -1},
        {"first": 1, "last": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("filters", [None, {}])
def test_bad_arguments_are_refused(alice, nine, arguments, filters):
    given = arguments if filters is None else {**arguments, "filters": filters}
    assert alice.refused(HISTORY, id=nine, **given) == "BAD_USER_INPUT"


# ── around ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "sizes", "expected"),
    [
        (5, {"first": 5}, (3, 7)),
        (5, {"last": 5}, (3, 7)),
        (5, {"first": 1}, (5, 5)),
        (5, {"first": 100}, (1, 9)),
        (5, {}, (1, 9)),
        (1, {"first": 5}, (1, 3)),
        (2, {"first": 5}, (1, 4)),
        (9, {"first": 5}, (7, 9)),
        (8, {"first": 5}, (6, 9)),
    ],
)
def test_around_a_message_is_half_a_page_on_each_side(alice, nine, number, sizes, expected):
    page = history(alice, nine, around=id_of(number), **sizes)
    first, last = expected
    assert bodies(page) == numbers(first, last)
    assert page["pageInfo"]["hasPreviousPage"] == (first > 1)
    assert page["pageInfo"]["hasNextPage"] == (last < 9)
    assert page["totalCount"] == 9


def test_an_even_page_holds_the_message_too(alice, nine):
    assert "5" in bodies(history(alice, nine, around=id_of(5), first=2))
    assert len(bodies(history(alice, nine, around=id_of(5), first=4))) == 4


def test_from_around_one_pages_on_both_ways(alice, nine):
    page = history(alice, nine, around=id_of(5), first=3)
    assert bodies(history(alice, nine, last=2, before=page["pageInfo"]["startCursor"])) == numbers(2, 3)
    assert bodies(history(alice, nine, first=2, after=page["pageInfo"]["endCursor"])) == numbers(7, 8)


def test_around_a_tombstone(alice, nine):
    done(alice, "deleteMessage", messageId=id_of(5))
    assert bodies(history(alice, nine, around=id_of(5), first=3)) == ["4", "", "6"]


@pytest.mark.parametrize("bad", ["", "garbage", global_id("Message", 2**62), global_id("User", 1)])
def test_around_what_is_not_there_is_nothing(alice, nine, bad):
    page = history(alice, nine, around=bad)
    assert page["nodes"] == page["edges"] == []


def test_around_a_message_of_another_conversation_is_nothing(alice, bob, charlie, nine, group):
    mine, strangers = say(alice, group), say(charlie, talk(charlie, bob))
    for one in (mine, strangers):
        assert history(alice, nine, around=one)["nodes"] == []


@pytest.mark.parametrize("argument", ["after", "before"])
@pytest.mark.parametrize("number", [5, None])
def test_around_goes_with_no_cursor(alice, nine, argument, number):
    around = id_of(number) if number else global_id("Message", 2**62)
    assert alice.refused(HISTORY, id=nine, around=around, **{argument: cursor_of("SEQUENCE", 1)}) == "BAD_USER_INPUT"


def test_around_goes_with_no_filters(alice, nine):
    assert alice.refused(HISTORY, id=nine, around=id_of(5), filters={"unreadOnly": True}) == "BAD_USER_INPUT"


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def chat(alice, bob, group) -> str:
    for i in range(1, 7):
        say(alice if i % 2 else bob, group, str(i))
    return group


def filtered(door, conversation, **filters) -> list[str]:
    return bodies(history(door, conversation, filters=filters))


def test_by_sender(alice, bob, charlie, chat):
    assert filtered(alice, chat, senderId=gid(bob)) == ["2", "4", "6"]
    assert filtered(bob, chat, senderId=gid(alice)) == ["1", "3", "5"]
    for nobody in (gid(charlie), "garbage", global_id("User", 2**62), chat):
        assert filtered(alice, chat, senderId=nobody) == []


def test_by_conversation(alice, bob, chat, direct):
    assert filtered(alice, chat, conversationId=chat) == numbers(1, 6)
    for other in (direct, "garbage", gid(alice)):
        assert filtered(alice, chat, conversationId=other) == []


def test_by_participant(alice, bob, charlie, chat):
    assert filtered(alice, chat, participantId=gid(bob)) == numbers(1, 6)
    assert filtered(alice, chat, participantId=gid(charlie)) == []


def test_by_time_from_included_to_excluded(alice, chat):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for message in Message.objects.all():
        message.created_at = start + timedelta(days=message.sequence)
        message.save()
    span = {"from": "2026-01-03T00:00:00Z", "to": "2026-01-05T00:00:00Z"}
    assert filtered(alice, chat, created=span) == ["2", "3"]
    assert filtered(alice, chat, created={"from": span["to"]}) == ["4", "5", "6"]
    assert filtered(alice, chat, created={}) == filtered(alice, chat, created=None) == numbers(1, 6)


def test_by_what_is_unread(alice, bob, chat):
    assert filtered(alice, chat, unreadOnly=True) == ["6"]
    assert filtered(bob, chat, unreadOnly=True) == []
    assert filtered(alice, chat, unreadOnly=False) == numbers(1, 6)


def test_all_filters_together(alice, bob, chat):
    both = {"senderId": gid(bob), "unreadOnly": True, "conversationId": chat, "participantId": gid(bob)}
    assert filtered(alice, chat, **both, created={"from": "2020-01-01T00:00:00Z"}) == ["6"]


def test_a_filtered_list_is_paged_both_ways_and_counted(alice, bob, chat):
    def ask(**sizes):
        return history(alice, chat, filters={"senderId": gid(bob)}, **sizes)

    assert [bodies(page) for page in pages_forward(ask, 2)] == [["2", "4"], ["6"]]
    assert [bodies(page) for page in pages_backward(ask, 2)] == [["4", "6"], ["2"]]
    assert ask(first=1)["totalCount"] == 3


def test_a_filtered_list_without_sizes_is_the_newest_fifty(alice, direct):
    fill(direct, alice, 120)
    page = history(alice, direct, filters={"senderId": gid(alice)})
    assert bodies(page) == numbers(71, 120)
    assert page["pageInfo"]["hasPreviousPage"]


def test_two_lists_of_one_document_do_not_mix(alice, bob, chat):
    query = """query($id: ID!, $a: ID!, $b: ID!) { conversation(id: $id) {
      a: messages(filters: {senderId: $a}) { nodes { body } totalCount }
      b: messages(filters: {senderId: $b}) { nodes { body } totalCount }
      c: messages(filters: {unreadOnly: true}) { nodes { body } totalCount }
      d: messages { nodes { body } totalCount }
    } }"""
    found = alice.ask(query, id=chat, a=gid(alice), b=gid(bob))["conversation"]
    assert {name: [node["body"] for node in page["nodes"]] for name, page in found.items()} == {
        "a": ["1", "3", "5"],
        "b": ["2", "4", "6"],
        "c": ["6"],
        "d": numbers(1, 6),
    }
    assert [found[name]["totalCount"] for name in "abcd"] == [3, 3, 1, 6]


def test_each_conversation_of_a_page_has_its_own(alice, bob, chat, direct):
    say(bob, direct, "direct")
    query = """query($b: ID!) { conversations { nodes { kind
      mine: messages(filters: {senderId: $b}, last: 2) { nodes { body } totalCount pageInfo { hasPreviousPage } }
      all: messages(last: 2) { nodes { body } totalCount pageInfo { hasPreviousPage } } } } }"""
    nodes = {node["kind"]: node for node in alice.ask(query, b=gid(bob))["conversations"]["nodes"]}
    said = lambda page: [node["body"] for node in page["nodes"]]  # noqa: E731
    assert said(nodes["GROUP"]["mine"]) == ["4", "6"]
    assert said(nodes["GROUP"]["all"]) == ["5", "6"]
    assert said(nodes["DIRECT"]["mine"]) == said(nodes["DIRECT"]["all"]) == ["direct"]
    assert [nodes["GROUP"][name]["totalCount"] for name in ("mine", "all")] == [3, 6]
    assert [nodes["GROUP"][name]["pageInfo"]["hasPreviousPage"] for name in ("mine", "all")] == [True, True]
    assert [nodes["DIRECT"][name]["totalCount"] for name in ("mine", "all")] == [1, 1]


# ── messages over all conversations ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def chats(alice, bob, charlie) -> dict[str, str]:
    """Three conversations, written to in turn: 1 to 9; and one of others."""
    ids = {"bob": talk(alice, bob), "charlie": talk(alice, charlie), "all": gather(alice, bob, charlie)}
    for i in range(1, 10):
        name = list(ids)[i % 3]
        say({"bob": bob, "charlie": charlie, "all": alice}[name], ids[name], str(i))
    say(bob, talk(bob, charlie), "canary")
    return ids


def timeline(door, **arguments):
    return door.ask(TIMELINE, **arguments)["messages"]


def test_the_newest_of_all_conversations_come_first(alice, chats):
    page = timeline(alice)
    assert bodies(page) == numbers(1, 9)[::-1]
    assert page["totalCount"] == 9


@pytest.mark.parametrize("size", [1, 2, 4, 9, 100])
def test_paging_through_all_conversations_meets_everything_once(alice, chats, size):
    def ask(**sizes):
        return timeline(alice, **sizes)

    assert [body for page in pages_forward(ask, size) for body in bodies(page)] == numbers(1, 9)[::-1]
    assert [body for page in reversed(pages_backward(ask, size)) for body in bodies(page)] == numbers(1, 9)[::-1]


def test_new_messages_do_not_shift_the_pages(alice, bob, chats):
    first = timeline(alice, first=3)
    say(bob, chats["bob"], "new")
    assert bodies(timeline(alice, first=3, after=first["pageInfo"]["endCursor"])) == ["6", "5", "4"]
    assert bodies(timeline(alice, last=3, before=first["pageInfo"]["startCursor"])) == ["new"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, "987654321"),
        ({"conversationId": "bob"}, "963"),
        ({"participantId": "bob"}, "986532"),
        ({"participantId": "charlie"}, "875421"),
        ({"participantId": "alice"}, "987654321"),
        ({"senderId": "bob"}, "963"),
        ({"senderId": "alice"}, "852"),
        ({"senderId": "bob", "participantId": "charlie"}, ""),
        ({"unreadOnly": True}, "976431"),
        ({"unreadOnly": True, "participantId": "charlie"}, "741"),
        ({"unreadOnly": True, "conversationId": "all"}, ""),
        ({"created": {"to": "2020-01-01T00:00:00Z"}}, ""),
        ({"created": {"from": "2020-01-01T00:00:00Z"}, "senderId": "charlie"}, "741"),
        ({"conversationId": "garbage"}, ""),
        ({"participantId": "garbage"}, ""),
    ],
    ids=str,
)
def test_every_filter_whole_and_in_pages(alice, chats, filters, found):
    people = {person.username: gid(person) for person in User.objects.all()}
    named = {"conversationId": chats, "participantId": people, "senderId": people}
    given = {name: named[name].get(value, value) if name in named else value for name, value in filters.items()}

    def ask(**sizes):
        return timeline(alice, filters=given, **sizes)

    assert "".join(bodies(ask())) == found
    assert ask(first=1)["totalCount"] == len(found)
    assert "".join(body for page in pages_forward(ask, 2) for body in bodies(page)) == found
    assert "".join(body for page in reversed(pages_backward(ask, 2)) for body in bodies(page)) == found


def test_messages_of_archived_and_muted_conversations_are_there(alice, chats):
    done(alice, "updateParticipation", conversationId=chats["bob"], isArchived=True, mutedUntil="2030-01-01T00:00:00Z")
    assert len(timeline(alice)["nodes"]) == 9


def test_without_sizes_it_is_the_newest_fifty_of_all(alice, direct):
    fill(direct, alice, 120)
    assert bodies(timeline(alice)) == numbers(71, 120)[::-1]


@pytest.mark.parametrize("key", [0, -1, 2**62, 2**63 - 1, -(2**63)])
def test_a_cursor_beyond_the_ends_of_the_timeline(alice, chats, key):
    cursor = cursor_of("NEWEST", key)
    high = key > 0
    assert len(timeline(alice, after=cursor)["nodes"]) == (9 if high else 0)
    assert len(timeline(alice, before=cursor)["nodes"]) == (0 if high else 9)


def test_a_stranger_to_all_of_them_reads_nothing(dora, chats):
    for filters in ({}, {"conversationId": chats["bob"]}, {"conversationId": chats["all"], "unreadOnly": True}):
        page = timeline(dora, filters=filters)
        assert (page["nodes"], page["totalCount"]) == ([], 0)


def test_what_others_say_to_each_other_is_not_in_it(alice, bob, chats):
    others = {"filters": {"senderId": gid(bob)}, "first": 100}
    assert "canary" not in bodies(timeline(alice, **others))
    assert "canary" in bodies(timeline(bob, **others))
    assert read(bob, chats["bob"]) is not None
    assert timezone.now() > Message.objects.latest("pk").created_at
