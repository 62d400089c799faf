"""What changes between two statements of one request is never an error: there is less to read, or nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import User
from messaging import services
from messaging.models import Conversation, Message, Participant
from tests.conftest import Door
from tests.messaging.operations import document, done, gid, say

PERSON = "user { id username displayName }"
PART = f"id role isArchived isPinned mutedUntil lastReadSequence {PERSON}"
CONVERSATION = f"""id title unreadCount viewerCanSend viewerCanManage createdBy {{ username }}
  viewerParticipant {{ {PART} conversation {{ title }} }}
  participants(first: 3) {{ totalCount nodes {{ {PART} conversation {{ unreadCount }} }} }}"""
MESSAGE = f"""id body isRead viewerCanEdit viewerCanDelete replyCount sender {{ username }}
  conversation {{ title unreadCount lastMessage {{ body }} participants(first: 3) {{ nodes {{ {PERSON} }} }} }}
  readBy(first: 3) {{ totalCount nodes {{ username }} }} revisions {{ body editedBy {{ username }} }}
  replyTo {{ body isRead viewerCanEdit sender {{ username }} conversation {{ title }} }}
  replies(first: 3) {{ totalCount nodes {{ body isRead viewerCanDelete conversation {{ title unreadCount }} }} }}"""
PAGE = f"totalCount nodes {{ {MESSAGE} }}"

READINGS = {
    "node, a conversation": f"query($group: ID!) {{ node(id: $group) {{ ... on Conversation {{ {CONVERSATION} }} }} }}",
    "node, a message": f"query($message: ID!) {{ node(id: $message) {{ ... on Message {{ {MESSAGE} }} }} }}",
    "node, a participant": f"""query($part: ID!) {{ node(id: $part) {{ ... on Participant {{
      {PART} conversation {{ {CONVERSATION} }} }} }} }}""",
    "nodes": f"""query($message: ID!, $part: ID!, $group: ID!) {{ nodes(ids: [$part, $message, $group]) {{
      ... on Message {{ {MESSAGE} }} ... on Participant {{ {PART} conversation {{ title }} }} }} }}""",
    "message": f"query($message: ID!) {{ message(id: $message) {{ {MESSAGE} }} }}",
    "messages": f"{{ messages(filters: {{}}, first: 3) {{ {PAGE} }} }}",
    "messages, unread": f"{{ messages(filters: {{unreadOnly: true}}, first: 3) {{ {PAGE} }} }}",
    "conversation": f"query($group: ID!) {{ conversation(id: $group) {{ {CONVERSATION} }} }}",
    "conversations": f"""{{ conversations(first: 3) {{ totalCount nodes {{
      {CONVERSATION} lastMessage {{ {MESSAGE} }} }} }} }}""",
    "history": f"query($group: ID!) {{ conversation(id: $group) {{ messages(last: 3) {{ {PAGE} }} }} }}",
    "history, filtered": f"""query($group: ID!) {{ conversation(id: $group) {{
      messages(filters: {{unreadOnly: false}}, last: 3) {{ {PAGE} }} }} }}""",
    "history, around": f"""query($group: ID!, $message: ID!) {{ conversation(id: $group) {{
      messages(around: $message, first: 3) {{ {PAGE} }} }} }}""",
}


def group_ends(alice: Door, bob: Door) -> None:
    Conversation.objects.all().delete()


def alice_is_taken_out(alice: Door, bob: Door) -> None:
    Participant.objects.filter(user=alice.person).delete()


def bob_is_gone(alice: Door, bob: Door) -> None:
    services.erase_account(person=User.objects.get(pk=bob.person.pk))


def messages_are_deleted(alice: Door, bob: Door) -> None:
    for message in Message.objects.all():
        services.delete_message(viewer=message.sender, message=message)


MOMENTS = [group_ends, alice_is_taken_out, bob_is_gone, messages_are_deleted]


@contextmanager
def before_statement(number: int, change: Callable[[], None]) -> Iterator[None]:
    """Somebody else makes a change just before a statement: the second, the third … that is in no transaction."""
    here = len(connection.savepoint_ids)
    counted, changing = 0, False

    def count(execute: Any, *statement: Any) -> Any:
        nonlocal counted, changing
        if not changing and len(connection.savepoint_ids) == here:
            counted += 1
            if counted == number:
                changing = True
                change()
                changing = False
        return execute(*statement)

    with connection.execute_wrapper(count):
        yield
    if counted < number:
        raise IndexError("there are fewer statements")


def at_every_moment(ask: Callable[[], Any], change: Callable[[], None]) -> int:
    """Asks again and again, each time with the change one statement later; the first one finds out who asks."""
    for number in range(2, 50):
        with suppress(IndexError), transaction.atomic():
            with before_statement(number, change):
                answer = ask()
            assert "errors" not in answer, (number, answer["errors"])
            transaction.set_rollback(True)
            continue
        return number - 2
    raise AssertionError("a request of fifty statements")


@pytest.fixture
def names(alice: Door, bob: Door, group: str) -> dict[str, str]:
    """Ids of a group in which both have answered each other."""
    first = say(bob, group, "first")
    answer = say(alice, group, "answer", replyToId=first)
    say(bob, group, "last", replyToId=answer)
    done(bob, "editMessage", messageId=first, body="the first")
    mine = Participant.objects.get(user=alice.person)
    return {"group": group, "message": answer, "part": gid(mine)}


@pytest.mark.parametrize("change", MOMENTS, ids=lambda change: change.__name__)
@pytest.mark.parametrize("query", READINGS.values(), ids=READINGS)
def test_a_query_sees_less_and_no_error(alice, bob, names, query, change):
    variables = {name: value for name, value in names.items() if f"${name}:" in query}
    assert at_every_moment(lambda: alice.post(query, variables).json(), lambda: change(alice, bob)) >= 1


WRITINGS = {
    "markRead": {},
    "updateParticipation": {"isPinned": True},
    "sendMessage": {"body": "more"},
    "updateConversation": {"title": "new"},
}


@pytest.mark.parametrize("change", MOMENTS[:3], ids=lambda change: change.__name__)
@pytest.mark.parametrize("verb", WRITINGS)
def test_a_mutation_tells_of_it_in_its_payload(alice, bob, names, verb, change):
    payload = {
        "markRead": f"participant {{ {PART} conversation {{ {CONVERSATION} }} }}",
        "updateParticipation": f"participant {{ {PART} conversation {{ {CONVERSATION} }} }}",
        "sendMessage": f"message {{ {MESSAGE} }}",
        "updateConversation": f"conversation {{ {CONVERSATION} }}",
    }[verb]
    query = document(verb, payload)
    given = {"input": {"conversationId": names["group"], **WRITINGS[verb]}}
    assert at_every_moment(lambda: alice.post(query, given).json(), lambda: change(alice, bob)) >= 1
