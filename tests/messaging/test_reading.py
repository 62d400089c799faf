"""Reading: markRead, isRead, readBy, unreadCount; replies and how many there are."""

import random

import pytest

from messaging.models import Event
from tests.conftest import PASSWORD
from tests.messaging.operations import (
    PAGE_INFO,
    bodies,
    done,
    gather,
    gid,
    global_id,
    look_at,
    pages_backward,
    pages_forward,
    read,
    refused,
    say,
)

READ_BY = f"""query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  message(id: $id) {{ readBy(first: $first, after: $after, last: $last, before: $before) {{
    totalCount nodes {{ username }} edges {{ node {{ username }} }} {PAGE_INFO} }} }}
}}"""
UNREAD = """query($id: ID!) { me { unreadCount } conversation(id: $id) {
  unreadCount lastSequence viewerParticipant { lastReadSequence }
  messages(filters: {unreadOnly: true}, first: 0) { totalCount } } }"""
REPLIES = f"""query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {{
  message(id: $id) {{ replyCount replies(first: $first, after: $after, last: $last, before: $before) {{
    totalCount nodes {{ body }} edges {{ node {{ body }} }} {PAGE_INFO} }} }}
}}"""


def mark(door, conversation, up_to=None):
    fields = {} if up_to is None else {"upToMessageId": up_to}
    return done(door, "markRead", conversationId=conversation, **fields)


def readers(door, message) -> list[str]:
    page = door.ask(READ_BY, id=message)["message"]["readBy"]
    names = [node["username"] for node in page["nodes"]]
    assert names == [edge["node"]["username"] for edge in page["edges"]]
    assert page["totalCount"] == len(names)
    return names


# ── marks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_unread_at_first(alice, bob, direct):
    assert read(alice, direct)["unreadCount"] == read(bob, direct)["unreadCount"] == 0


def test_what_one_sends_is_unread_for_the_other_alone(alice, bob, direct):
    message = say(alice, direct)
    assert look_at(alice, message)["isRead"]
    assert not look_at(bob, message)["isRead"]
    assert read(alice, direct)["unreadCount"] == 0
    assert read(bob, direct)["unreadCount"] == 1


def test_a_mark_goes_up_to_a_message(alice, bob, direct):
    messages = [say(alice, direct) for _ in range(3)]
    mine = mark(bob, direct, messages[1])
    assert mine["lastReadSequence"] == 2
    assert mine["conversation"] == {"id": direct, "unreadCount": 1}
    assert [look_at(bob, one)["isRead"] for one in messages] == [True, True, False]


@pytest.mark.parametrize("whole", [{}, {"upToMessageId": None}])
def test_without_a_message_the_whole_conversation_is_read(alice, bob, direct, whole):
    for _ in range(3):
        say(alice, direct)
    mine = done(bob, "markRead", conversationId=direct, **whole)
    assert mine["lastReadSequence"] == 3
    assert mine["conversation"]["unreadCount"] == read(bob, direct)["unreadCount"] == 0


def test_a_mark_only_moves_forward(alice, bob, direct):
    messages = [say(alice, direct) for _ in range(3)]
    at = mark(bob, direct)["lastReadAt"]
    again = mark(bob, direct, messages[0])
    assert (again["lastReadSequence"], again["lastReadAt"]) == (3, at)


def test_where_nothing_was_said_nothing_is_read(alice, direct):
    events = Event.objects.count()
    mine = mark(alice, direct)
    assert (mine["lastReadSequence"], mine["lastReadAt"]) == (0, None)
    assert Event.objects.count() == events


def test_a_message_of_another_conversation_marks_nothing(alice, bob, direct, group):
    elsewhere = say(alice, group)
    say(alice, direct)
    here = {"conversationId": direct, "upToMessageId": elsewhere}
    assert refused(bob, "markRead", **here) == [("BAD_USER_INPUT", "upToMessageId")]
    assert read(bob, direct)["unreadCount"] == read(bob, group)["unreadCount"] == 1


@pytest.mark.parametrize("bad", ["", "garbage", "é", "=" * 10_000, global_id("Message", 2**62), "another type"])
def test_a_bad_id_marks_nothing(alice, bob, direct, bad):
    say(alice, direct)
    bad = direct if bad == "another type" else bad
    assert refused(bob, "markRead", conversationId=direct, upToMessageId=bad) == [("NOT_FOUND", "upToMessageId")]
    assert read(bob, direct)["unreadCount"] == 1


def test_a_strangers_message_marks_nothing(alice, bob, charlie, direct):
    say(alice, direct)
    secret = say(charlie, gather(charlie), "secret")
    assert refused(bob, "markRead", conversationId=direct, upToMessageId=secret) == [("NOT_FOUND", "upToMessageId")]


def test_a_tombstone_can_be_the_mark(alice, bob, direct):
    message = say(alice, direct)
    done(alice, "deleteMessage", messageId=message)
    assert mark(bob, direct, message)["lastReadSequence"] == 1


def test_sending_reads_everything_before(alice, bob, direct):
    say(alice, direct)
    say(alice, direct)
    say(bob, direct)
    assert read(bob, direct)["unreadCount"] == 0
    assert read(bob, direct)["viewerParticipant"]["lastReadSequence"] == 3


