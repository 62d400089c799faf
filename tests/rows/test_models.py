"""Rows are made without Django's ceremony, and are what Django makes, for every model."""

import gc
import json
from typing import Any

import pytest
from django.apps import apps
from django.core.handlers.base import BaseHandler
from django.db import connection, models
from django.db.models import DEFERRED, Model
from django.db.models.base import ModelState
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User, details_of
from messaging.models import Message
from rows import Row, pages
from tests.conftest import Door
from tests.messaging.operations import gid, say
from tests.races import on_postgresql

OURS = [model for name in ("accounts", "messaging") for model in apps.get_app_config(name).get_models()]
every_model = pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)


def values_of(model: type[Model]) -> list[Any]:
    return [field.get_default() for field in model._meta.concrete_fields]


def state_of(row: Model) -> tuple[Any, ...]:
    values = {name: value for name, value in vars(row).items() if name != "_state"}
    return values, row._state.adding, row._state.db, row._state.fields_cache, row.get_deferred_fields()


@every_model
def test_every_model_is_a_row(model):
    assert issubclass(model, Row)


@every_model
def test_a_row_is_what_django_makes(model):
    names, values = [field.attname for field in model._meta.concrete_fields], values_of(model)
    for db in ("default", "another"):
        ours = model.from_db(db, names, values)
        djangos = models.Model.from_db.__func__(model, db, names, values)
        assert state_of(ours) == state_of(djangos)


@every_model
def test_so_it_is_when_only_some_fields_were_read(model):
    names = [field.attname for field in model._meta.concrete_fields][::2]
    values = values_of(model)[::2]
    ours = model.from_db("default", names, values)
    djangos = models.Model.from_db.__func__(model, "default", names, values)
    assert state_of(ours) == state_of(djangos)
    assert DEFERRED not in vars(ours).values()


def test_a_phone_number_is_one(alice):
    User.objects.update(phone_number="+12125552368")
    assert User.objects.get().phone_number.as_e164 == "+12125552368"


# ── what was left out ────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_left_out_is_read_for_the_whole_page(alice, bob, charlie):
    people = pages.page(User.objects.only("username").order_by("pk"))
    with CaptureQueriesContext(connection) as statements:
        assert [person.email for person in people] == [one.person.email for one in (alice, bob, charlie)]
        assert all(person.created_at and person.password for person in people)
    assert len(statements) == 1


def test_without_a_page_it_is_read_for_one(alice, bob):
    people = list(User.objects.only("username"))
    with CaptureQueriesContext(connection) as statements:
        assert all(person.email for person in people)
    assert len(statements) == 2


def test_what_was_set_meanwhile_stays(alice, bob):
    one, another = pages.page(User.objects.only("username").order_by("pk"))
    another.email = "set@example.com"
    assert one.email == alice.person.email
    assert another.email == "set@example.com"


def test_of_a_row_that_is_gone_nothing_is_left(alice, bob):
    one, another = pages.page(User.objects.only("username").order_by("pk"))
    User.objects.filter(pk=one.pk).delete()
    assert (one.username, one.email, one.is_staff) == ("alice", "", False)
    assert another.email == bob.person.email


def test_a_senders_details_take_one_statement_for_all(alice, bob, group):
    User.objects.filter(pk=alice.person.pk).update(is_staff=True)
    for door in (alice, bob, alice):
        say(door, group)
    query = "query($id: ID!) { conversation(id: $id) { messages { nodes { sender { username phoneNumber } } } } }"
    with CaptureQueriesContext(connection) as statements:
        nodes = alice.ask(query, id=group)["conversation"]["messages"]["nodes"]
    assert [node["sender"]["username"] for node in nodes] == ["alice", "bob", "alice"]
    assert len(statements) == 3 + 1


def test_details_are_private_columns(alice, bob, group):
    message = Message.objects.select_related("sender").defer(*details_of("sender"))
    say(alice, group)
    assert "password" not in vars(message.get().sender)
    assert gid(message.get()) == gid(Message.objects.get())


def test_rows_that_came_together_in_a_request_part_with_it(alice, bob):
    with pages.parting():
        people = pages.page(User.objects.order_by("pk"))
        pages.load(people[0], "names", lambda page: {one.pk: one.username for one in page})
    before = pages.page(User.objects.order_by("pk"))
    assert all("_page" not in one.__dict__ for one in people)
    assert all("_page" in one.__dict__ for one in before)


def rows_left_behind(door: Door, query: str, **variables: Any) -> list[str]:
    """What only the collector of garbage finds. Asked without Django's client, which keeps the request."""
    handler = BaseHandler()
    handler.load_middleware()

    def ask() -> None:
        params = {"query": query, "variables": variables}
        headers = {"Authorization": f"Bearer {door.token}"}
        request = RequestFactory().post("/graphql", params, content_type="application/json", headers=headers)
        assert "errors" not in json.loads(handler.get_response(request).content)

    ask()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        ask()
        gc.collect()
        return [type(one).__name__ for one in gc.garbage if isinstance(one, Model | ModelState | pages.Page)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


INBOX = """{ conversations { nodes {
  title viewerParticipant { lastReadSequence } participants { nodes { user { id username } } }
  lastMessage { body sender { username } }
} } }"""


def test_a_request_leaves_no_row_behind(alice, bob, group):
    for door in (alice, bob):
        say(door, group)
    for query in ("{ me { id username } }", "{ users { nodes { id username } } }", INBOX):
        assert rows_left_behind(alice, query) == []


@on_postgresql  # which writes a message in one statement; Django's rows know each other as they like
def test_nor_does_sending(alice, bob, group):
    send = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { id sender { id } } } }"
    assert rows_left_behind(alice, send, input={"conversationId": group, "body": "hello"}) == []
