"""Reactions: a set of emoji for each person at each message."""

import pytest
from emoji import EMOJI_DATA, STATUS

from messaging.models import Event, Message, Reaction
from tests.conftest import PASSWORD, Door, enter, join
from tests.messaging.operations import (
    do,
    document,
    done,
    gather,
    gid,
    global_id,
    refused,
    say,
    statements,
    talk,
)
from tests.operations import refusals
from tests.races import at_once, on_postgresql

THUMB, HEART, CAKE = "👍", "\u2764\ufe0f", "🎂"
DIFFERENT = [emoji for emoji, data in EMOJI_DATA.items() if data["status"] == STATUS["fully_qualified"]]
GROUPS = "reactions { emoji count viewerHasReacted users { username } }"
VERBS = pytest.mark.parametrize("verb", ["addReaction", "removeReaction"])


@pytest.fixture
def message(alice, group) -> str:
    return say(alice, group)


def react(door: Door, message: str, emoji: str = THUMB) -> list[dict]:
    """Adds a reaction; the groups after it."""
    return done(door, "addReaction", messageId=message, emoji=emoji)["reactions"]


def reactions(door: Door, message: str) -> list[dict]:
    return door.ask(f"query($id: ID!) {{ message(id: $id) {{ {GROUPS} }} }}", id=message)["message"]["reactions"]


def told() -> list[int | None]:
    return list(Event.objects.filter(kind="ReactionsChanged").order_by("pk").values_list("sequence", flat=True))


# ── adding and removing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_reactions_are_grouped_in_the_order_of_coming(alice, bob, message):
    react(bob, message, CAKE)
    react(alice, message, THUMB)
    assert react(alice, message, CAKE) == [
        {
            "emoji": CAKE,
            "count": 2,
            "viewerHasReacted": True,
            "users": [{"username": "bob"}, {"username": "alice"}],
        },
        {"emoji": THUMB, "count": 1, "viewerHasReacted": True, "users": [{"username": "alice"}]},
    ]
    assert [group["viewerHasReacted"] for group in reactions(bob, message)] == [True, False]


def test_adding_twice_is_adding_once(alice, bob, message):
    assert react(bob, message) == react(bob, message)
    assert Reaction.objects.count() == 1
    assert told() == [3]  # after ConversationStarted and MessageSent


def test_removing(alice, bob, message):
    react(alice, message)
    react(bob, message)
    (group,) = done(bob, "removeReaction", messageId=message, emoji=THUMB)["reactions"]
    assert (group["count"], group["viewerHasReacted"]) == (1, False)
    assert done(alice, "removeReaction", messageId=message, emoji=THUMB)["reactions"] == []
    assert told() == [3, 4, 5, 6]


def test_removing_what_is_not_there_changes_nothing_and_is_not_told(alice, bob, message):
    react(alice, message)
    (group,) = done(bob, "removeReaction", messageId=message, emoji=THUMB)["reactions"]
    assert group["count"] == 1
    assert told() == [3]


def test_the_event_shows_the_message_as_it_is_now(alice, bob, message):
    cursor = bob.ask("{ eventCursor }")["eventCursor"]
    react(alice, message)
    query = f"""query($after: String!) {{ events(after: $after, first: 5) {{ events {{
      __typename sequence ... on ReactionsChanged {{ message {{ id {GROUPS} }} }} }} }} }}"""
    (event,) = bob.ask(query, after=cursor)["events"]["events"]
    assert (event["__typename"], event["sequence"], event["message"]["id"]) == ("ReactionsChanged", 3, message)
    assert event["message"]["reactions"] == [
        {"emoji": THUMB, "count": 1, "viewerHasReacted": False, "users": [{"username": "alice"}]}
    ]


def test_everybody_who_takes_part_reacts_to_everybody(alice, bob, dora):
    group = gather(alice, bob, dora)
    messages = [say(one, group) for one in (alice, bob)]
    for one in messages:
        for door in (alice, bob, dora):
            react(door, one)
    assert [group["count"] for one in messages for group in reactions(dora, one)] == [3, 3]