def test_unread_is_always_the_difference(alice, bob, charlie):
    """Whatever three people do in whatever order."""
    group = gather(alice, bob, charlie)
    dice = random.Random(30)  # noqa: S311
    messages: list[str] = []
    for _ in range(30):
        door = dice.choice([alice, bob, charlie])
        if dice.random() < 0.5 or not messages:
            messages.append(say(door, group))
        elif dice.random() < 0.3:
            row = dice.choice(messages)
            if look_at(door, row)["viewerCanDelete"]:
                done(door, "deleteMessage", messageId=row)
        else:
            mark(door, group, dice.choice([None, *messages]))
        for one in (alice, bob, charlie):
            found = one.ask(UNREAD, id=group)
            seen, mark_at = found["conversation"], found["conversation"]["viewerParticipant"]["lastReadSequence"]
            assert seen["unreadCount"] == seen["lastSequence"] - mark_at
            assert seen["unreadCount"] == seen["messages"]["totalCount"] == found["me"]["unreadCount"]


# ── who has read it ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_read_by_leaves_the_sender_out(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    message = say(bob, group)
    assert readers(bob, message) == []
    mark(charlie, group)
    assert readers(bob, message) == readers(alice, message) == ["charlie"]
    mark(alice, group)
    assert readers(bob, message) == ["alice", "charlie"]


def test_who_answers_has_read(alice, bob, direct):
    message = say(alice, direct)
    say(bob, direct)
    assert readers(alice, message) == ["bob"]


def test_who_left_has_read_nothing(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    message = say(alice, group)
    mark(bob, group)
    done(bob, "leaveConversation", conversationId=group)
    assert readers(alice, message) == []


def test_who_came_later_counts_as_having_read(alice, bob, charlie):
    group = gather(alice, bob)
    message = say(alice, group)
    done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    assert readers(alice, message) == ["charlie"]


def test_when_the_senders_account_is_gone_the_readers_stay(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    message = say(bob, group)
    mark(charlie, group)
    done(bob, "deleteAccount", password=PASSWORD)
    assert readers(alice, message) == ["charlie"]


def test_readers_are_paged_both_ways(alice, bob, charlie, dora):
    group = gather(alice, bob, charlie, dora)
    message = say(alice, group)
    for door in (dora, bob, charlie):
        mark(door, group)

    def ask(**sizes):
        return alice.ask(READ_BY, id=message, **sizes)["message"]["readBy"]

    def names(pages):
        return [[node["username"] for node in page["nodes"]] for page in pages]

    assert names(pages_forward(ask, 2)) == [["bob", "charlie"], ["dora"]]
    assert names(pages_backward(ask, 2)) == [["charlie", "dora"], ["bob"]]


def test_each_message_of_a_page_has_its_own_readers(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    messages = [say(alice, group, str(i)) for i in range(3)]
    mark(bob, group, messages[2])
    mark(charlie, group, messages[0])
    query = """query($id: ID!) { conversation(id: $id) { messages { nodes {
      readBy(first: 1) { totalCount nodes { username } pageInfo { hasNextPage } } } } } }"""
    nodes = alice.ask(query, id=group)["conversation"]["messages"]["nodes"]
    assert [node["readBy"]["totalCount"] for node in nodes] == [2, 1, 1]
    assert [node["readBy"]["pageInfo"]["hasNextPage"] for node in nodes] == [True, False, False]
    assert [node["readBy"]["nodes"] for node in nodes] == [[{"username": "bob"}]] * 3


# ── replies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def question(alice, direct) -> str:
    return say(alice, direct, "question")


def test_a_message_without_answers_has_none(alice, question):
    found = alice.ask(REPLIES, id=question)["message"]
    assert (found["replyCount"], found["replies"]["totalCount"], found["replies"]["nodes"]) == (0, 0, [])


def test_answers_come_oldest_first_and_paged_both_ways(alice, bob, direct, question):
    for i in range(5):
        say(bob, direct, str(i), replyToId=question)
        say(alice, direct, "no answer")

    def ask(**sizes):
        return alice.ask(REPLIES, id=question, **sizes)["message"]["replies"]

    assert bodies(ask()) == ["0", "1", "2", "3", "4"]
    assert [bodies(page) for page in pages_forward(ask, 2)] == [["0", "1"], ["2", "3"], ["4"]]
    assert [bodies(page) for page in pages_backward(ask, 2)] == [["3", "4"], ["1", "2"], ["0"]]
    assert ask()["totalCount"] == alice.ask(REPLIES, id=question)["message"]["replyCount"] == 5


def test_each_message_of_a_page_has_its_own_answers(alice, bob, direct, question):
    other = say(bob, direct, "other")
    for i in range(3):
        say(bob, direct, f"a{i}", replyToId=question)
    say(alice, direct, "b0", replyToId=other)
    query = """query($id: ID!) { conversation(id: $id) { messages(first: 2) { nodes {
      replyCount replies(last: 2) { nodes { body replyTo { body } } pageInfo { hasPreviousPage } } } } } }"""
    first, second = alice.ask(query, id=direct)["conversation"]["messages"]["nodes"]
    assert (first["replyCount"], second["replyCount"]) == (3, 1)
    assert [node["body"] for node in first["replies"]["nodes"]] == ["a1", "a2"]
    assert [node["replyTo"]["body"] for node in first["replies"]["nodes"]] == ["question"] * 2
    assert first["replies"]["pageInfo"]["hasPreviousPage"]
    assert [node["body"] for node in second["replies"]["nodes"]] == ["b0"]
    assert not second["replies"]["pageInfo"]["hasPreviousPage"]
