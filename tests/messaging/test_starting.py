"""startDirectConversation and createConversation."""

import pytest

from accounts.models import User
from messaging.models import Conversation, Event, Participant
from tests.conftest import PASSWORD, Door, join
from tests.messaging.operations import (
    INBOX,
    do,
    document,
    done,
    gid,
    global_id,
    people_in,
    read,
    refused,
    say,
)

MALFORMED = {
    "empty": "",
    "garbage": "garbage",
    "not base64": "=" * 10_000,
    "not ASCII": "é",
    "another type": global_id("Conversation", 1),
    "no type": global_id("RefreshToken", 1),
    "missing": global_id("User", 2**62),
    "beyond 64 bits": global_id("User", 2**63),
    "negative": global_id("User", -1),
}


def create(door: Door, title: str = "team", people: list = (), **fields) -> dict:
    ids = [one if isinstance(one, str) else gid(one) for one in people]
    return do(door, "createConversation", title=title, participantIds=ids, **fields)


def refused_to_create(door: Door, title: str = "team", people: list = (), **fields) -> list:
    ids = [one if isinstance(one, str) else gid(one) for one in people]
    return refused(door, "createConversation", title=title, participantIds=ids, **fields)


# ── startDirectConversation ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_direct_conversation_is_between_two_members_without_a_title(alice, bob):
    started = done(alice, "startDirectConversation", userId=gid(bob))
    assert started["kind"] == "DIRECT"
    assert started["title"] == ""
    assert started["participantCount"] == 2
    assert people_in(started) == {"alice": "MEMBER", "bob": "MEMBER"}
    assert started["viewerCanSend"]
    assert not started["viewerCanManage"]


def test_both_see_it(alice, bob, direct):
    assert [node["id"] for node in alice.ask(INBOX)["conversations"]["nodes"]] == [direct]
    assert [node["id"] for node in bob.ask(INBOX)["conversations"]["nodes"]] == [direct]


def test_there_is_one_for_each_pair_whoever_starts_it(alice, bob, direct):
    for door, other in ((alice, bob), (bob, alice)):
        assert done(door, "startDirectConversation", userId=gid(other))["id"] == direct
    assert Conversation.objects.count() == 1
    assert Participant.objects.count() == 2


def test_the_edge_has_the_cursor_of_the_list(alice, bob):
    payload = do(alice, "startDirectConversation", userId=gid(bob))
    edge = alice.ask("{ conversations { edges { cursor node { id } } } }")["conversations"]["edges"][0]
    assert payload["conversationEdge"] == edge


def test_nobody_talks_to_themselves(alice):
    assert refused(alice, "startDirectConversation", userId=gid(alice)) == [("BAD_USER_INPUT", "userId")]


def test_a_disabled_person_cannot_be_reached(alice):
    assert refused(alice, "startDirectConversation", userId=gid(join("eve", is_active=False))) == [("FORBIDDEN", None)]
    assert not Conversation.objects.exists()


def test_nor_when_there_is_a_conversation_already(alice, bob, direct):
    User.objects.filter(username="bob").update(is_active=False)
    assert refused(alice, "startDirectConversation", userId=gid(bob)) == [("FORBIDDEN", None)]


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED)
def test_nobody_is_found_by_a_bad_id(alice, bad):
    assert refused(alice, "startDirectConversation", userId=bad) == [("NOT_FOUND", "userId")]


# ── createConversation ───────────────────────────────────────────────────────────────────────────────────────────────


def test_who_creates_a_group_owns_it(alice, bob, charlie):
    group = done(alice, "createConversation", title="team", participantIds=[gid(bob), gid(charlie)])
    assert group["kind"] == "GROUP"
    assert group["title"] == "team"
    assert group["participantCount"] == 3
    assert people_in(group) == {"alice": "OWNER", "bob": "MEMBER", "charlie": "MEMBER"}
    assert group["viewerCanManage"]
    assert read(bob, group["id"])["createdBy"] == {"username": "alice"}


def test_a_group_of_one_is_a_group(alice):
    assert create(alice)["conversation"]["participantCount"] == 1


def test_oneself_and_people_named_twice_are_in_it_once(alice, bob):
    group = create(alice, people=[bob, alice, bob])["conversation"]
    assert group["participantCount"] == 2
    assert people_in(group) == {"alice": "OWNER", "bob": "MEMBER"}


@pytest.mark.parametrize("title", ["t", "t" * 100, "🦊" * 100, "<img src=x onerror=alert(1)>", "' OR 1=1 --", "%_\\"])
def test_a_title_has_1_to_100_characters(alice, title):
    assert create(alice, title)["conversation"]["title"] == title


def test_a_title_is_trimmed_first(alice):
    assert create(alice, f"\u00a0\n {'t' * 100}\t ")["conversation"]["title"] == "t" * 100


@pytest.mark.parametrize(
    "title",
    [
        "",
        " \t\n\u00a0",
        "t" * 101,
        "t" * 10_000,
        "a\nb",
        "a\rb",
        "a\tb",
        "a\x1b[31mb",
        "a\x7fb",
        "a\u202eb",
        "a\u2028b",
    ],
)
def test_a_bad_title_is_refused(alice, bob, title):
    assert refused_to_create(alice, title, [bob]) == [("BAD_USER_INPUT", "title")]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("bad", MALFORMED.values(), ids=MALFORMED)