# ── what is an emoji ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "emoji",
    [THUMB, "👍🏽", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "1\ufe0f\u20e3", "👨‍👩‍👧‍👦", "🏳\ufe0f‍🌈", "🧑🏻‍❤\ufe0f‍💋‍🧑🏿", "☺\ufe0f", "⌚"],
    ids=["plain", "skin", "flag", "flag of tags", "keycap", "family", "rainbow", "longest", "text by default", "old"],
)
def test_what_is_an_emoji(alice, message, emoji):
    assert [group["emoji"] for group in react(alice, message, emoji)] == [emoji]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "1",
        "#",
        ":thumbsup:",
        "👍👍",
        "👍 👎",
        "👍a",
        "🏽",
        "🇩",
        "❤\ufe0e",
        "\ufe0f",
        "\u200d",
        "👍\u200d",
        "é",
        "👨‍👩‍👧‍👦" * 500,
        "%_' OR 1=1 --",
        "\u202e👍",
        "<b>👍</b>",
    ],
    ids=ascii,
)
def test_what_is_none(alice, message, text):
    for verb in ("addReaction", "removeReaction"):
        assert refused(alice, verb, messageId=message, emoji=text) == [("BAD_USER_INPUT", "emoji")]
    assert (Reaction.objects.count(), told()) == (0, [])


def test_all_spellings_of_an_emoji_are_one(alice, bob, message):
    react(alice, message, "❤")
    assert [(group["emoji"], group["count"]) for group in react(bob, message, HEART)] == [(HEART, 2)]
    done(bob, "removeReaction", messageId=message, emoji=" ❤ ")
    react(alice, message, "🏳‍🌈")
    assert [(group["emoji"], group["count"]) for group in reactions(bob, message)] == [(HEART, 1), ("🏳\ufe0f‍🌈", 1)]


# ── refusals ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@VERBS
@pytest.mark.row(22, 23)
def test_a_stranger_finds_no_message_to_react_to(alice, charlie, message, verb):
    react(alice, message)
    answer = do(charlie, verb, messageId=message, emoji=THUMB)
    assert refusals(answer) == [("NOT_FOUND", "messageId")]
    assert answer == do(charlie, verb, messageId=global_id("Message", 2**62), emoji=THUMB)
    assert [group["count"] for group in reactions(alice, message)] == [1]


@VERBS
def test_signed_out_nobody_reacts(anyone, message, verb):
    given = {"messageId": message, "emoji": THUMB}
    assert anyone.refused(document(verb, "__typename"), input=given) == "UNAUTHENTICATED"


def test_who_has_left_reacts_no_more_and_what_they_put_there_stays(alice, bob, message):
    react(bob, message)
    conversation = gid(Message.objects.get().conversation)
    done(bob, "leaveConversation", conversationId=conversation)
    assert refused(bob, "removeReaction", messageId=message, emoji=THUMB) == [("NOT_FOUND", "messageId")]
    assert reactions(alice, message)[0]["users"] == [{"username": "bob"}]


@VERBS
def test_a_tombstone_takes_no_reactions(alice, message, verb):
    done(alice, "deleteMessage", messageId=message)
    assert refused(alice, verb, messageId=message, emoji=THUMB) == [("CONFLICT", None)]


def test_a_tombstone_has_none_either(alice, bob, message):
    react(bob, message)
    done(alice, "deleteMessage", messageId=message)
    assert reactions(bob, message) == []
    assert Reaction.objects.count() == 0


def test_where_nobody_can_be_reached_one_only_takes_back(alice, bob):
    message = say(bob, talk(alice, bob))
    react(alice, message)
    type(bob.person).objects.filter(pk=bob.person.pk).update(is_active=False)
    assert refused(alice, "addReaction", messageId=message, emoji=CAKE) == [("FORBIDDEN", None)]
    assert done(alice, "removeReaction", messageId=message, emoji=THUMB)["reactions"] == []


