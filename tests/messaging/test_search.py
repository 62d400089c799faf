"""Search: what is found, in which order, by whom; and how the index follows what is said."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.checks import check_search_index, check_values
from messaging import search
from messaging.models import Conversation, Message
from tests.conftest import Door
from tests.messaging.operations import (
    PAGE_INFO,
    TIMELINE,
    bodies,
    do,
    done,
    gather,
    gid,
    global_id,
    history,
    key,
    pages_backward,
    pages_forward,
    say,
    send_message,
    statements,
    talk,
)

QUERY = f"""query(
  $text: String!, $filters: MessageFilter, $first: Int, $after: String, $last: Int, $before: String
) {{
  searchMessages(
    query: $text, filters: $filters, first: $first, after: $after, last: $last, before: $before
  ) {{ edges {{ cursor node {{ id body }} }} nodes {{ id body conversation {{ id }} sender {{ username }} }} totalCount
    {PAGE_INFO} }}
}}"""
FILTERED = (
    "query($filters: MessageFilter, $first: Int) { messages(filters: $filters, first: $first) { nodes { id body } } }"
)
ON_POSTGRESQL = connection.vendor == "postgresql"
on_postgresql = pytest.mark.skipif(not ON_POSTGRESQL, reason="PostgreSQL's own full text search")
on_sqlite = pytest.mark.skipif(ON_POSTGRESQL, reason="SQLite's FTS5")


def find(door: Door, query: str, **arguments) -> dict:
    """A page of results."""
    return door.ask(QUERY, text=query, **arguments)["searchMessages"]


def found(door: Door, query: str, **arguments) -> list[str]:
    return bodies(find(door, query, **arguments))


def filtered(door: Door, text: str) -> list[str]:
    """What the filter finds in all conversations, newest first."""
    return [node["body"] for node in door.ask(FILTERED, filters={"search": text})["messages"]["nodes"]]


def fill(conversation: str, door: Door, *said: str) -> None:
    Message.objects.bulk_create(
        Message(conversation_id=key(conversation), sequence=place, sender=door.person, body=body)
        for place, body in enumerate(said, start=1)
    )
    Conversation.objects.filter(pk=key(conversation)).update(last_sequence=len(said))


# ── what finds what ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("the garden is green", "garden"),
        ("the garden is green", "green garden"),
        ("the garden is green", "GARDEN"),
        ("DER GARTEN", "garten"),
        ("a café in Besançon", "cafe besancon"),
        ("a cafe in Besancon", "café besançon"),
        ("cafe\u0301", "caf\u00e9"),
        ("ÜBER ALLES", "über"),
        ("Ελληνικά εδώ", "ελληνικά"),
        ("Большой сад", "большой"),
        ("the garden is green", '"garden is green"'),
        ("the garden is green", "garden -red"),
        ("the garden is green", "house or garden"),
        ("see https://example.com/garden?a=1", "example.com"),
        ("mail me: alice@example.com", "alice@example.com"),
        ("version 3.14.159", "3.14.159"),
    ],
)
def test_what_is_found(alice, direct, said, query):
    say(alice, direct, said)
    say(alice, direct, "something else")
    assert found(alice, query) == filtered(alice, query) == [said]


@pytest.mark.parametrize(
    ("said", "query"),
    [
        ("the garden is green", "garden red"),
        ("the garden is green", "garden -green"),
        ("the garden is green", '"green garden"'),
        ("the garden is green", "house or river"),
        ("the garden is green", "gardener"),
    ],
)
def test_what_is_not_found(alice, direct, said, query):
    say(alice, direct, said)
    assert found(alice, query) == filtered(alice, query) == []


@pytest.mark.row(30)
@pytest.mark.parametrize(
    "query",
    [
        "%_' OR 1=1 --",
        "'; DROP TABLE messaging_message; --",
        '"',
        '"""',
        '"unfinished',
        "* ^ : ( ) { } & | ! <-> \\",
        "NEAR(a b)",
        "text: garden",
        "a AND b OR NOT c",
        "AND",
        "-",
        "--",
        "-garden",
        "or or or",
        "%",
        "\u202egarden",
        "gar\u200bden",
        "\x01\x02\x1b[31m",
        "😀",
        "é" * 200,
        "(" * 200,
        "-" * 200,
        "-(" * 100,
        "- " * 99 + "-x",
        '-"' * 100,
        "-x" * 100,
    ],
    ids=ascii,
)
def test_special_characters_are_harmless(alice, direct, query):
    say(alice, direct, "a garden")
    say(alice, direct, f"before {query} after")
    assert sorted(filtered(alice, query)) == sorted(found(alice, query))
    assert Message.objects.count() == 2


