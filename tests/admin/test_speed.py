"""Lists are quick on a million rows: nothing is counted, nothing is scanned, and rows cost no statement each."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import back_office
from accounts.models import Session, User
from messaging.models import Conversation, Message, Participant
from messaging.services import send_message
from tests.admin.conftest import Office
from tests.conftest import Door

# The session, who asks, their permissions (two), the keys of the newest 1,000, the page.
STATEMENTS = 6
# What is found by several indexes is asked for first.
MORE_TO_SEARCH = {Message: 1, Participant: 2}


def statements(office: Office, *arguments: Any, **narrowed: Any) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert office.list(*arguments, **narrowed).status_code == 200
    return [one["sql"] for one in captured]


@pytest.fixture
def many(bob: Door, group: Conversation) -> None:
    mine = Conversation.objects.visible_to(bob.person).get(pk=group.pk)
    for number in range(60):
        send_message(viewer=bob.person, conversation_id=mine.pk, body=f"message {number}")


@pytest.mark.parametrize("model", [User, Session, Conversation, Participant, Message])
@pytest.mark.parametrize("search", [False, True])
def test_a_list_counts_nothing_and_costs_the_same_for_many_rows(
    staff: Office, many: None, group: Conversation, model: type, search: bool
) -> None:
    sent = statements(staff, model, str(group.pk) if search else "")
    assert len(sent) == STATEMENTS + (MORE_TO_SEARCH.get(model, 0) if search else 0)
    assert not [sql for sql in sent if "COUNT(" in sql.upper()]


def test_a_page_of_messages_is_fifty(staff: Office, many: None) -> None:
    assert len(staff.list(Message).context["cl"].result_list) == 50
    assert len(staff.list(Message, p=2).context["cl"].result_list) == 10


def test_pages_end_with_the_newest_thousand(staff: Office, many: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_office, "MOST_ROWS", 55)
    second = staff.list(Message, p=2)
    assert [one.sequence for one in second.context["cl"].result_list] == [10, 9, 8, 7, 6]
    assert "The newest 55 at most" in second.content.decode()
    assert staff.list(Message, p=3).status_code == 302


def test_nobody_shows_all_and_nobody_does_something_to_all(staff: Office, many: None) -> None:
    page = staff.list(Message, all="")
    assert len(page.context["cl"].result_list) == 50
    newest = Message.objects.latest("pk")
    staff.act("delete_selected", newest, select_across="1")
    assert Message.objects.filter(deleted_at=None).count() == 59


def test_facets_are_not_counted(staff: Office, many: None) -> None:
    assert not [sql for sql in statements(staff, User, _facets="True") if "COUNT(" in sql.upper()]


def test_a_person_is_shown_in_few_statements(superuser: Office, bob: Door) -> None:
    superuser.page(bob.person)  # what Django remembers, the kinds of things that there are, it may not know yet
    with CaptureQueriesContext(connection) as captured:
        assert superuser.page(bob.person).status_code == 200
    # The session, who asks, the person, their groups and permissions, all groups, all permissions, live sessions.
    assert len(captured) == 8