def test_twenty_different_ones_are_the_most(alice, bob, message):
    for emoji in DIFFERENT[:20]:
        react(alice, message, emoji)
    assert refused(bob, "addReaction", messageId=message, emoji=DIFFERENT[20]) == [("LIMIT_EXCEEDED", "emoji")]
    assert react(bob, message, DIFFERENT[19])[19]["count"] == 2
    done(alice, "removeReaction", messageId=message, emoji=DIFFERENT[0])
    assert len(react(bob, message, DIFFERENT[20])) == 20


@pytest.mark.parametrize("size", [-1, 101, 2**31 - 1])
def test_a_number_of_people_that_makes_no_sense(alice, message, size):
    react(alice, message)
    query = "query($id: ID!, $n: Int) { message(id: $id) { reactions { users(first: $n) { username } } } }"
    assert alice.refused(query, id=message, n=size) == "BAD_USER_INPUT"


def test_as_many_people_as_asked_for_of_each(alice, message, group):
    people = [join(f"u{i}") for i in range(12)]
    Reaction.objects.bulk_create(Reaction(message=Message.objects.get(), user=one, emoji=THUMB) for one in people)
    selections = (
        "a: users { username } b: users(first: 2) { username } c: users(first: null) { id } d: users(first: 0) { id }"
    )
    query = f"query($id: ID!) {{ message(id: $id) {{ reactions {{ count {selections} }} }} }}"
    (group,) = alice.ask(query, id=message)["message"]["reactions"]
    assert (group["count"], [len(group[name]) for name in "abcd"]) == (12, [10, 2, 10, 0])
    assert group["b"] == [{"username": "u0"}, {"username": "u1"}]


# ── what goes along ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_reactions_of_a_deleted_account_go_with_it(alice, bob, message):
    react(alice, message)
    react(bob, message)
    done(bob, "deleteAccount", password=PASSWORD)
    assert [(group["count"], group["users"]) for group in reactions(alice, message)] == [(1, [{"username": "alice"}])]


def test_adding_costs_the_same_however_many_are_there(alice, bob, message):
    adding = document("addReaction", "message { id }")
    few = len(statements(bob, adding, input={"messageId": message, "emoji": DIFFERENT[0]}))
    people = [join(f"u{i}") for i in range(30)]
    Reaction.objects.bulk_create(
        Reaction(message=Message.objects.get(), user=one, emoji=emoji) for one in people for emoji in DIFFERENT[:10]
    )
    assert len(statements(bob, adding, input={"messageId": message, "emoji": DIFFERENT[11]})) == few


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


def reacting(door: Door, message: str, emoji: str):
    """On another device: a test client serves one thread."""
    return lambda: do(Door(person=door.person, token=door.token), "addReaction", messageId=message, emoji=emoji)


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_the_same_reaction_is_added_from_four_devices_at_once(alice, bob, _):
    message = say(alice, gather(alice, bob))
    added = at_once(*[reacting(bob, message, THUMB)] * 4)
    assert [payload["errors"] for payload in added] == [[]] * 4
    assert Reaction.objects.count() == 1
    assert told() == [3]


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_only_one_of_many_is_the_twentieth(alice, bob, _):
    message = say(alice, gather(alice, bob))
    for emoji in DIFFERENT[:19]:
        react(alice, message, emoji)
    doors = [alice, bob, alice, bob]
    new = DIFFERENT[19:23]
    added = at_once(*(reacting(door, message, emoji) for door, emoji in zip(doors, new, strict=True)))
    codes = sorted(payload["errors"][0]["code"] if payload["errors"] else "done" for payload in added)
    assert codes == ["LIMIT_EXCEEDED"] * 3 + ["done"]
    assert Reaction.objects.values("emoji").distinct().count() == 20
    assert told() == list(range(3, 23))


@on_postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_a_message_is_deleted_while_people_react(alice, bob, _):
    message = say(alice, gather(alice, bob))
    ended = at_once(
        lambda: do(Door(person=alice.person, token=alice.token), "deleteMessage", messageId=message),
        *(reacting(enter(bob.person), message, emoji) for emoji in DIFFERENT[:4]),
    )
    assert ended[0]["errors"] == []
    assert {error["code"] for payload in ended for error in payload["errors"]} <= {"CONFLICT"}
    assert Reaction.objects.count() == 0
