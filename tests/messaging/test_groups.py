"""Groups: renaming, deleting, adding, removing, roles, leaving; and that a direct conversation has none of it."""

import pytest

from accounts.models import User
from messaging.models import Conversation, Event, Message, Participant
from tests.conftest import join
from tests.messaging.operations import (
    INBOX,
    bodies,
    do,
    done,
    gather,
    gid,
    global_id,
    history,
    people_in,
    read,
    refused,
    say,
)

STRANGER_TO_IT = [("NOT_FOUND", "conversationId")]


def make(door, conversation, other, role):
    return done(door, "changeRole", conversationId=conversation, userId=gid(other), role=role)


# ── who is not in it ─────────────────────────────────────────────────────────────────────────────────────────────────


def attempts(conversation: str, person: str) -> dict[str, dict]:
    """Every verb that names a conversation."""
    here = {"conversationId": conversation}
    return {
        "updateConversation": {**here, "title": "mine"},
        "deleteConversation": here,
        "addParticipants": {**here, "userIds": [person]},
        "removeParticipant": {**here, "userId": person},
        "changeRole": {**here, "userId": person, "role": "OWNER"},
        "leaveConversation": here,
        "updateParticipation": {**here, "isPinned": True},
        "markRead": here,
        "sendMessage": {**here, "body": "canary"},
    }


VERBS = list(attempts("", ""))


