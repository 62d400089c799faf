"""deleteAccount: what goes, what stays, and who inherits."""

import pytest

from accounts.models import Block, EmailToken, RefreshToken, Session, User
from messaging.models import Conversation, Mention, Message, Participant, Reaction
from messaging.services import block_user
from tests.conftest import PASSWORD, Door
from tests.messaging.operations import (
    INBOX,
    bodies,
    done,
    gather,
    gid,
    history,
    look_at,
    people_in,
    read,
    refused,
    say,
    send_message,
    talk,
)
from tests.operations import ME, REFRESH_TOKEN, TOKEN_AUTH


def go(door) -> str:
    return done(door, "deleteAccount", password=PASSWORD)


def promote(owner, group, door, role):
    done(owner, "changeRole", conversationId=group, userId=gid(door), role=role)


def test_nothing_of_the_person_stays(alice):
    gone = gid(alice)
    assert go(alice) == gone
    assert not User.objects.exists()
    assert not Session.objects.exists()
    assert not RefreshToken.objects.exists()
    assert not Participant.objects.exists()


def test_nothing_that_others_have_of_the_person_stays(alice, bob, direct, anyone):
    message = say(bob, direct)
    done(alice, "addReaction", messageId=message, emoji="👍")
    send_message(bob, direct, "you", mentionIds=[gid(alice)])
    block_user(viewer=alice.person, person=bob.person)
    block_user(viewer=bob.person, person=alice.person)
    alice.ask("mutation { requestEmailVerification { ok } }")
    assert all(model.objects.exists() for model in (Reaction, Mention, Block, EmailToken))
    go(alice)
    assert not any(model.objects.exists() for model in (Reaction, Mention, Block, EmailToken))
    assert look_at(bob, message)["body"] == "hello"


def test_a_group_that_is_deleted_takes_reactions_and_mentions_along(alice, bob, group):
    message = say(bob, group)
    done(alice, "addReaction", messageId=message, emoji="👍")
    send_message(bob, group, "you", mentionIds=[gid(alice)])
    done(alice, "deleteConversation", conversationId=group)
    assert not any(model.objects.exists() for model in (Reaction, Mention, Message))


def test_every_token_is_dead(alice, anyone):
    tokens = anyone.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]
    go(alice)
    assert alice.refused(ME) == "UNAUTHENTICATED"
    assert Door(token=tokens["token"]).refused(ME) == "UNAUTHENTICATED"
    refreshed = anyone.ask(REFRESH_TOKEN, input={"refreshToken": tokens["refreshToken"]})["refreshToken"]
    assert [error["code"] for error in refreshed["errors"]] == ["TOKEN_INVALID"]
    again = anyone.ask(TOKEN_AUTH, input={"username": "alice", "password": PASSWORD})["tokenAuth"]
    assert [error["code"] for error in again["errors"]] == ["INVALID_CREDENTIALS"]


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD.upper(), PASSWORD + " ", "x" * 10_000])
def test_a_wrong_password_deletes_nothing(alice, direct, password):
    assert refused(alice, "deleteAccount", password=password) == [("INVALID_CREDENTIALS", "password")]
    assert alice.ask(ME)["me"]["username"] == "alice"
    assert read(alice, direct)["participantCount"] == 2


def test_nobody_deletes_without_signing_in(anyone, db):
    query = 'mutation { deleteAccount(input: {password: "x"}) { ok } }'
    assert anyone.refused(query) == "UNAUTHENTICATED"


def test_messages_stay_without_a_sender(alice, bob, direct, group):
    for conversation in (direct, group):
        message = say(alice, conversation, "still here")
        done(alice, "editMessage", messageId=message, body="edited")
    go(alice)
    for conversation in (direct, group):
        (node,) = history(bob, conversation)["nodes"]
        seen = look_at(bob, node["id"])
        assert (seen["body"], seen["sender"], seen["revisions"][0]["editedBy"]) == ("edited", None, None)
        assert not seen["viewerCanEdit"]


def test_a_direct_conversation_stays_with_the_other_read_only(alice, bob, direct):
    say(alice, direct, "bye")
    go(alice)
    seen = read(bob, direct)
    assert (seen["participantCount"], people_in(seen), seen["createdBy"]) == (1, {"bob": "MEMBER"}, None)
    assert not seen["viewerCanSend"]
    assert bodies(history(bob, direct)) == ["bye"]
    assert refused(bob, "sendMessage", conversationId=direct, body="hello?") == [("FORBIDDEN", None)]
    assert done(bob, "markRead", conversationId=direct)["lastReadSequence"] == 1
    assert done(bob, "updateParticipation", conversationId=direct, isArchived=True)["isArchived"]


def test_when_both_are_gone_it_is_gone(alice, bob, direct):
    say(alice, direct)
    go(alice)
    go(bob)
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_a_new_account_of_the_same_name_gets_none_of_it(alice, bob, direct):
    go(alice)
    User.objects.create_user("alice", "alice@example.com", PASSWORD)
    assert talk(bob, User.objects.get(username="alice")) != direct


def test_the_longest_serving_admin_inherits(alice, bob, charlie, dora):
    group = gather(alice, bob, charlie, dora)
    promote(alice, group, dora, "ADMIN")
    promote(alice, group, charlie, "ADMIN")
    go(alice)
    assert people_in(read(bob, group)) == {"bob": "MEMBER", "charlie": "OWNER", "dora": "ADMIN"}


def test_else_the_longest_serving_member(alice, bob, charlie):
    group = gather(alice, charlie)
    done(alice, "addParticipants", conversationId=group, userIds=[gid(bob)])
    go(alice)
    seen = read(charlie, group)
    assert people_in(seen) == {"bob": "MEMBER", "charlie": "OWNER"}
    assert seen["viewerCanManage"]
    assert seen["participantCount"] == 2


def test_nobody_inherits_while_there_is_another_owner(alice, bob, charlie):
    group = gather(alice, charlie, bob)
    promote(alice, group, bob, "OWNER")
    go(alice)
    assert people_in(read(bob, group)) == {"bob": "OWNER", "charlie": "MEMBER"}


def test_nobody_inherits_from_a_member(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    go(bob)
    assert people_in(read(alice, group)) == {"alice": "OWNER", "charlie": "MEMBER"}


def test_an_empty_group_is_deleted(alice, bob):
    group = gather(alice, bob)
    say(alice, group)
    done(bob, "leaveConversation", conversationId=group)
    go(alice)
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()


def test_others_and_their_conversations_stay(alice, bob, charlie, direct):
    theirs = talk(bob, charlie)
    say(bob, theirs)
    go(alice)
    assert bodies(history(charlie, theirs)) == ["hello"]
    assert [node["id"] for node in charlie.ask(INBOX)["conversations"]["nodes"]] == [theirs]


def test_what_is_unread_is_still_the_difference(alice, bob, group):
    say(alice, group)
    go(alice)
    assert read(bob, group)["unreadCount"] == 1
    say(bob, group)
    assert read(bob, group)["unreadCount"] == 0