@pytest.mark.row(30)
def test_what_has_a_letter_in_it_is_found_among_special_characters(alice, direct):
    said = "100 %_' OR 1=1 -- \u202eright to left\u202c"
    say(alice, direct, said)
    for query in ("100", "right left", "%_' 100"):
        assert found(alice, query) in ([said], []), query
    assert found(alice, "100") == [said]


@pytest.mark.row(30)
@pytest.mark.parametrize(
    "query", ["", " ", "\u3000", "x" * 201, "x" * 10_000, "\ufdfa" * 20], ids=lambda q: str(len(q))
)
def test_a_query_has_1_to_200_characters(alice, direct, query):
    assert alice.refused(QUERY, text=query) == "BAD_USER_INPUT"


@pytest.mark.row(30)
@pytest.mark.parametrize("query", ["a\0b", "\ud800"], ids=ascii)
def test_what_no_database_can_hold_is_refused(alice, direct, query):
    say(alice, direct, "a b")
    answer = alice.post(QUERY, {"text": query}).json()
    assert "searchMessages" not in (answer.get("data") or {})
    assert answer["errors"][0]["extensions"]["code"] in ("BAD_USER_INPUT", "BAD_REQUEST")


def test_a_filter_is_as_long_as_a_query_at_most_and_without_words_no_condition(alice, direct):
    say(alice, direct, "one")
    assert alice.refused(FILTERED, filters={"search": "x" * 201}) == "BAD_USER_INPUT"
    assert filtered(alice, " ") == ["one"]


@on_sqlite
def test_sqlite_finds_parts_of_words(alice, direct):
    say(alice, direct, "unbelievable")
    assert found(alice, "believ") == ["unbelievable"]


@on_sqlite
def test_sqlite_finds_one_or_two_letters_when_there_is_nothing_else(alice, direct):
    for said in ("ab cd", "abc", "x"):
        say(alice, direct, said)
    assert sorted(found(alice, "ab")) == ["ab cd", "abc"]
    assert found(alice, "ab cd") == ["ab cd"]
    assert found(alice, "ab abc") == ["abc"]
    assert found(alice, "中") == []


@on_postgresql
def test_postgresql_finds_whole_words_in_any_script_and_short_ones(alice, direct):
    say(alice, direct, "so it is 42 и то")
    for query in ("it", "42", "и", "so то"):
        assert found(alice, query) == ["so it is 42 и то"]


# ── the order, and pages ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_best_comes_first_and_of_equals_the_newest(alice, direct):
    said = ["pear apple", "apple apple apple pear", "pear " * 30 + "apple", "pear apple"]
    fill(direct, alice, *said)
    order = [gid(Message.objects.get(sequence=place)) for place in (2, 4, 3, 1)]
    assert [node["id"] for node in find(alice, "apple")["nodes"]] == order


def many_said(count: int) -> list[str]:
    """Of different lengths and mixtures, many of which fit equally well."""
    fruits = ("apple", "pear", "plum", "apple")
    return [" ".join(fruits[place * turn % 4] for turn in range(2 + place % 7)) for place in range(count)]


@pytest.mark.parametrize("size", [1, 7, 50])
def test_pages_join_without_gap_or_repeat_in_both_directions(alice, direct, size):
    said = many_said(60)
    fill(direct, alice, *said)
    ask = lambda **arguments: find(alice, "apple", **arguments)  # noqa: E731
    whole = [node["id"] for node in ask(first=100)["nodes"]]
    assert len(whole) == len(set(whole)) == sum("apple" in body for body in said)
    assert [node["id"] for page in pages_forward(ask, size) for node in page["nodes"]] == whole
    assert [node["id"] for page in reversed(pages_backward(ask, size)) for node in page["nodes"]] == whole


def test_between_two_cursors(alice, direct):
    fill(direct, alice, *["apple"] * 9)
    edges = find(alice, "apple")["edges"]
    page = find(alice, "apple", after=edges[1]["cursor"], before=edges[6]["cursor"], first=2)
    assert [node["id"] for node in page["nodes"]] == [edge["node"]["id"] for edge in edges[2:4]]
    assert page["pageInfo"]["hasNextPage"]
    assert page["pageInfo"]["hasPreviousPage"]
    crossed = find(alice, "apple", after=edges[6]["cursor"], before=edges[1]["cursor"])
    assert crossed["nodes"] == []


