"""The admin in Debian's Chromium: its pages work within their Content-Security-Policy, and nobody else is asked."""

from collections.abc import Iterator
from typing import Any

import pytest

from messaging.selectors import conversation_for
from messaging.services import send_message, start_direct_conversation
from tests.browser.test_graphiql import ARGUMENTS, CHROMIUM, Screen, playwright
from tests.conftest import PASSWORD, join

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="The admin is not tried in a browser: no chromium")


@pytest.fixture
def office(transactional_db: None, live_server: Any) -> Iterator[Screen]:
    """Sue, a superuser, at the screen; alice and bob talk."""
    alice, bob = join("alice"), join("bob")
    join("sue", is_staff=True, is_superuser=True)
    conversation = conversation_for(alice, start_direct_conversation(viewer=alice, person=bob).pk)
    send_message(viewer=alice, conversation_id=conversation.pk, body="Good morning")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        screen = Screen(browser.new_page(), live_server.url)
        screen.page.goto(f"{screen.address}/admin/")
        screen.page.get_by_label("Username").fill("sue")
        screen.page.get_by_label("Password").fill(PASSWORD)
        screen.page.get_by_role("button", name="Log in").click()
        yield screen
        browser.close()


def test_its_pages_work_within_their_policy_and_ask_nobody_else(office: Screen) -> None:
    page = office.page
    page.get_by_role("button", name="Toggle theme").first.click()
    for path in ("accounts/user", "messaging/conversation", "messaging/participant", "messaging/message"):
        page.goto(f"{office.address}/admin/{path}/")
        page.locator("#result_list tbody th a").first.click()
        page.locator("#content form").first.wait_for()
    page.goto(f"{office.address}/admin/accounts/user/")
    page.locator("#action-toggle").check()
    playwright.expect(page.locator("#result_list .action-select:checked")).to_have_count(3)  # by a script, and so is
    playwright.expect(page.locator(".action-counter")).to_have_text("3 of 3 selected")
    page.locator("#result_list").get_by_role("link", name="sue", exact=True).click()
    page.locator(".selector-available select").first.wait_for()  # the pair of lists
    assert office.complaints == []
    assert [url for url in office.requests if not url.startswith((f"{office.address}/", "data:"))] == []
