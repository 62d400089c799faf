"""Behind the counter: sue is a superuser, sam is staff who may change everything, and alice and bob talk."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from messaging.models import Conversation, Event, Message
from messaging.services import create_conversation, send_message, start_direct_conversation
from tests.conftest import Door, join, new_client


@dataclass
class Office:
    """The admin in the browser of somebody who is signed in to it."""

    person: User
    client: Client

    def list(self, model: type[Model], search: str = "", **narrowed: Any) -> Any:
        return self.client.get(_address(model, "changelist"), {**narrowed, **({"q": search} if search else {})})

    def page(self, row: Model) -> Any:
        return self.client.get(_address(type(row), "change", row.pk))

    def add(self, model: type[Model], **fields: Any) -> Any:
        return self.client.post(_address(model, "add"), fields)

    def change(self, row: Model, **fields: Any) -> Any:
        """Sends the row's own form as the browser would, with these fields changed."""
        page = self.page(row)
        form = page.context["adminform"].form
        sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
        for formset in page.context["inline_admin_formsets"]:
            management = formset.formset.management_form
            sent |= {management.add_prefix(name): management[name].value() for name in management.fields}
        return self.client.post(_address(type(row), "change", row.pk), {**sent, **fields})

    def delete(self, row: Model) -> Any:
        return self.client.post(_address(type(row), "delete", row.pk), {"post": "yes"})

    def act(self, action: str, *rows: Model, confirmed: bool = True, **more: Any) -> Any:
        sent = {"action": action, "_selected_action": [row.pk for row in rows], **more}
        return self.client.post(
            _address(type(rows[0]), "changelist"), {**sent, **({"post": "yes"} if confirmed else {"index": 0})}
        )


def _address(model: type[Model], page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def office_of(person: User) -> Office:
    client = new_client()
    client.force_login(person)
    return Office(person, client)


def errors_of(response: Any) -> str:
    """What a form that was not accepted says."""
    assert response.status_code == 200, response.status_code
    return " ".join(str(sentence) for sentence in response.context["errors"])


def told(response: Any) -> str:
    """What the page after an action says."""
    assert response.status_code == 302
    return " ".join(str(message) for message in response.client.get(response.url).context["messages"])


def events_of(conversation: Conversation) -> list[tuple[str, int | None]]:
    """(kind, recipient) of all that happened there, as it was written."""
    rows = Event.objects.filter(conversation_id=conversation.pk).order_by("pk")
    return list(rows.values_list("kind", "recipient_id"))


@pytest.fixture
def superuser(db: None) -> Office:
    return office_of(join("sue", is_staff=True, is_superuser=True))


@pytest.fixture
def staff(db: None) -> Office:
    sam = join("sam", is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["accounts", "messaging"]))
    return office_of(sam)


@pytest.fixture
def group(alice: Door, bob: Door, charlie: Door) -> Conversation:
    """alice owns it, bob and charlie are members."""
    participant_ids = [bob.person.pk, charlie.person.pk]
    return create_conversation(viewer=alice.person, title="Garden", participant_ids=participant_ids)


@pytest.fixture
def direct(alice: Door, bob: Door) -> Conversation:
    return start_direct_conversation(viewer=alice.person, person=bob.person)


@pytest.fixture
def message(bob: Door, group: Conversation) -> Message:
    mine = Conversation.objects.visible_to(bob.person).get(pk=group.pk)
    return send_message(viewer=bob.person, conversation_id=mine.pk, body="The roses are late.")
