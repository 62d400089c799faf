"""The table of messaging/permissions.py, row by row through HTTP; and `viewerCan…` says what then happens."""

import pytest

from messaging.models import Conversation, Participant
from tests.messaging.operations import do, done, gather, gid, look_at, read, say

ROLES = ["OWNER", "ADMIN", "MEMBER"]
RENAMES = ADDS = {"OWNER", "ADMIN"}
DELETES = {"OWNER"}
# Who acts on whom: nobody on an equal or higher role.
ABOVE = {("OWNER", "ADMIN"), ("OWNER", "MEMBER"), ("ADMIN", "MEMBER")}
REMOVES = DELETES_MESSAGES_OF = ABOVE
CHANGES_ROLE_OF = {pair for pair in ABOVE if pair[0] == "OWNER"}


@pytest.fixture
def stage(alice, bob, charlie, dora):
    """dora owns a group so that there is always an owner; alice acts in it, on bob; charlie is a stranger."""
    group = gather(dora, alice, bob)

    def cast(actor: str, target: str = "MEMBER") -> str:
        for door, role in ((alice, actor), (bob, target)):
            Participant.objects.filter(user=door.person).update(role=role)
        return group

    return cast


def outcome(payload) -> str:
    (code,) = [error["code"] for error in payload["errors"]] or ["done"]
    return code


def expected(allowed: bool) -> str:
    return "done" if allowed else "FORBIDDEN"


@pytest.mark.parametrize("actor", ROLES)
def test_who_renames_is_who_manages(alice, stage, actor):
    group = stage(actor)
    can = read(alice, group)["viewerCanManage"]
    payload = do(alice, "updateConversation", conversationId=group, title="renamed")
    assert outcome(payload) == expected(actor in RENAMES) == expected(can)
    assert read(alice, group)["title"] == ("renamed" if can else "team")


@pytest.mark.parametrize("actor", ROLES)
def test_who_adds_is_who_manages(alice, charlie, stage, actor):
    group = stage(actor)
    can = read(alice, group)["viewerCanManage"]
    payload = do(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    assert outcome(payload) == expected(actor in ADDS) == expected(can)
    assert (read(charlie, group) is not None) == can


@pytest.mark.parametrize("actor", ROLES)
def test_who_deletes_the_group(alice, stage, actor):
    group = stage(actor)
    assert outcome(do(alice, "deleteConversation", conversationId=group)) == expected(actor in DELETES)
    assert Conversation.objects.exists() == (actor not in DELETES)


@pytest.mark.parametrize("target", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_who_removes_whom(alice, bob, stage, actor, target):
    group = stage(actor, target)
    payload = do(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    allowed = (actor, target) in REMOVES
    assert outcome(payload) == expected(allowed)
    assert (read(bob, group) is None) == allowed


@pytest.mark.parametrize("new", ROLES)
@pytest.mark.parametrize("target", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_who_changes_whose_role(alice, bob, stage, actor, target, new):
    group = stage(actor, target)
    payload = do(alice, "changeRole", conversationId=group, userId=gid(bob), role=new)
    allowed = (actor, target) in CHANGES_ROLE_OF
    assert outcome(payload) == expected(allowed)
    assert read(bob, group)["viewerParticipant"]["role"] == (new if allowed else target)


@pytest.mark.parametrize("new", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_who_changes_their_own_role(alice, stage, actor, new):
    group = stage(actor)
    payload = do(alice, "changeRole", conversationId=group, userId=gid(alice), role=new)
    assert outcome(payload) == expected(actor == "OWNER")
    assert read(alice, group)["viewerParticipant"]["role"] == (new if actor == "OWNER" else actor)


@pytest.mark.parametrize("target", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_who_deletes_whose_message(alice, bob, stage, actor, target):
    group = stage(actor, target)
    message = say(bob, group)
    allowed = (actor, target) in DELETES_MESSAGES_OF
    assert look_at(alice, message)["viewerCanDelete"] == allowed
    assert outcome(do(alice, "deleteMessage", messageId=message)) == expected(allowed)
    assert look_at(bob, message)["isDeleted"] == allowed


@pytest.mark.parametrize("actor", ROLES)
def test_everybody_deletes_their_own_message(alice, stage, actor):
    message = say(alice, stage(actor))
    assert look_at(alice, message)["viewerCanDelete"]
    assert outcome(do(alice, "deleteMessage", messageId=message)) == "done"


@pytest.mark.parametrize("target", ROLES)
@pytest.mark.parametrize("actor", ROLES)
def test_nobody_edits_the_message_of_another(alice, bob, stage, actor, target):
    message = say(bob, stage(actor, target))
    assert not look_at(alice, message)["viewerCanEdit"]
    assert outcome(do(alice, "editMessage", messageId=message, body="mine")) == "FORBIDDEN"
    assert look_at(bob, message)["body"] == "hello"


@pytest.mark.parametrize("actor", ROLES)
def test_everybody_writes_and_edits_their_own(alice, stage, actor):
    group = stage(actor)
    assert read(alice, group)["viewerCanSend"]
    message = say(alice, group)
    assert look_at(alice, message)["viewerCanEdit"]
    assert outcome(do(alice, "editMessage", messageId=message, body="better")) == "done"


@pytest.mark.parametrize("actor", ROLES)
@pytest.mark.parametrize("gone", ["removed", "deleted account"])
def test_the_messages_of_who_is_gone_are_deleted_like_a_members(alice, bob, dora, stage, actor, gone):
    group = stage(actor, "OWNER")
    message = say(bob, group)
    if gone == "removed":
        Participant.objects.filter(user=bob.person).delete()
    else:
        done(bob, "deleteAccount", password="correct horse battery")
    allowed = actor != "MEMBER"
    assert look_at(alice, message)["viewerCanDelete"] == allowed
    assert outcome(do(alice, "deleteMessage", messageId=message)) == expected(allowed)


def test_in_a_direct_conversation_nobody_deletes_or_edits_what_the_other_said(alice, bob, direct):
    message = say(bob, direct)
    seen = look_at(alice, message)
    assert not seen["viewerCanEdit"]
    assert not seen["viewerCanDelete"]
    assert outcome(do(alice, "deleteMessage", messageId=message)) == "FORBIDDEN"
    assert outcome(do(alice, "editMessage", messageId=message, body="mine")) == "FORBIDDEN"


def test_the_flags_agree_for_a_whole_page(alice, bob, stage):
    group = stage("ADMIN", "MEMBER")
    for door in (alice, bob, alice):
        say(door, group)
    query = """query($id: ID!) { conversation(id: $id) { messages { nodes {
      sender { username } viewerCanEdit viewerCanDelete } } } }"""
    nodes = alice.ask(query, id=group)["conversation"]["messages"]["nodes"]
    assert [(node["viewerCanEdit"], node["viewerCanDelete"]) for node in nodes] == [
        (True, True),
        (False, True),
        (True, True),
    ]
