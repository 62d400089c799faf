"""Reading while others change what is read, on PostgreSQL: there is less to read, and no error."""

from typing import Any

import pytest

from tests.messaging.operations import done, gather, say
from tests.messaging.test_races import again
from tests.races import at_once, on_postgresql

pytestmark = [pytest.mark.django_db(transaction=True), on_postgresql]


@pytest.mark.parametrize("_", range(2))
def test_whoever_reads_while_groups_are_deleted_gets_no_error(alice, bob, _):
    groups = [gather(alice, bob) for _ in range(8)]
    for group in groups:
        say(bob, group)
    of_messages = "nodes { isRead viewerCanEdit conversation { participants(first: 5) { nodes { isArchived } } } }"
    of_conversations = f"nodes {{ lastMessage {{ isRead }} messages(last: 2) {{ {of_messages} }} }}"
    query = f"{{ messages(first: 20) {{ {of_messages} }} conversations(first: 20) {{ {of_conversations} }} }}"

    def read_until_all_are_gone() -> list[Any]:
        door, answers = again(bob), []
        while not answers or answers[-1]["data"]["conversations"]["nodes"]:
            answers.append(door.post(query).json())
            assert len(answers) < 1_000
            assert "errors" not in answers[-1]
        return answers

    def delete_all() -> list[Any]:
        return [done(again(alice), "deleteConversation", conversationId=group) for group in groups]

    answers, *_ = at_once(read_until_all_are_gone, delete_all, read_until_all_are_gone)
    assert len(answers) > 1