def test_what_is_sent_meanwhile_moves_nothing(alice, bob, direct):
    said = many_said(40)
    fill(direct, alice, *said)
    whole = [node["id"] for node in find(alice, "apple", first=100)["nodes"]]
    seen, after = [], None
    while True:
        page = find(alice, "apple", first=5, **({"after": after} if after else {}))
        seen += [node["id"] for node in page["nodes"]]
        for body in ("apple", "apple apple apple", "apple pear plum plum plum"):
            say(bob, direct, body)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == whole


def test_only_the_newest_thousand_are_looked_at(alice, direct):
    fill(direct, alice, "apple apple apple the best by far", *["apple and pear"] * 1_003)
    page = find(alice, "apple", first=1)
    assert (page["totalCount"], bodies(page)) == (1_000, ["apple and pear"])
    last = find(alice, "apple", last=1)
    assert last["nodes"][0]["id"] == gid(Message.objects.get(sequence=5))
    say(alice, direct, "apple")
    again = find(alice, "apple", last=1, before=last["pageInfo"]["startCursor"])
    assert again["nodes"][0]["id"] == gid(Message.objects.get(sequence=6))


@pytest.mark.parametrize("cursor", ["", "x", "WyJCRVNUIl0=", "WyJORVdFU1QiLDFd", "WyJCRVNUIixudWxsLG51bGwsbnVsbF0="])
def test_a_cursor_of_something_else_is_refused(alice, direct, cursor):
    assert alice.refused(QUERY, text="apple", after=cursor) == "BAD_USER_INPUT"


@pytest.mark.parametrize("sizes", [{"first": 1, "last": 1}, {"first": -1}, {"first": 101}, {"last": 2**31 - 1}])
def test_sizes_that_make_no_sense_are_refused(alice, direct, sizes):
    assert alice.refused(QUERY, text="apple", **sizes) == "BAD_USER_INPUT"


# ── filters ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_filters_narrow_what_is_searched(alice, bob, charlie, direct):
    group = gather(alice, bob, charlie)
    for place in (direct, group):
        say(alice, place, "apple of alice")
        say(bob, place, "apple of bob")
    say(charlie, group, "apple and pear of charlie")
    assert len(found(alice, "apple")) == 5
    assert sorted(found(alice, "apple", filters={"conversationId": direct})) == ["apple of alice", "apple of bob"]
    assert found(alice, "apple", filters={"senderId": gid(bob), "conversationId": group}) == ["apple of bob"]
    assert len(found(alice, "apple", filters={"participantId": gid(charlie)})) == 3
    assert found(alice, "apple", filters={"search": "pear"}) == ["apple and pear of charlie"]
    assert len(found(alice, "apple", filters={"unreadOnly": True})) == 3
    assert found(alice, "apple", filters={"created": {"to": "2020-01-01T00:00:00Z"}}) == []
    assert len(found(alice, "apple", filters={"hasAttachment": False})) == 5
    assert found(alice, "apple", filters={"conversationId": global_id("Conversation", 2**62)}) == []


def test_the_filter_of_a_conversation(alice, bob, direct):
    group = gather(alice, bob)
    for said in ("apple one", "pear", "apple two"):
        say(alice, direct, said)
    say(alice, group, "apple three")
    page = history(alice, direct, filters={"search": "apple"})
    assert (bodies(page), page["totalCount"]) == (["apple one", "apple two"], 2)


def test_the_filter_over_all_conversations_in_pages(alice, bob, direct):
    group = gather(alice, bob)
    for place in range(7):
        say(alice, (direct, group)[place % 2], f"apple {place}")
        say(alice, direct, "pear")
    ask = lambda **arguments: alice.ask(TIMELINE, filters={"search": "apple"}, **arguments)["messages"]  # noqa: E731
    forward = [node["body"] for page in pages_forward(ask, 3) for node in page["nodes"]]
    backward = [node["body"] for page in reversed(pages_backward(ask, 2)) for node in page["nodes"]]
    assert forward == backward == [f"apple {place}" for place in range(6, -1, -1)]
    assert ask(first=1)["totalCount"] == 7


# ── who finds it ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(23)
def test_a_stranger_finds_nothing_and_it_takes_no_place_among_the_thousand(alice, bob, charlie, direct):
    own = gather(charlie, bob)
    say(charlie, own, "apple of mine")
    fill(direct, alice, *["apple"] * 1_001)
    assert (found(charlie, "apple"), filtered(charlie, "apple")) == (["apple of mine"], ["apple of mine"])
    assert find(charlie, "apple")["totalCount"] == 1
    assert found(charlie, "apple", filters={"conversationId": direct}) == []
    assert found(charlie, "apple", filters={"senderId": gid(alice)}) == []


