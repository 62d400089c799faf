"""Who may come in, and how far."""

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.back_office import BackOffice
from accounts.models import Session, User
from messaging.models import Conversation, Message, Participant
from tests.admin.conftest import Office, office_of
from tests.conftest import Door, join

MODELS = [User, Session, Conversation, Participant, Message]


@pytest.mark.parametrize("model", MODELS)
def test_who_is_not_staff_is_sent_away(alice: Door, model: type) -> None:
    answer = office_of(alice.person).list(model)
    assert answer.status_code == 302
    assert answer.url.startswith("/admin/login/")


@pytest.mark.parametrize("model", MODELS)
def test_staff_without_permission_see_nothing(db: None, model: type) -> None:
    assert office_of(join("sam", is_staff=True)).list(model).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_superusers_see_every_list(superuser: Office, message: Message, model: type) -> None:
    assert superuser.list(model).status_code == 200


def test_who_may_view_changes_nothing(alice: Door, group: Conversation, message: Message) -> None:
    viewing = office_of(join("sam", is_staff=True))
    viewing.person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    part = Participant.objects.get(conversation=group, user=alice.person)
    for row in (alice.person, group, part, message):
        assert viewing.page(row).status_code == 200
        page = f"/admin/{row._meta.label_lower.replace('.', '/')}/{row.pk}/change/"
        assert viewing.client.post(page).status_code == 403
        assert viewing.delete(row).status_code == 403


def test_staff_do_not_change_staff(staff: Office, superuser: Office) -> None:
    other = join("other", is_staff=True)
    for person in (other, superuser.person):
        assert staff.page(person).status_code == 200
        assert staff.client.post(f"/admin/accounts/user/{person.pk}/change/", {"username": "gone"}).status_code == 403
        assert staff.delete(person).status_code == 403
    staff.act("delete_selected", other)
    staff.act("sign_out_everywhere", superuser.person)
    assert User.objects.filter(pk=other.pk).exists()


def test_superusers_change_staff(staff: Office, superuser: Office) -> None:
    assert superuser.change(staff.person, first_name="Samuel").status_code == 302
    staff.person.refresh_from_db()
    assert staff.person.first_name == "Samuel"


def test_only_superusers_say_who_is_staff(alice: Door, staff: Office, superuser: Office) -> None:
    staff.change(alice.person, is_staff="on", is_superuser="on")
    alice.person.refresh_from_db()
    assert not alice.person.is_staff
    assert not alice.person.is_superuser
    superuser.change(alice.person, is_staff="on")
    alice.person.refresh_from_db()
    assert alice.person.is_staff


def test_only_superusers_give_permissions(alice: Door, staff: Office, superuser: Office) -> None:
    permission = Permission.objects.get(codename="view_message")
    staff.change(alice.person, user_permissions=[permission.pk])
    assert not alice.person.user_permissions.exists()
    superuser.change(alice.person, user_permissions=[permission.pk])
    assert list(alice.person.user_permissions.all()) == [permission]


def test_what_no_service_makes_is_refused(superuser: Office, message: Message) -> None:
    office = BackOffice(Message, site)
    with pytest.raises(PermissionDenied):
        office.save_model(HttpRequest(), message, form=None, change=True)
    with pytest.raises(PermissionDenied):
        office.delete_model(HttpRequest(), message)
