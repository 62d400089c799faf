"""No answer is a stale one, and nobody gets another person's: the same document, asked before and after each change,
and by somebody else. What is kept between requests (documents, statements) holds nothing of what they find."""

import pytest

from accounts.services.sessions import start_session
from tests.conftest import PASSWORD, Door
from tests.files import a_file, ask_with, picture
from tests.messaging.operations import done, gid, say
from tests.operations import ERRORS

LOOK = """query Look($id: ID!, $user: ID!, $message: ID!) {
  me { id username firstName unreadCount }
  user(id: $user) { username firstName bio avatarUrl isOnline viewerHasBlocked }
  message(id: $message) { body isEdited isDeleted readBy { nodes { username } } }
  conversation(id: $id) {
    title unreadCount lastSequence viewerCanSend viewerCanManage viewerParticipant { role lastReadSequence isPinned }
    participants { totalCount nodes { role lastReadSequence user { username firstName } } }
    lastMessage { body sender { username firstName } reactions { emoji count viewerHasReacted } }
    messages(last: 10) { totalCount nodes { body sender { username firstName avatarUrl } replyTo { body } } }
  }
  conversations(first: 5) { nodes { title unreadCount lastMessage { body } } }
}"""


def mutate(door: Door, name: str, **fields: object) -> None:
    kind = f"{name[0].upper()}{name[1:]}Input"
    payload = door.ask(f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {ERRORS} }} }}", input=fields)[name]
    assert payload["errors"] == []


def wear(door: Door) -> None:
    query = f"mutation($input: UpdateProfileInput!) {{ updateProfile(input: $input) {{ {ERRORS} }} }}"
    file = ("variables.input.avatar", a_file(picture(), "me.png"))
    assert ask_with(door, query, {"input": {"avatar": None}}, a=file)["updateProfile"]["errors"] == []


class Scene:
    """alice and bob in a group, in which bob has said something, and alice looks at it."""

    def __init__(self, alice: Door, bob: Door, charlie: Door, group: str) -> None:
        self.alice, self.bob, self.charlie, self.group = alice, bob, charlie, group
        self.message = say(bob, group, "first")

    def look(self, door: Door) -> object:
        return door.ask(LOOK, id=self.group, user=gid(self.bob), message=self.message)


@pytest.fixture
def scene(alice, bob, charlie, group):
    return Scene(alice, bob, charlie, group)


CHANGES = {
    "a message": lambda s: say(s.bob, s.group, "second"),
    "an answer": lambda s: say(s.alice, s.group, "yes", replyToId=s.message),
    "an edit": lambda s: done(s.bob, "editMessage", messageId=s.message, body="better"),
    "a deletion": lambda s: done(s.bob, "deleteMessage", messageId=s.message),
    "a reaction": lambda s: done(s.bob, "addReaction", messageId=s.message, emoji="👍"),
    "a name": lambda s: mutate(s.bob, "updateProfile", firstName="Robert"),
    "a username": lambda s: mutate(s.bob, "updateProfile", username="robert"),
    "one's own name": lambda s: mutate(s.alice, "updateProfile", firstName="Alicia"),
    "an avatar": lambda s: wear(s.bob),
    "a role": lambda s: done(s.alice, "changeRole", conversationId=s.group, userId=gid(s.bob), role="ADMIN"),
    "a title": lambda s: done(s.alice, "updateConversation", conversationId=s.group, title="new"),
    "a read mark": lambda s: done(s.alice, "markRead", conversationId=s.group),
    "a pin": lambda s: done(s.alice, "updateParticipation", conversationId=s.group, isPinned=True),
    "an archive": lambda s: done(s.alice, "updateParticipation", conversationId=s.group, isArchived=True),
    "somebody more": lambda s: done(s.alice, "addParticipants", conversationId=s.group, userIds=[gid(s.charlie)]),
    "somebody less": lambda s: done(s.alice, "removeParticipant", conversationId=s.group, userId=gid(s.bob)),
    "a block": lambda s: mutate(s.alice, "blockUser", userId=gid(s.bob)),
    "being blocked": lambda s: mutate(s.bob, "blockUser", userId=gid(s.alice)),
    "an account that goes": lambda s: done(s.bob, "deleteAccount", password=PASSWORD),
    "the end": lambda s: done(s.alice, "deleteConversation", conversationId=s.group),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_after_a_change_the_next_answer_is_another(scene, change):
    before = scene.look(scene.alice)
    assert scene.look(scene.alice) == before
    change(scene)
    assert scene.look(scene.alice) != before


def test_who_was_removed_sees_nothing_more(scene):
    assert scene.look(scene.bob)["conversation"] is not None
    done(scene.alice, "removeParticipant", conversationId=scene.group, userId=gid(scene.bob))
    seen = scene.look(scene.bob)
    assert seen["conversation"] is seen["message"] is None
    assert seen["conversations"]["nodes"] == []


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_refused(door: Door) -> bool:
    return door.refused("{ me { id } }") == "UNAUTHENTICATED"


ENDS = {
    "the session is revoked": ("revokeSession", {"sessionId": "of the session"}),
    "all sessions are": ("revokeAllSessions", {}),
    "the password changes": ("changePassword", {"currentPassword": PASSWORD, "newPassword": "another battery staple"}),
    "the account goes": ("deleteAccount", {"password": PASSWORD}),
}


@pytest.mark.parametrize(("verb", "fields"), ENDS.values(), ids=ENDS)
def test_a_token_is_refused_as_soon_as(alice, verb, fields):
    another = start_session(alice.person, device="", ip_address=None)
    door = Door(token=another.access_token.text)
    assert door.ask("{ me { id } }")["me"]["id"] == gid(alice)
    mutate(alice, verb, **{name: gid(another.session) if name == "sessionId" else fields[name] for name in fields})
    assert is_refused(door)


def test_the_same_document_and_variables_answer_each_person_for_themselves(scene):
    alices, bobs, charlies = (scene.look(door) for door in (scene.alice, scene.bob, scene.charlie))
    assert [seen["me"]["username"] for seen in (alices, bobs, charlies)] == ["alice", "bob", "charlie"]
    assert [seen["conversation"]["unreadCount"] for seen in (alices, bobs)] == [1, 0]
    assert [seen["conversation"]["viewerParticipant"]["role"] for seen in (alices, bobs)] == ["OWNER", "MEMBER"]
    assert charlies["conversation"] is charlies["message"] is None
    assert charlies["conversations"]["nodes"] == []
    assert (scene.look(scene.alice), scene.look(scene.bob)) == (alices, bobs)


def test_nobody_gets_it_after_somebody_has(scene, anyone):
    scene.look(scene.alice)
    answer = anyone.post(LOOK, {"id": scene.group, "user": gid(scene.bob), "message": scene.message}).json()
    assert "bob" not in str(answer)
    assert answer["data"] is None
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHENTICATED"}


def test_the_same_document_with_other_variables_finds_other_things(alice, bob, group, direct):
    say(bob, group, "to all")
    say(bob, direct, "to alice")
    query = "query($id: ID!) { conversation(id: $id) { messages { nodes { body } } } }"
    bodies = [alice.ask(query, id=one)["conversation"]["messages"]["nodes"] for one in (group, direct, group)]
    assert bodies == [[{"body": "to all"}], [{"body": "to alice"}], [{"body": "to all"}]]