@pytest.mark.row(23)
def test_who_has_left_finds_nothing_more_not_even_by_an_old_cursor(alice, bob, group):
    for _ in range(3):
        say(bob, group, "apple")
    cursor = find(bob, "apple", first=1)["pageInfo"]["endCursor"]
    done(bob, "leaveConversation", conversationId=group)
    assert found(bob, "apple") == filtered(bob, "apple") == []
    assert find(bob, "apple", after=cursor)["totalCount"] == 0


def test_who_is_let_in_finds_what_was_said_before(alice, charlie, group):
    say(alice, group, "apple")
    done(alice, "addParticipants", conversationId=group, userIds=[gid(charlie)])
    assert found(charlie, "apple") == ["apple"]


def test_signed_out_nobody_searches(anyone, db):
    assert anyone.refused(QUERY, text="apple") == "UNAUTHENTICATED"


# ── the index follows ────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edited_message_is_found_by_what_it_says_now(alice, direct):
    message = say(alice, direct, "apple")
    done(alice, "editMessage", messageId=message, body="pear")
    assert (found(alice, "apple"), found(alice, "pear")) == ([], ["pear"])


def test_a_deleted_message_is_not_found(alice, direct):
    done(alice, "deleteMessage", messageId=say(alice, direct, "apple"))
    assert found(alice, "apple") == filtered(alice, "apple") == []
    assert entries() == 0


def test_nothing_of_a_deleted_conversation_is_left_in_the_index(alice, bob, group):
    send_message(alice, group, "apple")
    done(alice, "deleteConversation", conversationId=group)
    assert entries() == 0


def test_what_is_refused_is_not_in_the_index(alice, direct):
    assert do(alice, "sendMessage", conversationId=direct, body="apple", replyToId="x")["errors"]
    assert entries() == 0


def test_a_rebuilt_index_finds_the_same(alice, direct):
    said = many_said(30)
    fill(direct, alice, *said)
    before = found(alice, "apple pear", first=100)
    rebuild()
    assert found(alice, "apple pear", first=100) == before != []


@on_postgresql
def test_another_language_takes_effect_when_the_index_is_rebuilt(alice, direct, settings):
    say(alice, direct, "die Häuser")
    settings.SEARCH_LANGUAGE = "german"
    assert found(alice, "Haus") == []
    (warning,) = warnings()
    assert warning.id == "parley.W001"
    rebuild()
    assert found(alice, "Haus") == found(alice, "häuser") == found(alice, "HAUSES") == ["die Häuser"]
    assert warnings() == []


@on_postgresql
@pytest.mark.parametrize("language", sorted(search.LANGUAGES))
def test_every_language_that_is_allowed_is_known(alice, direct, settings, language):
    say(alice, direct, "été apple")
    settings.SEARCH_LANGUAGE = language
    rebuild()
    assert found(alice, "apple") == ["été apple"]


def test_an_unknown_language_changes_nothing(alice, direct, settings):
    say(alice, direct, "apple")
    settings.SEARCH_LANGUAGE = "klingon'; --"
    with pytest.raises(CommandError, match="klingon"):
        rebuild()
    assert found(alice, "apple") == ["apple"]


def test_an_unknown_language_stops_the_start(settings):
    settings.SEARCH_LANGUAGE = "klingon"
    assert [error.id for error in check_values()] == ["parley.E025"]


def rebuild() -> None:
    connection.check_constraints()  # what a test has written waits to be checked, which would stand in the way
    call_command("rebuild_search", stdout=StringIO())


def warnings() -> list:
    return check_search_index(databases=["default"])


def entries() -> int:
    """How many messages the index has."""
    sql = (
        "SELECT count(*) FROM messaging_message WHERE search <> ''"
        if ON_POSTGRESQL
        else "SELECT count(*) FROM messaging_search"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


# ── what it takes ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 50])
def test_the_statements_are_the_same_for_one_result_and_fifty(alice, bob, size):
    for _ in range(3):
        fill(gather(alice, bob), alice, *["apple"] * 20)
    taken = statements(alice, QUERY, text="apple", first=size)
    assert len(taken) == 3 + ON_POSTGRESQL  # who asks, their conversations (for the planner), the places, the rows
    assert len(statements(alice, FILTERED, filters={"search": "apple"}, first=size)) == 2 + ON_POSTGRESQL


def test_searching_is_no_change(alice, bob):
    say(alice, talk(alice, bob), "apple")
    assert not [sql for sql in statements(alice, QUERY, text="apple") if not sql.startswith("SELECT")]
