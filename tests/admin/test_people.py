"""What staff do to accounts."""

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry

from accounts.models import RefreshToken, Session, User
from messaging.models import Conversation, Event, Message, Participant
from tests.admin.conftest import Office, errors_of, events_of, told
from tests.conftest import PASSWORD, Door, join, sign_in

NEW_PASSWORD = "a horse of another battery"
NEW = {
    "username": "dora",
    "email": "dora@example.com",
    "new_password": NEW_PASSWORD,
    "new_password_again": NEW_PASSWORD,
}


def test_a_person_is_made_with_a_password(staff: Office, anyone: Door) -> None:
    assert staff.add(User, **NEW, phone_number="+12125552368").status_code == 302
    dora = User.objects.get(username="dora")
    assert dora.check_password(NEW_PASSWORD)
    assert str(dora.phone_number) == "+12125552368"
    assert (dora.is_staff, dora.is_active, dora.is_email_verified) == (False, True, False)
    assert LogEntry.objects.get().action_flag == ADDITION


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "ALICE"}, "This username is taken."),
        ({"email": "Alice@Example.com"}, "This e-mail address is taken."),
        ({"username": "do ra"}, "A username is made of"),
        ({"email": "nowhere"}, "valid email"),
        ({"phone_number": "12"}, "phone number"),
        ({"first_name": "Do\u202era"}, "Control characters"),
        ({"new_password": "", "new_password_again": ""}, "required"),
        ({"new_password_again": "another"}, "match"),
        ({"new_password": "password", "new_password_again": "password"}, "too common"),
        ({"new_password": "x" * 1001, "new_password_again": "x" * 1001}, "at most 1,000"),
    ],
)
def test_a_new_person_is_refused(staff: Office, alice: Door, wrong: dict[str, str], sentence: str) -> None:
    assert sentence in errors_of(staff.add(User, **{**NEW, **wrong}))
    assert not User.objects.filter(username="dora").exists()


def test_a_profile_is_changed(staff: Office, alice: Door) -> None:
    assert staff.change(alice.person, first_name=" Alicia ", bio="Gardener").status_code == 302
    alice.person.refresh_from_db()
    assert (alice.person.first_name, alice.person.bio) == ("Alicia", "Gardener")
    assert LogEntry.objects.get().action_flag == CHANGE


def test_a_changed_address_is_unverified(staff: Office, alice: Door) -> None:
    User.objects.filter(pk=alice.person.pk).update(is_email_verified=True)
    staff.change(alice.person, first_name="Alicia")
    alice.person.refresh_from_db()
    assert alice.person.is_email_verified
    staff.change(alice.person, email="alicia@example.com")
    alice.person.refresh_from_db()
    assert (alice.person.email, alice.person.is_email_verified) == ("alicia@example.com", False)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"username": "BOB"}, "This username is taken."),
        ({"email": "BOB@example.com"}, "This e-mail address is taken."),
        ({"username": "b"}, "3 to 30 characters"),
        ({"new_password": "12345678", "new_password_again": "12345678"}, "entirely numeric"),
        ({"new_password": NEW_PASSWORD}, "match"),
    ],
)
def test_a_change_of_a_person_is_refused(
    staff: Office, alice: Door, bob: Door, wrong: dict[str, str], sentence: str
) -> None:
    assert sentence in errors_of(staff.change(alice.person, first_name="Alicia", **wrong))
    alice.person.refresh_from_db()
    assert (alice.person.username, alice.person.first_name) == ("alice", "Alice")
    assert not LogEntry.objects.exists()


def test_a_new_password_signs_out_every_device(staff: Office, alice: Door) -> None:
    staff.change(alice.person, new_password=NEW_PASSWORD, new_password_again=NEW_PASSWORD)
    alice.person.refresh_from_db()
    assert alice.person.check_password(NEW_PASSWORD)
    assert alice.refused("{ users { nodes { id } } }") == "UNAUTHENTICATED"


def test_a_profile_changed_without_a_password_keeps_the_old_one(staff: Office, alice: Door) -> None:
    staff.change(alice.person, first_name="Alicia")
    alice.person.refresh_from_db()
    assert alice.person.check_password(PASSWORD)
    assert alice.ask("{ me { firstName } }") == {"me": {"firstName": "Alicia"}}


def test_a_disabled_person_is_out_with_the_next_request(staff: Office, alice: Door) -> None:
    staff.change(alice.person, is_active="")
    assert alice.refused("{ users { nodes { id } } }") == "UNAUTHENTICATED"
    staff.change(alice.person, is_active="on")
    assert sign_in(alice.person).ask("{ me { username } }")


def test_nobody_disables_themselves(superuser: Office) -> None:
    assert "Nobody disables their own account." in errors_of(superuser.change(superuser.person, is_active=""))


def test_signing_out_everywhere(staff: Office, alice: Door, bob: Door) -> None:
    again = sign_in(alice.person)
    assert "sign in again" in told(staff.act("sign_out_everywhere", alice.person, confirmed=False))
    for door in (alice, again):
        assert door.refused("{ users { nodes { id } } }") == "UNAUTHENTICATED"
    assert bob.ask("{ me { username } }")
    assert LogEntry.objects.get().change_message == "Signed out everywhere."


