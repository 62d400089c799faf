"""A table is the list of the instances of its rows, and makes none for who reads columns alone."""

import gc

import pytest
from django.db import connection

from accounts.models import User
from messaging import selectors
from messaging.models import Conversation, Message, Participant
from rows import Row, Statement, tables
from rows.building import Part
from schema.connections import _page
from tests.messaging.operations import gather, key, say, statements

SHOWN = """query($id: ID!) { conversation(id: $id) { participants { nodes { user { id username } } }
  messages { nodes { __typename id body createdAt editedAt sender { username } replyTo { body } %s }
             pageInfo { startCursor endCursor } } } }"""
MUST_HAVE_INSTANCES = "conversation { id }"


@pytest.fixture
def made(monkeypatch):
    """The models of which instances were made from rows of the database, since."""
    models = []
    from_db = Row.from_db.__func__

    def note(cls, *arguments):
        models.append(cls)
        return from_db(cls, *arguments)

    monkeypatch.setattr(Row, "from_db", classmethod(note))
    return models


@pytest.fixture
def talk(alice, bob, group):
    """Two have spoken, and one has answered."""
    first = say(alice, group)
    say(bob, group, replyToId=first)
    return key(group)


def table_of(conversation, first=1, last=9):
    return selectors.SPAN.for_each([(Conversation.objects.get(pk=conversation), first, last)])


def test_a_table_is_a_list_of_instances(talk):
    table, rows = table_of(talk), list(Message.objects.order_by("sequence"))
    assert list(table) == rows
    assert [table[0], table[-1]] == [rows[0], rows[-1]]
    assert list(table[::-1]) == rows[::-1]
    assert list(table[1:]) == rows[1:]
    assert {name: list(part) for name, part in table.grouped_by("conversation_id").items()} == {talk: rows}
    assert len(table) == len(rows)


def test_the_same_row_is_one_instance(talk):
    table = table_of(talk)
    assert table[0] is table[:1][0] is next(iter(table))


def test_what_is_known_is_told_to_each_instance_before_and_after_it_is_made(talk):
    table, seen = table_of(talk), []
    table.settle(seen.append)
    assert seen == []
    assert list(table) == seen
    table[:1].settle(seen.append)
    assert seen == [*table, *table]


def test_a_glance_needs_no_instance(talk, made):
    table = table_of(talk)
    made.clear()
    glance = table.glance(-1)
    assert (glance.sequence, glance.conversation_id) == (len(table), talk)
    assert made == []
    assert glance.is_edited is False
    assert Message in made


def test_columns_are_gone_once_there_are_instances_that_may_have_been_changed(talk):
    table = table_of(talk)
    assert not table.is_made
    table[0].body = "another"
    assert table.is_made
    assert table.glance(0).body == "another"


def test_what_is_read_of_the_columns_is_read_once_for_all_rows(talk):
    table, seen = table_of(talk), []
    sequence = table.part.places["sequence"]

    def numbers(rows):
        seen.append(len(rows))
        return [row[sequence] for row in rows]

    assert [table[:1].read("numbers", numbers), table[::-1].read("numbers", numbers)] == [[1], [2, 1]]
    assert seen == [2]


def test_who_asks_for_columns_alone_gets_them_without_instances(alice, group, talk, made):
    alice.ask(SHOWN % "", id=group)
    assert Message not in made
    assert made.count(Participant) == 1  # the viewer's own part, which decides whether anything is shown
    alice.ask(SHOWN % MUST_HAVE_INSTANCES, id=group)
    assert Message in made


INBOX = "{ conversations { nodes { title lastMessage { id body sender { username } %s } } } }"


def test_the_newest_messages_of_an_inbox_are_shown_without_instances(alice, bob, group, talk, made):
    gather(alice, bob)  # where nothing was said yet
    alice.ask(INBOX % "")  # by which it is known what conversations are
    made.clear()
    shown = alice.ask(INBOX % "")["conversations"]["nodes"]
    assert Message not in made
    assert [one["lastMessage"] and one["lastMessage"]["sender"]["username"] for one in shown] == [None, "bob"]
    same = alice.ask(INBOX % MUST_HAVE_INSTANCES)["conversations"]["nodes"]
    assert Message in made
    for one in same:
        (one["lastMessage"] or {}).pop("conversation", None)
    assert same == shown


def test_one_of_each_is_a_mapping_of_instances(talk):
    table = table_of(talk)
    by_number = tables.one_of_each(table, "sequence")
    assert dict(by_number) == {1: table[0], 2: table[1]} == tables.one_of_each(list(table), "sequence")
    assert (len(by_number), by_number.get(3)) == (2, None)