def state() -> list:
    return [
        list(Conversation.objects.order_by("pk").values()),
        list(Participant.objects.order_by("pk").values()),
        list(Message.objects.order_by("pk").values()),
        list(Event.objects.order_by("pk").values()),
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_to_a_stranger_a_group_does_not_exist(charlie, group, verb):
    before = state()
    assert refused(charlie, verb, **attempts(group, gid(charlie))[verb]) == STRANGER_TO_IT
    assert state() == before


@pytest.mark.parametrize("verb", VERBS)
def test_nor_does_a_direct_conversation(charlie, direct, verb):
    before = state()
    assert refused(charlie, verb, **attempts(direct, gid(charlie))[verb]) == STRANGER_TO_IT
    assert state() == before


@pytest.mark.parametrize("verb", VERBS)
def test_nor_to_staff(charlie, group, verb):
    User.objects.filter(username="charlie").update(is_staff=True, is_superuser=True)
    assert refused(charlie, verb, **attempts(group, gid(charlie))[verb]) == STRANGER_TO_IT


@pytest.mark.parametrize("verb", VERBS)
def test_nor_to_who_was_removed(alice, bob, group, verb):
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    before = state()
    assert refused(bob, verb, **attempts(group, gid(bob))[verb]) == STRANGER_TO_IT
    assert state() == before


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("bad", ["", "garbage", "=" * 10_000, "é", "User", "Message", "missing"])
def test_a_bad_id_names_no_conversation(alice, group, verb, bad):
    ids = {
        "User": gid(alice),
        "Message": global_id("Message", Conversation.objects.get().pk),
        "missing": global_id("Conversation", 2**62),
    }
    assert refused(alice, verb, **attempts(ids.get(bad, bad), gid(alice))[verb]) == STRANGER_TO_IT


@pytest.mark.parametrize("verb", VERBS)
def test_a_stranger_gets_the_same_bytes_as_for_nothing(charlie, group, verb):
    answers = [do(charlie, verb, **attempts(one, gid(charlie))[verb]) for one in (group, global_id("Conversation", 9))]
    assert answers[0] == answers[1]


# ── a direct conversation is not changed ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("verb", VERBS[:6])
@pytest.mark.parametrize("on", ["alice", "bob"])
def test_nobody_changes_a_direct_conversation(alice, bob, direct, verb, on):
    before = state()
    person = gid(User.objects.get(username=on))
    assert refused(alice, verb, **attempts(direct, person)[verb]) == [("CONFLICT", None)]
    assert state() == before


def test_no_third_person_comes_into_it(alice, charlie, direct):
    assert refused(alice, "addParticipants", conversationId=direct, userIds=[gid(charlie)]) == [("CONFLICT", None)]
    assert read(charlie, direct) is None


# ── updateConversation ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_is_renamed_for_everybody(alice, bob, group):
    assert done(alice, "updateConversation", conversationId=group, title=" new name ")["title"] == "new name"
    assert read(bob, group)["title"] == "new name"


def test_renaming_does_not_move_it_up_the_list(alice, bob, group):
    before = Conversation.objects.get()
    done(alice, "updateConversation", conversationId=group, title="new name")
    after = Conversation.objects.get()
    assert after.last_activity_at == before.last_activity_at
    assert after.updated_at > before.updated_at


@pytest.mark.parametrize("title", ["", " ", "t" * 101, "a\nb", "a\u202eb", "\u200b", "\u3164 \u2800"])
def test_a_bad_title_is_refused(alice, group, title):
    assert refused(alice, "updateConversation", conversationId=group, title=title) == [("BAD_USER_INPUT", "title")]
    assert read(alice, group)["title"] == "team"


def test_the_same_title_changes_nothing(alice, group):
    before = state()
    assert done(alice, "updateConversation", conversationId=group, title="team ")["title"] == "team"
    assert state() == before


# ── deleteConversation ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deleted_group_is_gone_for_everybody(alice, bob, group):
    message = say(alice, group)
    assert done(alice, "deleteConversation", conversationId=group) == group
    for door in (alice, bob):
        assert read(door, group) is None
        assert door.ask(INBOX)["conversations"]["nodes"] == []
        assert door.ask("query($id: ID!) { message(id: $id) { id } }", id=message)["message"] is None
    assert not Message.objects.exists()
    assert not Participant.objects.exists()


def test_deleting_it_twice_is_not_found(alice, group):
    done(alice, "deleteConversation", conversationId=group)
    assert refused(alice, "deleteConversation", conversationId=group) == STRANGER_TO_IT


def test_another_group_stays(alice, bob, group):
    other = gather(alice, bob, title="other")
    say(bob, other)
    done(alice, "deleteConversation", conversationId=group)
    assert read(bob, other)["unreadCount"] == 0
    assert read(alice, other)["lastMessage"] == {"body": "hello"}


# ── addParticipants ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_member_reads_the_whole_history_and_starts_with_everything_read(alice, charlie, group):
    say(alice, group, "one")
    say(alice, group, "two")
    added = done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    assert people_in(added) == {"alice": "OWNER", "bob": "MEMBER", "charlie": "MEMBER"}
    assert added["participantCount"] == 3
    assert bodies(history(charlie, group)) == ["one", "two"]
    assert read(charlie, group)["unreadCount"] == 0
    assert read(charlie, group)["viewerParticipant"]["lastReadSequence"] == 2


def test_who_is_in_it_already_stays_as_they_are(alice, bob, charlie, group):
    make(alice, group, bob, "ADMIN")
    done(alice, "addParticipants", conversationId=group, userIds=[gid(bob), gid(charlie), gid(alice), gid(charlie)])
    assert people_in(read(alice, group)) == {"alice": "OWNER", "bob": "ADMIN", "charlie": "MEMBER"}


def test_adding_nobody_changes_nothing(alice, bob, group):
    before = state()
    done(alice, "addParticipants", conversationId=group, userIds=[])
    done(alice, "addParticipants", conversationId=group, userIds=[gid(bob)])
    assert state() == before


@pytest.mark.parametrize("bad", ["", "garbage", global_id("Message", 1), global_id("User", 2**62)])
def test_one_unknown_person_and_nobody_is_added(alice, charlie, group, bad):
    people = [gid(charlie), gid(alice), gid(charlie), bad]
    assert refused(alice, "addParticipants", conversationId=group, userIds=people) == [("NOT_FOUND", "userIds.3")]
    assert read(charlie, group) is None


def test_one_disabled_person_and_nobody_is_added(alice, charlie, group):
    eve = join("eve", is_active=False)
    people = [gid(charlie), gid(eve)]
    assert refused(alice, "addParticipants", conversationId=group, userIds=people) == [("FORBIDDEN", None)]
    assert read(charlie, group) is None


def test_who_is_in_it_and_disabled_since_is_no_reason_to_refuse(alice, bob, charlie, group):
    User.objects.filter(username="bob").update(is_active=False)
    done(alice, "addParticipants", conversationId=group, userIds=[gid(bob), gid(charlie)])
    assert read(charlie, group)["participantCount"] == 3


def test_a_hundred_and_one_ids_are_too_many(alice, group):
    people = [gid(alice)] * 101
    assert refused(alice, "addParticipants", conversationId=group, userIds=people) in (
        [("BAD_USER_INPUT", "userIds")],
        [("LIMIT_EXCEEDED", "userIds")],
    )


def test_a_group_has_a_thousand_people(alice, bob, charlie, group):
    crowd = User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.com") for i in range(997))
    conversation = Conversation.objects.get()
    Participant.objects.bulk_create(Participant(conversation=conversation, user=person) for person in crowd)
    Conversation.objects.update(participant_count=999)
    eve = join("eve")
    both = [gid(charlie), gid(eve)]
    assert refused(alice, "addParticipants", conversationId=group, userIds=both) == [("LIMIT_EXCEEDED", "userIds")]
    assert read(charlie, group) is None
    assert done(alice, "addParticipants", conversationId=group, userIds=both[:1])["participantCount"] == 1_000
    assert refused(alice, "addParticipants", conversationId=group, userIds=both[1:]) == [("LIMIT_EXCEEDED", "userIds")]
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    assert done(alice, "addParticipants", conversationId=group, userIds=both[1:])["participantCount"] == 1_000


def test_who_comes_back_reads_everything_again(alice, bob, group):
    say(bob, group, "before")
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    say(alice, group, "meanwhile")
    done(alice, "addParticipants", conversationId=group, userIds=[gid(bob)])
    assert bodies(history(bob, group)) == ["before", "meanwhile"]
    assert read(bob, group)["unreadCount"] == 0


# ── removeParticipant ────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_removed_sees_nothing_any_more(alice, bob, group):
    message = say(bob, group)
    removed = done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    assert people_in(removed) == {"alice": "OWNER"}
    assert removed["participantCount"] == 1
    assert read(bob, group) is None
    assert bob.ask("query($id: ID!) { message(id: $id) { id } }", id=message)["message"] is None
    assert bodies(history(alice, group)) == ["hello"]


def test_who_is_not_in_it_cannot_be_removed(alice, charlie, group):
    assert refused(alice, "removeParticipant", conversationId=group, userId=gid(charlie)) == [("NOT_FOUND", "userId")]


@pytest.mark.parametrize("bad", ["", "garbage", global_id("Message", 1), global_id("User", 2**62)])
def test_nobody_is_removed_by_a_bad_id(alice, group, bad):
    assert refused(alice, "removeParticipant", conversationId=group, userId=bad) == [("NOT_FOUND", "userId")]


def test_nobody_removes_themselves(alice, bob, group):
    for door in (alice, bob):
        assert refused(door, "removeParticipant", conversationId=group, userId=gid(door)) == [
            ("BAD_USER_INPUT", "userId")
        ]


# ── changeRole ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_may_have_several_owners(alice, bob, group):
    assert people_in(make(alice, group, bob, "OWNER")) == {"alice": "OWNER", "bob": "OWNER"}


def test_an_owner_steps_down_when_another_stays(alice, bob, group):
    make(alice, group, bob, "OWNER")
    stepped = make(alice, group, alice, "MEMBER")
    assert people_in(stepped) == {"alice": "MEMBER", "bob": "OWNER"}
    assert stepped["viewerParticipant"]["role"] == "MEMBER"
    assert not stepped["viewerCanManage"]


@pytest.mark.parametrize("role", ["ADMIN", "MEMBER"])
def test_the_last_owner_does_not_step_down(alice, group, role):
    here = {"conversationId": group, "userId": gid(alice), "role": role}
    assert refused(alice, "changeRole", **here) == [("LAST_OWNER", None)]
    assert read(alice, group)["viewerParticipant"]["role"] == "OWNER"


def test_the_same_role_changes_nothing(alice, bob, group):
    before = state()
    make(alice, group, bob, "MEMBER")
    make(alice, group, alice, "OWNER")
    assert state() == before


def test_who_is_not_in_it_has_no_role(alice, charlie, group):
    here = {"conversationId": group, "userId": gid(charlie), "role": "ADMIN"}
    assert refused(alice, "changeRole", **here) == [("NOT_FOUND", "userId")]


@pytest.mark.parametrize("role", ["KING", "owner", 1, None])
def test_there_is_no_such_role(alice, bob, group, role):
    query = "mutation($input: ChangeRoleInput!) { changeRole(input: $input) { errors { code } } }"
    body = {"input": {"conversationId": group, "userId": gid(bob), "role": role}}
    (error,) = alice.post(query, body).json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


# ── leaveConversation ────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_leaves_sees_nothing_any_more(alice, bob, group):
    say(bob, group)
    assert done(bob, "leaveConversation", conversationId=group) == group
    assert read(bob, group) is None
    assert bob.ask(INBOX)["conversations"]["nodes"] == []
    assert people_in(read(alice, group)) == {"alice": "OWNER"}
    assert read(alice, group)["participantCount"] == 1


def test_leaving_twice_is_not_found(bob, group):
    done(bob, "leaveConversation", conversationId=group)
    assert refused(bob, "leaveConversation", conversationId=group) == STRANGER_TO_IT


def test_the_last_owner_hands_over_before_leaving(alice, bob, group):
    assert refused(alice, "leaveConversation", conversationId=group) == [("LAST_OWNER", None)]
    make(alice, group, bob, "ADMIN")
    assert refused(alice, "leaveConversation", conversationId=group) == [("LAST_OWNER", None)]
    make(alice, group, bob, "OWNER")
    done(alice, "leaveConversation", conversationId=group)
    assert people_in(read(bob, group)) == {"bob": "OWNER"}


def test_who_is_alone_takes_the_group_along(alice, bob, group):
    say(bob, group)
    done(bob, "leaveConversation", conversationId=group)
    assert done(alice, "leaveConversation", conversationId=group) == group
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
