"""What staff do to conversations: the same changes as the participants', with the same events."""

import pytest
from django.contrib.admin.models import LogEntry

from accounts.models import User
from messaging.models import Conversation, Message, Participant, Revision
from messaging.services import edit_message, erase_account, remove_participant
from tests.admin.conftest import Office, errors_of, events_of, told
from tests.conftest import Door


def part_of(door: Door, conversation: Conversation) -> Participant:
    return Participant.objects.get(conversation=conversation, user=door.person)


# ── conversations ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_group_is_renamed(staff: Office, group: Conversation) -> None:
    assert staff.change(group, title=" Orchard ").status_code == 302
    group.refresh_from_db()
    assert group.title == "Orchard"
    assert group.last_event_sequence == 2
    assert events_of(group)[-1] == ("ConversationUpdated", None)
    assert LogEntry.objects.count() == 1


def test_the_same_title_again_tells_nobody(staff: Office, group: Conversation) -> None:
    assert staff.change(group).status_code == 302
    assert events_of(group) == [("ConversationStarted", None)]


@pytest.mark.parametrize("title", [" ", "x" * 101, "Gar\u202eden"])
def test_a_title_keeps_the_rules(staff: Office, group: Conversation, title: str) -> None:
    assert errors_of(staff.change(group, title=title))
    group.refresh_from_db()
    assert group.title == "Garden"
    assert not LogEntry.objects.exists()


def test_nothing_but_the_title_is_changed(staff: Office, group: Conversation, alice: Door) -> None:
    staff.change(group, title="Orchard", kind="DIRECT", participant_count=7, last_sequence=9, created_by="")
    group.refresh_from_db()
    assert (group.kind, group.participant_count, group.last_sequence) == ("GROUP", 3, 0)
    assert group.created_by_id == alice.person.pk


def test_a_direct_conversation_has_no_title_to_change(staff: Office, direct: Conversation) -> None:
    staff.change(direct, title="Ours")
    direct.refresh_from_db()
    assert direct.title == ""


def test_staff_start_no_conversation(superuser: Office) -> None:
    assert superuser.add(Conversation, title="Mine", kind="GROUP").status_code == 403


def test_a_deleted_group_ends_for_everybody(
    staff: Office, alice: Door, bob: Door, charlie: Door, group: Conversation, message: Message
) -> None:
    pk = group.pk
    assert staff.delete(group).status_code == 302
    assert not Message.objects.exists()
    group.pk = pk
    ended = {recipient for kind, recipient in events_of(group) if kind == "ConversationEnded"}
    assert ended == {alice.person.pk, bob.person.pk, charlie.person.pk}


def test_a_deleted_direct_conversation_can_be_started_anew(
    staff: Office, alice: Door, bob: Door, direct: Conversation
) -> None:
    assert "Successfully deleted 1" in told(staff.act("delete_selected", direct))
    assert not Conversation.objects.exists()
    document = "mutation($id: ID!) { startDirectConversation(input: {userId: $id}) { conversation { lastSequence } } }"
    bob_id = bob.ask("{ me { id } }")["me"]["id"]
    assert alice.ask(document, id=bob_id)["startDirectConversation"]["conversation"] == {"lastSequence": 0}