def test_the_answer_is_the_same_with_instances(alice, group, talk):
    def without(answer):
        for node in answer["conversation"]["messages"]["nodes"]:
            node.pop("conversation", None)
        return answer

    User.objects.filter(username="bob").delete()
    assert without(alice.ask(SHOWN % MUST_HAVE_INSTANCES, id=group)) == alice.ask(SHOWN % "", id=group)


# ── the columns that are wanted ─────────────────────────────────────────────────────────────────────────────────────


PEOPLE = "query($id: ID!) { conversation(id: $id) { participants { nodes { %s } } } }"


def test_a_list_reads_the_columns_that_its_operation_shows(alice, group):
    *_, shown = statements(alice, PEOPLE % "user { username }", id=group)
    assert '"username"' in shown
    assert '"bio"' not in shown
    assert '"role"' not in shown
    *_, shown = statements(alice, PEOPLE % "role user { bio }", id=group)
    assert {'"role"', '"bio"'} <= {name for name in ('"role"', '"bio"', '"username"') if name in shown}
    assert '"username"' not in shown


def test_it_reads_everything_where_more_than_columns_is_shown(alice, group):
    *_, shown = statements(alice, PEOPLE % "user { username avatarUrl }", id=group)
    assert '"avatar"' in shown


def test_two_lists_of_one_operation_have_their_own(alice, bob, group):
    User.objects.filter(username="bob").update(bio="I am Bob.")
    query = """query($id: ID!) { conversation(id: $id) {
      names: participants { nodes { user { username } } }
      bios: participants { nodes { user { bio } } }
      both: participants { nodes { id user { username bio displayName } } } } }"""
    lists = alice.ask(query, id=group)["conversation"]
    seen = {name: [node["user"] for node in found["nodes"]] for name, found in lists.items()}
    assert [user["username"] for user in seen["names"]] == [user["username"] for user in seen["both"]]
    assert [user["bio"] for user in seen["bios"]] == [user["bio"] for user in seen["both"]]
    assert "I am Bob." in [user["bio"] for user in seen["bios"]]


def test_no_client_makes_a_statement_keep_more_shapes_than_there_is_room_for(talk, monkeypatch):
    monkeypatch.setattr("rows.statements.MAX_SHAPES", 3)
    statement = Statement(lambda pk, *, only: Message.objects.filter(pk__gt=pk).only(*only).order_by("pk"))
    for name in ("body", "sequence", "created_at", "edited_at", "body"):
        assert [row.pk for row in statement(0, only=frozenset({name}))] == [
            *Message.objects.values_list("pk", flat=True)
        ]
    assert len(statement._compiled) == 3


def parts_there_are():
    gc.collect()
    return sum(type(one) is Part for one in gc.get_objects())


def test_a_shape_that_is_forgotten_leaves_nothing_with_the_documents(alice, group, monkeypatch):
    monkeypatch.setattr("rows.statements.MAX_SHAPES", 2)
    query = "query($id: ID!, $n: Int) { conversation(id: $id) { participants(first: $n) { nodes { role } } } }"

    def ask_for_pages_of_all_sizes():
        for size in (0, 1, 5, 10, 20, 50, 100):
            assert len(alice.ask(query, id=group, n=size)["conversation"]["participants"]["nodes"]) == min(size, 2)
        return parts_there_are()

    once, again = ask_for_pages_of_all_sizes(), ask_for_pages_of_all_sizes()
    assert again <= once


def test_sizes_that_are_near_each_other_share_a_statement(alice, group):
    query = "query($id: ID!, $n: Int) { conversation(id: $id) { participants(first: $n) { nodes { role } } } }"
    asked = {statements(alice, query, id=group, n=size)[-1] for size in (21, 30, 50)}
    assert len(asked) == 1


def test_no_cursor_of_a_client_is_kept(alice):
    alice.ask("{ conversations(first: 20) { totalCount } }")
    kept = _page.cache_info().currsize
    assert alice.refused('{ conversations(first: 20, after: "no cursor") { totalCount } }') == "BAD_USER_INPUT"
    assert _page.cache_info().currsize == kept


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="cursors are kept for prepared statements")
def test_a_kept_cursor_keeps_no_result(talk):
    assert len(list(table_of(talk))) == 2
    kept = connection.connection.parley_cursors.values()
    assert kept
    assert {(cursor.pgresult, cursor._tx.pgresult) for cursor in kept} == {(None, None)}
