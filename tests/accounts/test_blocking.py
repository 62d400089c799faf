"""blockUser, unblockUser: who is blocked, who may know it, and what is hidden by it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Block, User
from tests.conftest import Door, enter, join
from tests.messaging.operations import gid, statements
from tests.operations import ERRORS, REGISTER, refusals

BLOCK = f"""mutation($input: BlockUserInput!) {{
  blockUser(input: $input) {{ user {{ username viewerHasBlocked isOnline lastSeenAt }} {ERRORS} }}
}}"""
UNBLOCK = BLOCK.replace("blockUser(", "unblockUser(")
SEEN = "username isOnline lastSeenAt viewerHasBlocked"
USER = f"query($name: String!) {{ user(username: $name) {{ {SEEN} }} }}"
USERS = f"""query($filters: UserFilter) {{
  users(filters: $filters) {{ totalCount nodes {{ {SEEN} }} }}
}}"""
BLOCKED = """query($id: ID, $first: Int, $after: String) { user(id: $id) {
  blockedUsers(first: $first, after: $after) {
    totalCount nodes { username viewerHasBlocked } pageInfo { hasNextPage endCursor }
  }
} }"""


def block(door: Door, other: Door):
    payload = door.ask(BLOCK, input={"userId": gid(other)})["blockUser"]
    assert payload["errors"] == []
    return payload["user"]


def unblock(door: Door, other: Door):
    payload = door.ask(UNBLOCK, input={"userId": gid(other)})["unblockUser"]
    assert payload["errors"] == []
    return payload["user"]


def seen(door: Door, other: Door):
    return door.ask(USER, name=other.person.username)["user"]


def found(door: Door, **filters) -> set[str]:
    """Who is in the list; its count says the same."""
    page = door.ask(USERS, filters=filters)["users"]
    assert page["totalCount"] == len(page["nodes"])
    return {node["username"] for node in page["nodes"]}


def test_who_is_blocked_is_marked_for_the_one_who_did_it(alice, bob):
    assert block(alice, bob) == {"username": "bob", "viewerHasBlocked": True, "isOnline": False, "lastSeenAt": None}
    assert seen(alice, bob)["viewerHasBlocked"]
    assert not seen(bob, alice)["viewerHasBlocked"]


def test_blocking_twice_is_blocking_once(alice, bob):
    assert block(alice, bob) == block(alice, bob)
    assert Block.objects.count() == 1


def test_unblocking_ends_it(alice, bob):
    block(alice, bob)
    assert unblock(alice, bob)["isOnline"]
    assert not seen(alice, bob)["viewerHasBlocked"]
    assert seen(bob, alice)["isOnline"]


def test_unblocking_who_is_not_blocked_changes_nothing(alice, bob):
    block(bob, alice)
    assert not unblock(alice, bob)["viewerHasBlocked"]
    assert seen(bob, alice)["viewerHasBlocked"]


@pytest.mark.parametrize("document", [BLOCK, UNBLOCK])
def test_nobody_blocks_themselves(alice, document):
    (payload,) = alice.ask(document, input={"userId": gid(alice)}).values()
    assert refusals(payload) == [("BAD_USER_INPUT", "userId")]
    assert not Block.objects.exists()


@pytest.mark.parametrize("document", [BLOCK, UNBLOCK])
@pytest.mark.parametrize("wrong", ["x", "VXNlcjo5OTk=", "Q29udmVyc2F0aW9uOjE="])
def test_who_is_not_there_is_not_found(alice, document, wrong):
    (payload,) = alice.ask(document, input={"userId": wrong}).values()
    assert refusals(payload) == [("NOT_FOUND", "userId")]


@pytest.mark.parametrize("document", [BLOCK, UNBLOCK])
def test_nobody_blocks_without_signing_in(anyone, bob, document):
    assert anyone.refused(document, input={"userId": gid(bob)}) == "UNAUTHENTICATED"


# ── presence ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_neither_sees_when_the_other_is_here(alice, bob, charlie):
    block(alice, bob)
    for one, other in ((alice, bob), (bob, alice)):
        assert (seen(one, other)["isOnline"], seen(one, other)["lastSeenAt"]) == (False, None)
        assert seen(one, charlie)["isOnline"]
        assert seen(charlie, one)["isOnline"]
        assert seen(charlie, one)["lastSeenAt"]


def test_everybody_sees_themselves(alice, bob):
    block(alice, bob)
    assert all(seen(one, one)["isOnline"] for one in (alice, bob))


def test_the_filter_tells_no_more_than_the_field(alice, bob, charlie):
    block(alice, bob)
    assert found(alice, isOnline=True) == {"alice", "charlie"}
    assert found(alice, isOnline=False) == {"bob"}
    assert found(bob, isOnline=True) == {"bob", "charlie"}
    assert found(bob, isOnline=False) == set()
    assert found(charlie, isOnline=True) == {"alice", "bob", "charlie"}


def test_who_is_away_stays_so(alice, bob):
    User.objects.filter(pk=bob.person.pk).update(last_seen_at=timezone.now() - timedelta(hours=1))
    block(alice, bob)
    assert found(alice, isOnline=False) == {"bob"}


# ── finding people ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_blocker_is_not_among_the_people_of_the_blocked(alice, bob, charlie):
    block(alice, bob)
    assert found(bob) == {"bob", "charlie"}
    assert found(bob, search="ali") == set()
    assert found(alice) == found(charlie) == {"alice", "bob", "charlie"}


def test_by_name_and_id_the_blocker_is_there_as_ever(alice, bob):
    block(alice, bob)
    assert seen(bob, alice)["username"] == "alice"
    node = bob.ask("query($id: ID!) { node(id: $id) { ... on User { username } } }", id=gid(alice))["node"]
    assert node == {"username": "alice"}


# ── whom one has blocked ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_of_the_blocked_is_the_last_first(alice, bob, charlie):
    block(alice, bob)
    block(alice, charlie)
    page = alice.ask(BLOCKED, id=gid(alice), first=1)["user"]["blockedUsers"]
    assert page["nodes"] == [{"username": "charlie", "viewerHasBlocked": True}]
    assert page["totalCount"] == 2
    assert page["pageInfo"]["hasNextPage"]
    rest = alice.ask(BLOCKED, id=gid(alice), first=1, after=page["pageInfo"]["endCursor"])["user"]["blockedUsers"]
    assert [node["username"] for node in rest["nodes"]] == ["bob"]


def test_nobody_else_sees_it(alice, bob, charlie):
    block(alice, bob)
    for stranger in (bob, charlie):
        assert stranger.ask(BLOCKED, id=gid(alice))["user"]["blockedUsers"] is None
    assert bob.ask(BLOCKED, id=gid(bob))["user"]["blockedUsers"]["nodes"] == []


def test_staff_see_it(alice, bob):
    block(alice, bob)
    staff = enter(join("sam", is_staff=True))
    assert [one["username"] for one in staff.ask(BLOCKED, id=gid(alice))["user"]["blockedUsers"]["nodes"]] == ["bob"]


def test_a_new_person_has_blocked_nobody(anyone, db):
    query = REGISTER.replace("user { id username }", "user { viewerHasBlocked isOnline blockedUsers { totalCount } }")
    given = {"username": "eve", "email": "eve@example.com", "password": "correct horse battery"}
    user = anyone.ask(query, input=given)["register"]["user"]
    assert user == {"viewerHasBlocked": False, "isOnline": True, "blockedUsers": {"totalCount": 0}}


def test_staff_get_the_lists_of_a_page_in_one_statement(alice, bob, charlie):
    block(alice, bob)
    block(charlie, bob)
    staff = enter(join("sam", is_staff=True))
    query = "{ users { nodes { username blockedUsers(first: 5) { nodes { username } } } } }"
    assert len(statements(staff, query)) == 3


@pytest.mark.parametrize("people", [1, 50])
def test_what_stands_between_is_asked_once_for_a_page(alice, people):
    crowd = User.objects.bulk_create(User(username=f"u{i}", email=f"u{i}@example.com") for i in range(people))
    Block.objects.bulk_create(Block(blocker=alice.person, blocked=one) for one in crowd)
    query = "{ users(first: 100) { nodes { isOnline lastSeenAt viewerHasBlocked } } }"
    assert len(statements(alice, query)) == 3