def test_what_goes_with_a_conversation_is_not_collected(
    staff: Office, group: Conversation, message: Message, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(8) as captured:
        page = staff.client.get(f"/admin/messaging/conversation/{group.pk}/delete/")
    assert "roses" not in page.content.decode()
    assert not any("messaging_message" in one["sql"] for one in captured.captured_queries)


def test_conversations_are_searched_by_title_and_number(
    staff: Office, group: Conversation, direct: Conversation
) -> None:
    assert list(staff.list(Conversation, "arde").context["cl"].result_list) == [group]
    assert list(staff.list(Conversation, str(direct.pk)).context["cl"].result_list) == [direct]


# ── participants ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_role_is_changed(staff: Office, bob: Door, group: Conversation) -> None:
    assert staff.change(part_of(bob, group), role="ADMIN").status_code == 302
    assert part_of(bob, group).role == "ADMIN"
    assert events_of(group)[-1] == ("ParticipantChanged", None)
    document = "query($id: ID!) { node(id: $id) { ... on Conversation { viewerCanManage } } }"
    conversation = bob.ask("{ conversations { nodes { id } } }")["conversations"]["nodes"][0]["id"]
    assert bob.ask(document, id=conversation)["node"]["viewerCanManage"]


def test_the_last_owner_stays_owner(staff: Office, alice: Door, group: Conversation) -> None:
    assert "The last owner must hand over first" in errors_of(staff.change(part_of(alice, group), role="MEMBER"))
    assert part_of(alice, group).role == "OWNER"


def test_nothing_but_the_role_is_changed(staff: Office, alice: Door, bob: Door, group: Conversation) -> None:
    staff.change(part_of(bob, group), role="ADMIN", user=alice.person.pk, last_read_sequence=99)
    assert part_of(bob, group).last_read_sequence == 0


def test_somebody_is_removed(staff: Office, bob: Door, group: Conversation) -> None:
    assert staff.delete(part_of(bob, group)).status_code == 302
    assert events_of(group)[-2:] == [("ConversationEnded", bob.person.pk), ("ParticipantLeft", None)]
    group.refresh_from_db()
    assert group.participant_count == 2
    assert bob.ask("{ conversations { nodes { id } } }")["conversations"]["nodes"] == []


def test_a_group_passes_on_when_its_last_owner_is_removed(
    staff: Office, alice: Door, charlie: Door, group: Conversation
) -> None:
    Participant.objects.filter(conversation=group, user=charlie.person).update(role="ADMIN")
    staff.delete(part_of(alice, group))
    assert part_of(charlie, group).role == "OWNER"
    assert events_of(group)[-1] == ("ParticipantChanged", None)


def test_a_group_ends_with_the_last_of_several_removed_at_once(
    staff: Office, alice: Door, bob: Door, charlie: Door, group: Conversation
) -> None:
    everybody = [part_of(door, group) for door in (alice, bob, charlie)]
    assert "Successfully deleted 3" in told(staff.act("delete_selected", *everybody))
    assert not Conversation.objects.exists()


def test_somebody_is_added(staff: Office, superuser: Office, group: Conversation) -> None:
    sue = superuser.person
    assert staff.add(Participant, conversation=group.pk, user=sue.pk, role="ADMIN").status_code == 302
    added = Participant.objects.get(conversation=group, user=sue)
    group.refresh_from_db()
    assert (added.role, added.joined_at_event, group.participant_count) == ("ADMIN", group.last_event_sequence, 4)
    assert events_of(group)[-1] == ("ParticipantJoined", None)


@pytest.mark.parametrize("who", ["bob", "disabled", "nobody"])
def test_who_is_there_or_disabled_or_nobody_is_not_added(
    staff: Office, bob: Door, group: Conversation, superuser: Office, who: str
) -> None:
    User.objects.filter(pk=superuser.person.pk).update(is_active=False)
    pk = {"bob": bob.person.pk, "disabled": superuser.person.pk, "nobody": 0}[who]
    sentence = {"bob": "already exists", "disabled": "cannot be reached", "nobody": "Select a valid choice"}[who]
    assert sentence in errors_of(staff.add(Participant, conversation=group.pk, user=pk, role="MEMBER"))
    assert events_of(group) == [("ConversationStarted", None)]


def test_a_direct_conversation_stays_of_its_two(
    staff: Office, superuser: Office, alice: Door, direct: Conversation
) -> None:
    refused = staff.add(Participant, conversation=direct.pk, user=superuser.person.pk, role="MEMBER")
    assert "A direct conversation cannot be changed" in errors_of(refused)
    assert staff.delete(part_of(alice, direct)).status_code == 403
    staff.act("delete_selected", part_of(alice, direct))
    assert direct.participants.count() == 2


def test_participants_are_searched_by_username_and_conversation(
    staff: Office, alice: Door, bob: Door, group: Conversation, direct: Conversation
) -> None:
    alices = [part_of(alice, direct), part_of(alice, group)]
    assert sorted(staff.list(Participant, "Alice").context["cl"].result_list, key=lambda one: -one.pk) == sorted(
        alices, key=lambda one: -one.pk
    )
    found = staff.list(Participant, str(direct.pk)).context["cl"].result_list
    assert {one.user for one in found} == {alice.person, bob.person}


# ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deleted_message_leaves_a_tombstone(staff: Office, bob: Door, group: Conversation, message: Message) -> None:
    edit_message(viewer=bob.person, message=message, body="The roses are early.")
    assert staff.delete(message).status_code == 302
    message.refresh_from_db()
    assert (message.body, message.is_deleted, message.sequence) == ("", True, 1)
    assert not Revision.objects.exists()
    assert events_of(group)[-1] == ("MessageDeleted", None)


def test_deleting_a_tombstone_tells_nobody(staff: Office, group: Conversation, message: Message) -> None:
    staff.delete(message)
    before = events_of(group)
    staff.act("delete_selected", message)
    assert events_of(group) == before


def test_messages_are_neither_written_nor_changed(superuser: Office, message: Message) -> None:
    assert superuser.add(Message, body="Hello").status_code == 403
    page = f"/admin/messaging/message/{message.pk}/change/"
    assert superuser.client.post(page, {"body": "The roses are gone."}).status_code == 403
    assert Message.objects.get().body == "The roses are late."


def test_a_message_is_shown_with_what_it_said_before(staff: Office, bob: Door, message: Message) -> None:
    edit_message(viewer=bob.person, message=message, body="The roses are <b>early</b>.")
    page = staff.page(message).content.decode()
    assert "The roses are late." in page
    assert "The roses are &lt;b&gt;early&lt;/b&gt;." in page


def test_messages_are_searched_by_number_and_conversation_alone(
    staff: Office, group: Conversation, message: Message
) -> None:
    for text in (str(message.pk), str(group.pk)):
        assert message in staff.list(Message, text).context["cl"].result_list
    for text in ("roses", "0", "9" * 30, "-1", "²"):
        assert not staff.list(Message, text).context["cl"].result_list
    assert list(staff.list(Message, f"conversation:{group.pk}").context["cl"].result_list) == [message]
    assert staff.list(Message, body__contains="roses").status_code == 400


def test_a_message_whose_sender_is_gone_is_still_deleted(staff: Office, bob: Door, message: Message) -> None:
    erase_account(person=bob.person)
    assert staff.delete(message).status_code == 302
    message.refresh_from_db()
    assert message.is_deleted


# ── who is faster ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_gone_meanwhile_is_said(staff: Office, alice: Door, bob: Door, group: Conversation) -> None:
    part = part_of(bob, group)
    assert staff.act("delete_selected", part, confirmed=False).status_code == 200
    remove_participant(viewer=alice.person, conversation=group, person=bob.person)
    told(staff.delete(part))
    assert not LogEntry.objects.exists()