def test_every_id_that_names_nobody_is_named_and_nothing_is_made(alice, bob, bad):
    people = [bob, bad, alice, bad]
    assert refused_to_create(alice, people=people) == [
        ("NOT_FOUND", "participantIds.1"),
        ("NOT_FOUND", "participantIds.3"),
    ]
    assert not Conversation.objects.exists()
    assert not Event.objects.exists()


def test_a_hundred_people_are_named_at_once_and_no_more(alice):
    people = User.objects.bulk_create(User(username=f"u{i:03}", email=f"u{i:03}@example.com") for i in range(101))
    assert refused_to_create(alice, people=people) in (
        [("BAD_USER_INPUT", "participantIds")],
        [("LIMIT_EXCEEDED", "participantIds")],
    )
    assert not Conversation.objects.exists()
    assert create(alice, people=people[:100])["conversation"]["participantCount"] == 101


def test_one_disabled_person_and_nothing_is_made(alice, bob):
    assert refused_to_create(alice, people=[bob, join("eve", is_active=False)]) == [("FORBIDDEN", None)]
    assert not Conversation.objects.exists()


@pytest.mark.row(25)
@pytest.mark.parametrize("field", ["kind", "createdBy", "createdAt", "lastSequence", "ownerId"])
def test_nobody_sets_what_the_server_decides(alice, field):
    variables = {"input": {"title": "team", "participantIds": [], field: "1"}}
    (error,) = alice.post(document("createConversation"), variables).json()["errors"]
    assert error["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
    assert not Conversation.objects.exists()


# ── its idempotency key ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_returns_the_first_group(alice, bob):
    first = create(alice, people=[bob], idempotencyKey="k")["conversation"]
    assert create(alice, people=[bob, bob, alice], title=" team ", idempotencyKey="k")["conversation"] == first
    assert Conversation.objects.count() == 1


def test_the_same_key_returns_it_as_it_is_now(alice, bob):
    first = create(alice, people=[bob], idempotencyKey="k")["conversation"]
    done(alice, "updateConversation", conversationId=first["id"], title="renamed")
    say(bob, first["id"])
    again = create(alice, people=[bob], idempotencyKey="k")["conversation"]
    assert (again["id"], again["title"], again["lastSequence"]) == (first["id"], "renamed", 1)


def test_the_same_key_works_when_somebody_was_disabled_since(alice, bob):
    first = create(alice, people=[bob], idempotencyKey="k")["conversation"]
    User.objects.filter(username="bob").update(is_active=False)
    assert create(alice, people=[bob], idempotencyKey="k")["conversation"]["id"] == first["id"]


def test_the_same_key_works_when_somebodys_account_was_deleted_since(alice, bob, charlie):
    first = create(alice, people=[bob, charlie], idempotencyKey="k")["conversation"]
    everybody = [bob, charlie]
    done(bob, "deleteAccount", password=PASSWORD)
    again = create(alice, people=everybody, idempotencyKey="k")["conversation"]
    assert (again["id"], again["participantCount"]) == (first["id"], 2)
    assert refused_to_create(alice, people=everybody) == [("NOT_FOUND", "participantIds.0")]


def test_the_same_key_with_other_input_is_refused(alice, bob, charlie):
    create(alice, people=[bob], idempotencyKey="k")
    reused = [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]
    assert refused_to_create(alice, people=[charlie], idempotencyKey="k") == reused
    assert refused_to_create(alice, people=[bob, charlie], idempotencyKey="k") == reused
    assert refused_to_create(alice, "other", [bob], idempotencyKey="k") == reused
    assert Conversation.objects.count() == 1


def test_after_leaving_the_key_shows_nothing_of_the_group(alice, bob):
    first = create(alice, people=[bob], idempotencyKey="k")["conversation"]["id"]
    done(alice, "changeRole", conversationId=first, userId=gid(bob), role="OWNER")
    done(alice, "leaveConversation", conversationId=first)
    assert refused_to_create(alice, people=[bob], idempotencyKey="k") == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_a_key_is_free_again_when_its_group_is_gone(alice):
    first = create(alice, idempotencyKey="k")["conversation"]["id"]
    done(alice, "deleteConversation", conversationId=first)
    assert create(alice, idempotencyKey="k")["conversation"]["id"] != first


def test_two_people_may_use_the_same_key(alice, bob):
    assert (
        create(alice, idempotencyKey="k")["conversation"]["id"] != create(bob, idempotencyKey="k")["conversation"]["id"]
    )


def test_without_a_key_every_group_is_another(alice, bob):
    assert create(alice, people=[bob])["conversation"]["id"] != create(alice, people=[bob])["conversation"]["id"]
    assert create(alice, idempotencyKey=None)["conversation"]["id"] != create(alice)["conversation"]["id"]


@pytest.mark.parametrize("key", ["k", "k" * 100, "' OR 1=1 --", "🦊"])
def test_a_key_has_1_to_100_characters(alice, key):
    assert create(alice, idempotencyKey=key)["errors"] == []


@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_bad_key_is_refused(alice, key):
    assert refused_to_create(alice, idempotencyKey=key) == [("BAD_USER_INPUT", "idempotencyKey")]