def test_sessions_are_shown_without_their_tokens(staff: Office, alice: Door) -> None:
    page = staff.page(alice.person).content.decode()
    session = alice.person.sessions.get()
    assert f"/admin/accounts/session/{session.pk}/change/" in page
    assert RefreshToken.objects.get().hash not in page
    assert RefreshToken.objects.get().hash not in staff.page(session).content.decode()
    assert "md5$" not in page


def test_a_session_is_signed_out(staff: Office, alice: Door) -> None:
    again = sign_in(alice.person)
    first = alice.person.sessions.earliest("pk")
    assert staff.delete(first).status_code == 302
    assert alice.refused("{ users { nodes { id } } }") == "UNAUTHENTICATED"
    assert again.ask("{ me { username } }")
    first.refresh_from_db()
    assert first.revoked_at is not None


def test_staff_do_not_sign_out_staff(staff: Office, superuser: Office) -> None:
    sign_in(superuser.person)
    session = superuser.person.sessions.get()
    assert staff.delete(session).status_code == 403
    assert Session.objects.live(session.created_at).filter(pk=session.pk).exists()


def test_a_session_that_ends_while_its_person_is_changed_is_no_obstacle(staff: Office, alice: Door) -> None:
    sent = {"username": "alice", "email": "alice@example.com", "first_name": "Alicia", "is_active": "on"}
    inline = {
        "sessions-TOTAL_FORMS": 1,
        "sessions-INITIAL_FORMS": 1,
        "sessions-0-id": alice.person.sessions.get().pk,
        "sessions-0-user": alice.person.pk,
    }
    alice.person.sessions.all().delete()
    assert staff.client.post(f"/admin/accounts/user/{alice.person.pk}/change/", sent | inline).status_code == 302


def test_a_deleted_person_leaves_as_by_their_own_hand(
    staff: Office, alice: Door, bob: Door, group: Conversation, message: Message
) -> None:
    assert staff.delete(alice.person).status_code == 302
    assert not User.objects.filter(username="alice").exists()
    assert Participant.objects.get(conversation=group, user=bob.person).role == "OWNER"
    assert events_of(group)[-3:] == [
        ("ConversationEnded", alice.person.pk),
        ("ParticipantLeft", None),
        ("ParticipantChanged", None),
    ]
    assert LogEntry.objects.get().action_flag == DELETION


def test_several_people_are_deleted_by_the_service_too(
    staff: Office, alice: Door, bob: Door, charlie: Door, group: Conversation, message: Message
) -> None:
    assert "Successfully deleted 2" in told(staff.act("delete_selected", bob.person, charlie.person))
    message.refresh_from_db()
    assert (message.sender_id, message.body) == (None, "The roses are late.")
    group.refresh_from_db()
    assert group.participant_count == 1
    assert Event.objects.filter(conversation_id=group.pk, kind="ParticipantLeft").count() == 2


def test_one_of_several_who_is_staff_keeps_all_of_them(staff: Office, superuser: Office, alice: Door) -> None:
    page = staff.act("delete_selected", alice.person, superuser.person, confirmed=False)
    assert "your account doesn't have permission" in page.content.decode()
    staff.act("delete_selected", alice.person, superuser.person)
    assert User.objects.filter(username="alice").exists()


@pytest.mark.parametrize("text", ["ali", "ALICE", "adam", "Alice@Ex"])
def test_people_are_searched_by_the_beginning_of_a_name_or_address(
    staff: Office, alice: Door, bob: Door, text: str
) -> None:
    assert list(staff.list(User, text).context["cl"].result_list) == [alice.person]


@pytest.mark.parametrize("text", ["lice", "example", "%", "_lice", "é" * 500])
def test_people_are_not_searched_by_anything_else(staff: Office, alice: Door, text: str) -> None:
    assert not list(staff.list(User, text).context["cl"].result_list)


def test_sessions_are_searched_by_person(staff: Office, alice: Door, bob: Door) -> None:
    assert [one.user for one in staff.list(Session, "Alice").context["cl"].result_list] == [alice.person]


def test_passwords_are_not_searched(staff: Office, alice: Door) -> None:
    assert staff.list(User, password__startswith="md5").status_code == 400


def test_own_password_signs_out_the_other_devices(superuser: Office) -> None:
    door = sign_in(superuser.person)
    answer = superuser.client.post(
        "/admin/password_change/",
        {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD},
    )
    assert answer.status_code == 302
    assert door.refused("{ users { nodes { id } } }") == "UNAUTHENTICATED"
    assert superuser.list(User).status_code == 200


def test_own_password_needs_the_old_one(superuser: Office) -> None:
    answer = superuser.client.post(
        "/admin/password_change/",
        {"old_password": "wrong", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD},
    )
    assert answer.status_code == 200
    superuser.person.refresh_from_db()
    assert superuser.person.check_password(PASSWORD)


def test_who_is_taken_between_the_look_and_the_change_is_an_error_of_the_form(staff: Office, alice: Door) -> None:
    page = staff.page(alice.person)
    assert page.status_code == 200
    join("alicia")
    assert "This username is taken." in errors_of(staff.change(alice.person, username="Alicia"))
