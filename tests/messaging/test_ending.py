"""The end of a conversation: everything of it goes, table by table, whatever its size."""

from typing import Any

from django.db.models import CASCADE, Model

from messaging.models import Attachment, Conversation, Mention, Message, Participant, Reaction, Revision
from tests.conftest import Door
from tests.messaging.operations import document, done, gather, gid, read, say, send_message, statements

BELONGING = (Revision, Reaction, Mention)


def going_along(model: type[Model]) -> set[Any]:
    """The models whose rows cannot be without a row of this one, and so on."""
    found = {one.related_model for one in model._meta.related_objects if one.on_delete is CASCADE}
    return found.union(*(going_along(one) for one in found))


def fill(alice: Door, bob: Door, group: str, times: int) -> None:
    """Messages that are answered, edited and reacted to, and name people."""
    for _ in range(times):
        question = say(bob, group)
        done(bob, "editMessage", messageId=question, body="edited")
        send_message(alice, group, replyToId=question, mentionIds=[gid(bob)])
        done(alice, "addReaction", messageId=question, emoji="👍")


def test_everything_that_is_deleted_along_is_deleted_by_name():
    """A new table that refers to one of these has to be deleted in `end` too, before what it refers to."""
    assert going_along(Conversation) == {Participant, Message, Revision, Reaction, Mention, Attachment}


def test_nothing_of_it_is_left_and_everything_of_others(alice, bob, group):
    other = gather(alice, bob, title="other")
    for conversation in (group, other):
        fill(alice, bob, conversation, times=2)
    done(alice, "deleteConversation", conversationId=group)
    assert read(alice, group) is None
    assert read(bob, other)["lastSequence"] == 4
    left = {model: model.objects.count() for model in (Conversation, Participant, Message, *BELONGING)}
    assert left == {Conversation: 1, Participant: 2, Message: 4, Revision: 2, Reaction: 2, Mention: 2}


def test_the_statements_are_the_same_however_much_was_said(alice, bob):
    few, many = gather(alice, bob), gather(alice, bob)
    fill(alice, bob, few, times=1)
    fill(alice, bob, many, times=60)
    ending = document("deleteConversation", "ok")
    taken = [len(statements(alice, ending, input={"conversationId": one})) for one in (few, many)]
    assert taken[0] == taken[1]
