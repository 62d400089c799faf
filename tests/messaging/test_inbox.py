"""conversations: the filters and orders of the contract, cursors that stay right, and one conversation by its id."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from messaging.models import Conversation
from tests.conftest import PASSWORD, join
from tests.messaging.operations import (
    CONVERSATIONS,
    INBOX,
    READ,
    done,
    gather,
    gid,
    global_id,
    pages_backward,
    pages_forward,
    read,
    say,
    talk,
    titles,
)

ORDERS = ["LAST_ACTIVITY", "CREATED", "TITLE"]


def listed(door, filters=None, ordering=None, **sizes) -> list[str]:
    """The titles that a list shows."""
    return titles(page_of(door, filters, ordering, **sizes))


def page_of(door, filters=None, ordering=None, **sizes):
    given = {"filters": filters or {}} | ({"ordering": ordering} if ordering else {})
    return door.ask(CONVERSATIONS, **given, **sizes)["conversations"]


def by(field, direction="DESC"):
    return {"field": field, "direction": direction}


def cursor_of(*values) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.fixture
def five(alice) -> list[str]:
    """Five groups; created in the order e, a, d, b, c, and written to in the order of their letters."""
    ids = {title: gather(alice, title=title) for title in "eadbc"}
    for title in "abcde":
        say(alice, ids[title])
    return list("edcba")


# ── what is in it ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_last_written_to_comes_first(alice, five):
    page = page_of(alice)
    assert titles(page) == five
    assert page["totalCount"] == 5
    assert not page["pageInfo"]["hasNextPage"]


def test_everybody_sees_their_own(alice, bob, charlie, direct, group):
    assert [node["id"] for node in bob.ask(INBOX)["conversations"]["nodes"]] == [group, direct]
    assert charlie.ask(INBOX)["conversations"]["nodes"] == []
    assert page_of(charlie)["totalCount"] == 0


def test_staff_see_their_own_too(charlie, direct, group):
    User.objects.filter(username="charlie").update(is_staff=True, is_superuser=True)
    assert listed(charlie, {"isArchived": None}) == []


def test_each_comes_with_its_last_message_and_what_is_unread(alice, bob, direct, group):
    for body in ("one", "two"):
        say(alice, direct, body)
    assert bob.ask(INBOX)["conversations"]["nodes"] == [
        {"id": direct, "title": "", "unreadCount": 2, "lastMessage": {"body": "two"}},
        {"id": group, "title": "team", "unreadCount": 0, "lastMessage": None},
    ]


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("field", "ascending"), [("LAST_ACTIVITY", "abcde"), ("CREATED", "eadbc"), ("TITLE", "abcde")])
def test_every_order_both_ways(alice, five, field, ascending):
    assert "".join(listed(alice, ordering=by(field, "ASC"))) == ascending
    assert "".join(listed(alice, ordering=by(field, "DESC"))) == ascending[::-1]


def test_an_order_has_defaults(alice, five):
    assert listed(alice, ordering={"direction": "ASC"}) == five[::-1]
    assert listed(alice, ordering={"field": "CREATED"}) == list("cbdae")


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ORDERS)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_paging_meets_everything_once_in_every_order(alice, five, field, direction, size):
    whole = listed(alice, ordering=by(field, direction))

    def ask(**sizes):
        return page_of(alice, ordering=by(field, direction), **sizes)

    assert [title for page in pages_forward(ask, size) for title in titles(page)] == whole
    assert [title for page in reversed(pages_backward(ask, size)) for title in titles(page)] == whole


@pytest.mark.parametrize("field", ORDERS)
def test_what_is_alike_has_one_place_still(alice, field):
    now = timezone.now()
    for _ in range(5):
        gather(alice, title="same")
    Conversation.objects.update(last_activity_at=now, created_at=now)

    def ask(**sizes):
        return page_of(alice, ordering=by(field), **sizes)

    found = [node["id"] for page in pages_forward(ask, 2) for node in page["nodes"]]
    assert len(found) == len(set(found)) == 5


def test_messages_between_pages_shift_nothing(alice, bob, five):
    first = page_of(alice, first=2)
    assert titles(first) == ["e", "d"]
    ids = {node["title"]: node["id"] for node in page_of(alice)["nodes"]}
    say(alice, ids["e"])  # was on this page
    say(alice, ids["a"])  # was to come, and is at the top now
    gather(alice, title="new")
    assert listed(alice, first=2, after=first["pageInfo"]["endCursor"]) == ["c", "b"]
    assert listed(alice, last=5, before=first["pageInfo"]["endCursor"]) == ["new", "a", "e"]


def test_a_cursor_holds_when_its_conversation_is_gone(alice, five):
    first = page_of(alice, first=2)
    done(alice, "deleteConversation", conversationId=first["nodes"][1]["id"])
    assert listed(alice, first=2, after=first["pageInfo"]["endCursor"]) == ["c", "b"]


def test_a_new_title_between_pages_of_titles_shifts_nothing(alice, five):
    first = page_of(alice, ordering=by("TITLE", "ASC"), first=2)
    ids = {node["title"]: node["id"] for node in page_of(alice)["nodes"]}
    done(alice, "updateConversation", conversationId=ids["a"], title="z")
    rest = listed(alice, ordering=by("TITLE", "ASC"), after=first["pageInfo"]["endCursor"])
    assert rest == ["c", "d", "e", "z"]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        cursor_of("CREATED", "2026-01-01T00:00:00+00:00", 1),
        cursor_of("LAST_ACTIVITY", "2026-01-01T00:00:00+00:00"),
        cursor_of("LAST_ACTIVITY", "2026-01-01T00:00:00", 1),  # without an offset
        cursor_of("LAST_ACTIVITY", "2026-01-01", 1),
        cursor_of("LAST_ACTIVITY", "0001-01-01T00:00:00+14:00", 1),  # before the first year
        cursor_of("LAST_ACTIVITY", "9999-12-31T23:59:59-14:00", 1),  # after the last
        cursor_of("LAST_ACTIVITY", "yesterday", 1),
        cursor_of("LAST_ACTIVITY", 5, 1),
        cursor_of("LAST_ACTIVITY", None, 1),
        cursor_of("LAST_ACTIVITY", "2026-01-01T00:00:00+00:00", "1"),
        cursor_of("LAST_ACTIVITY", "2026-01-01T00:00:00+00:00", 2**63),
        cursor_of("LAST_ACTIVITY", "2026-01-01T00:00:00+00:00", True),
    ],
)
@pytest.mark.parametrize("argument", ["after", "before"])
def test_a_cursor_that_is_not_of_this_list_is_refused(alice, five, argument, cursor):
    assert alice.refused(CONVERSATIONS, **{"filters": {}, argument: cursor}) == "BAD_USER_INPUT"


def test_a_cursor_of_another_order_is_refused(alice, five):
    end = page_of(alice, first=1)["pageInfo"]["endCursor"]
    for order in ("CREATED", "TITLE"):
        assert alice.refused(CONVERSATIONS, filters={}, ordering=by(order), after=end) == "BAD_USER_INPUT"


@pytest.mark.parametrize("sizes", [{"first": -1}, {"last": 101}, {"first": 1, "last": 1}, {"first": 2**31 - 1}])
def test_a_bad_page_size_is_refused(alice, sizes):
    assert alice.refused(CONVERSATIONS, filters={}, **sizes) == "BAD_USER_INPUT"


def test_nobody_lists_without_signing_in(anyone, db):
    assert anyone.refused(INBOX) == "UNAUTHENTICATED"


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_by_kind(alice, bob, direct, group):
    assert [node["id"] for node in page_of(alice, {"kind": "DIRECT"})["nodes"]] == [direct]
    assert [node["id"] for node in page_of(alice, {"kind": "GROUP"})["nodes"]] == [group]
    assert len(page_of(alice, {"kind": None})["nodes"]) == 2


def test_by_all_of_these_people(alice, bob, charlie):
    gather(alice, bob, title="b")
    gather(alice, charlie, title="c")
    gather(alice, bob, charlie, title="bc")
    with_all = lambda *people: set(listed(alice, {"participantIds": [gid(one) for one in people]}))  # noqa: E731
    assert with_all(bob) == {"b", "bc"}
    assert with_all(bob, charlie) == with_all(charlie, bob, bob) == {"bc"}
    assert with_all(alice) == with_all() == {"b", "c", "bc"}


def test_people_who_are_not_there_take_part_in_nothing(alice, bob, group):
    for bad in ("", "garbage", global_id("Message", 1), global_id("User", 2**62), group):
        assert listed(alice, {"participantIds": [gid(bob), bad]}) == []


def test_a_hundred_people_and_no_more(alice, bob, group):
    assert listed(alice, {"participantIds": [gid(bob)] * 100}) == ["team"]
    many = [global_id("User", i) for i in range(1, 101)]
    assert listed(alice, {"participantIds": many}) == []
    assert alice.refused(CONVERSATIONS, filters={"participantIds": [*many, many[0]]}) == "BAD_USER_INPUT"


def test_by_what_is_unread(alice, bob, direct, group):
    say(bob, direct)
    assert [node["id"] for node in page_of(alice, {"unreadOnly": True})["nodes"]] == [direct]
    assert len(page_of(alice, {"unreadOnly": False})["nodes"]) == 2
    assert listed(bob, {"unreadOnly": True}) == []


def test_by_what_is_archived(alice, five):
    ids = {node["title"]: node["id"] for node in page_of(alice)["nodes"]}
    for title in "ab":
        done(alice, "updateParticipation", conversationId=ids[title], isArchived=True)
    assert listed(alice, {"isArchived": False}) == listed(alice) == ["e", "d", "c"]
    assert listed(alice, {"isArchived": True}) == ["b", "a"]
    assert listed(alice, {"isArchived": None}) == five
    assert [node["title"] for node in alice.ask(INBOX)["conversations"]["nodes"]] == ["e", "d", "c"]
    nulls = "{ conversations(filters: null) { nodes { title } } }"
    assert [node["title"] for node in alice.ask(nulls)["conversations"]["nodes"]] == ["e", "d", "c"]


def test_by_when_it_was_started_from_included_to_excluded(alice, five):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for i, title in enumerate("abcde"):
        Conversation.objects.filter(title=title).update(created_at=start + timedelta(days=i))
    of = lambda **span: listed(alice, {"created": span}, by("TITLE", "ASC"))  # noqa: E731
    assert of(**{"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z"}) == ["b", "c"]
    assert of(**{"from": "2026-01-04T01:00:00+01:00"}) == ["d", "e"]
    assert of(to="2026-01-02T00:00:00Z") == ["a"]
    assert of() == of(**{"from": None, "to": None}) == list("abcde")
    assert of(**{"from": "2026-01-04T00:00:00Z", "to": "2026-01-02T00:00:00Z"}) == []
    assert of(**{"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}) == list("abcde")


def test_by_when_it_was_last_written_to(alice, five):
    moment = Conversation.objects.get(title="c").last_activity_at.isoformat()
    assert listed(alice, {"lastActivity": {"from": moment}}) == ["e", "d", "c"]
    assert listed(alice, {"lastActivity": {"to": moment}}) == ["b", "a"]


def test_all_filters_together(alice, bob, charlie, direct):
    wanted = gather(alice, bob, title="wanted")
    gather(alice, bob, title="wanted, too, but read")
    say(bob, wanted)
    filters = {
        "kind": "GROUP",
        "participantIds": [gid(bob)],
        "search": "want",
        "unreadOnly": True,
        "isArchived": None,
        "created": {"from": "2020-01-01T00:00:00Z"},
        "lastActivity": {"from": "2020-01-01T00:00:00Z"},
    }
    page = page_of(alice, filters, by("TITLE"), first=1)
    assert titles(page) == ["wanted"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (1, False)


def test_pages_of_a_filtered_list(alice, bob, five):
    for title in ("x1", "x2", "x3"):
        gather(alice, title=title)

    def ask(**sizes):
        return page_of(alice, {"search": "x"}, **sizes)

    assert [titles(page) for page in pages_forward(ask, 2)] == [["x3", "x2"], ["x1"]]
    assert [titles(page) for page in pages_backward(ask, 2)] == [["x2", "x1"], ["x3"]]


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def named(alice) -> None:
    gather(alice, title="Summer party")
    gather(alice, join("zed", first_name="Zoë", last_name="Zimmer"), title="work")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("summer", ["Summer party"]),
        ("MER PAR", ["Summer party"]),
        (" summer party ", ["Summer party"]),
        ("zed", ["work"]),
        ("Zoë Zimmer", ["work"]),
        ("zimmer zo", ["work"]),
        ("ZED", ["work"]),
        ("zed party", []),
        ("zed@example.com", []),
        ("alice", []),  # one's own name is in all of them
        ("example", []),
        ("", ["work", "Summer party"]),
        ("  ", ["work", "Summer party"]),
    ],
)
def test_by_title_or_the_names_of_others(alice, named, text, found):
    assert listed(alice, {"search": text}) == found


STRANGE = ["%", "_", "'", '"', "\\", "' OR 1=1 --", "%_'", "\u202e", "*", "(", "[a-z]", "🦊", "\x01"]


@pytest.mark.row(30)
@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_found_literally_or_not_at_all(alice, named, text):
    assert listed(alice, {"search": text}) == []


@pytest.mark.row(30)
@pytest.mark.parametrize("text", ["%", "_", "'", "\\", "' OR 1=1 --", "🦊"])
def test_strange_text_is_found_where_it_is(alice, named, text):
    gather(alice, title=f"a{text}b")
    assert listed(alice, {"search": text}) == [f"a{text}b"]


def test_a_search_has_200_characters(alice, named):
    assert listed(alice, {"search": "s" * 200}) == []
    for length in (201, 10_000):
        assert alice.refused(CONVERSATIONS, filters={"search": "s" * length}) == "BAD_USER_INPUT"


def test_two_hundred_words_of_one_letter_are_fine(alice, named):
    assert listed(alice, {"search": "z " * 100}) == ["work"]


@pytest.mark.row(30)
@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_is_no_text_is_refused_at_the_door(alice, text):
    answer = alice.post(CONVERSATIONS, {"filters": {"search": text}})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.row(23)
def test_search_finds_nothing_of_strangers(alice, charlie, named):
    assert listed(charlie, {"search": "party"}) == []
    assert listed(charlie, {"search": "zed"}) == []


# ── one by its id ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_conversation_by_its_id(alice, bob, direct):
    seen = read(bob, direct)
    assert (seen["kind"], seen["title"], seen["participantCount"]) == ("DIRECT", "", 2)
    assert seen["participants"]["totalCount"] == 2
    assert seen["createdBy"] == {"username": "alice"}


def test_a_strangers_conversation_is_as_good_as_none(charlie, direct):
    bytes_of = lambda one: charlie.post(READ, {"id": one}).content  # noqa: E731
    assert bytes_of(direct) == bytes_of(global_id("Conversation", 2**62)) == b'{"data":{"conversation":null}}'


def test_who_started_it_is_null_when_their_account_is_gone(alice, bob, direct):
    done(alice, "deleteAccount", password=PASSWORD)
    seen = read(bob, direct)
    assert (seen["createdBy"], seen["participantCount"]) == (None, 1)


PARTICIPANTS = """query($id: ID!, $role: ParticipantRole, $first: Int, $after: String, $last: Int, $before: String) {
  conversation(id: $id) { participants(role: $role, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { user { username } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
}"""


def test_participants_are_paged_in_the_order_of_joining(alice, bob, charlie, dora):
    group = gather(alice, charlie, bob)
    done(alice, "addParticipants", conversationId=group, userIds=[gid(dora)])

    def ask(**arguments):
        return alice.ask(PARTICIPANTS, id=group, **arguments)["conversation"]["participants"]

    def names(pages):
        return [[node["user"]["username"] for node in page["nodes"]] for page in pages]

    assert names(pages_forward(ask, 3)) == [["alice", "charlie", "bob"], ["dora"]]
    assert names(pages_backward(ask, 3)) == [["charlie", "bob", "dora"], ["alice"]]
    assert ask()["totalCount"] == 4


def test_participants_of_a_role(alice, bob, charlie):
    group = gather(alice, bob, charlie)
    done(alice, "changeRole", conversationId=group, userId=gid(charlie), role="ADMIN")
    for role, name in (("OWNER", "alice"), ("ADMIN", "charlie"), ("MEMBER", "bob")):
        page = alice.ask(PARTICIPANTS, id=group, role=role)["conversation"]["participants"]
        assert ([node["user"]["username"] for node in page["nodes"]], page["totalCount"]) == ([name], 1)


def test_the_disabled_are_still_in_it(alice, bob, direct):
    User.objects.filter(username="bob").update(is_active=False)
    assert read(alice, direct)["participants"]["totalCount"] == 2
    assert talk  # they can only not be written to: tests/messaging/test_sending.py
