"""A statement finds what its QuerySet finds, and a dead connection does not stop it."""

from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Session, User
from accounts.tokens import LIVE_SESSION
from messaging import selectors
from messaging.models import Conversation, Message
from rows import Statement
from rows.statements import can_find_for_each
from schema.ids import ONE_OF
from tests.messaging.operations import key, say

on_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="LATERAL, and connections that die")


def shown(row, depth=2):
    """A row with all that came with it, as plain values."""
    values = {name: value for name, value in vars(row).items() if not name.startswith("_") and name != "mine"}
    if hasattr(row, "mine") and isinstance(row, Conversation):
        values["mine"] = shown(row.mine, 0)
    related = row._state.fields_cache.items() if depth else ()
    return values | {f"its {name}": one and shown(one, depth - 1) for name, one in related}


def same(statement: Statement, *values, **shape):
    found = statement(*values, **shape)
    assert [shown(row) for row in found] == [shown(row) for row in statement.queryset(*values, **shape)]
    return found


@pytest.fixture
def talk(alice, bob, charlie, group, direct):
    """Something in everything: messages, answers, people."""
    first = say(alice, group)
    for door in (bob, alice, bob):
        say(door, group, replyToId=first)
    say(bob, direct)


EVERY_STATEMENT = {
    "inbox": (selectors.INBOX, lambda: (User.objects.first(),), {"order": ("-last_activity_at", "-pk"), "limit": 21}),
    "inbox, one": (selectors.INBOX, lambda: (User.objects.first(),), {"order": ("title", "pk"), "limit": 1}),
    "with both people": (
        selectors.WITH_BOTH_PEOPLE,
        lambda: (User.objects.first(), Conversation.objects.get(kind="DIRECT").pk),
        {},
    ),
    "people": (selectors.TAKING_PART, lambda: (Conversation.objects.first(),), {"order": ("pk",), "limit": 21}),
    "span": (selectors.SPAN, lambda: (Conversation.objects.get(kind="GROUP"), 2, 4), {}),
    "session": (LIVE_SESSION, lambda: (Session.objects.first().pk, User.objects.first().pk, timezone.now()), {}),
    **{
        model.__name__: (statement, lambda model=model: (User.objects.first(), model.objects.latest("pk").pk), {})
        for model, statement in ONE_OF.items()
    },
}


@pytest.mark.parametrize(("statement", "values", "shape"), EVERY_STATEMENT.values(), ids=EVERY_STATEMENT)
def test_a_statement_finds_what_its_queryset_finds(talk, statement, values, shape):
    assert same(statement, *values(), **shape)


def test_with_other_values_it_finds_other_things(talk, alice, bob, charlie):
    everybodys = {
        door.person.pk: same(ONE_OF[Message], door.person, Message.objects.first().pk) for door in (alice, bob)
    }
    assert all(everybodys.values())
    assert same(ONE_OF[Message], charlie.person, Message.objects.first().pk) == []


def test_it_is_compiled_once_for_each_shape(talk, alice):
    statement = Statement(lambda viewer, *, limit: Conversation.objects.visible_to(viewer).order_by("pk")[:limit])
    assert [len(statement(alice.person, limit=limit)) for limit in (1, 2, 1, 2)] == [1, 2, 1, 2]
    assert len(statement._compiled) == 2


def test_a_related_row_is_one_object_for_all_and_they_are_a_page(talk, group):
    messages = selectors.SPAN(Conversation.objects.get(pk=key(group)), 1, 4)
    senders = {id(message.sender) for message in messages}
    assert len(senders) == 2
    assert {id(row) for row in messages[0].sender._page.rows} == senders
    assert messages[0]._page.rows == messages


@on_postgresql
def test_what_is_found_for_several_people_is_apart(talk, alice, bob):
    """Each with their own part in the same conversation."""
    statement = ONE_OF[Message]
    keys = list(Message.objects.values_list("pk", flat=True))
    found = statement.by_first([(door.person, key) for door in (alice, bob) for key in keys])
    assert {person: {row.pk for row in rows} for person, rows in found.items()} == {
        door.person.pk: {row.pk for key in keys for row in statement(door.person, key)} for door in (alice, bob)
    }
    assert {(person, row.mine.user_id) for person, rows in found.items() for row in rows} == {
        (door.person.pk, door.person.pk) for door in (alice, bob)
    }


def test_what_changes_by_itself_must_be_a_value(db):
    statement = Statement(lambda pk: Session.objects.live(timezone.now()).filter(pk=pk))
    with pytest.raises(AssertionError, match="give it as one"):
        statement(1)


def test_a_value_that_does_not_reach_the_database_is_refused(db):
    statement = Statement(lambda pk: User.objects.filter(pk=pk + 1))
    with pytest.raises(AssertionError, match="unchanged"):
        statement(1)


def test_who_watches_statements_sees_it(talk, alice):
    seen = []
    with connection.execute_wrapper(lambda execute, sql, *rest: seen.append(sql) or execute(sql, *rest)):
        selectors.INBOX(alice.person, order=("pk",), limit=2)
    with CaptureQueriesContext(connection) as statements:
        selectors.INBOX(alice.person, order=("pk",), limit=2)
    assert len(seen) == len(statements) == 1
    assert "messaging_conversation" in statements[0]["sql"]


# ── for each of several values ───────────────────────────────────────────────────────────────────────────────────────


@on_postgresql
def test_for_each_finds_what_each_alone_finds(talk, alice):
    conversations = list(Conversation.objects.order_by("-pk"))
    spans = [(one, 1, 3) for one in conversations]
    together = [shown(row) for row in selectors.SPAN.for_each(spans)]
    assert together == [shown(row) for span in spans for row in selectors.SPAN(*span)]
    shape = {"order": ("-pk",), "limit": 1}
    together = [shown(row) for row in selectors.TAKING_PART.for_each([[one] for one in conversations], **shape)]
    assert together == [shown(row) for one in conversations for row in selectors.TAKING_PART(one, **shape)]


def test_for_each_of_one_or_of_none_any_database_will_do(talk):
    conversation = Conversation.objects.first()
    assert can_find_for_each([conversation])
    assert list(selectors.SPAN.for_each([(conversation, 1, 9)])) == selectors.SPAN(conversation, 1, 9)
    assert selectors.SPAN.for_each([]) == []


# ── a connection that has died ───────────────────────────────────────────────────────────────────────────────────────


def die() -> None:
    with suppress(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_dead_connection_is_opened_anew():
    users = Statement(lambda pk: User.objects.filter(pk=pk))
    person = User.objects.create_user("dora", "dora@example.com", "x")
    die()
    assert users(person.pk) == [person]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_but_not_within_a_transaction_which_has_died_with_it():
    users = Statement(lambda pk: User.objects.filter(pk=pk))

    def change() -> None:
        die()
        users(1)

    with pytest.raises(DatabaseError):
        transaction.atomic(change)()


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_what_the_database_has_ended_is_not_asked_again():
    users, asked = Statement(lambda pk: User.objects.filter(pk=pk)), []

    def sleep(execute, sql, params, *rest):
        asked.append(sql)
        return execute("SELECT pg_sleep(5)", [], *rest)

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 10")
    with connection.execute_wrapper(sleep), pytest.raises(DatabaseError):
        users(1)
    connection.close()
    assert len(asked) == 1
