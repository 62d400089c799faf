"""examples/web for everybody: by keyboard alone, on a phone, in the dark, with a screen reader.

The pictures for the README: `WEB_SCREENSHOTS=docs/images pytest -n0 tests/web/test_for_everybody.py -k picture`.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.test_graphiql import CHROMIUM
from tests.conftest import PASSWORD
from tests.live.process import Person, Process
from tests.servers import ROOT
from tests.web.screens import PHONE, Chat, expect, open_chat

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="examples/web is not tried in a browser: no chromium")

AXE = ROOT / "examples" / "web" / "node_modules" / "axe-core" / "axe.min.js"
needs_axe = pytest.mark.skipif(
    not AXE.is_file(), reason="axe-core looks at nothing: that takes `npm ci` in examples/web"
)
FOCUSED = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent"


def violations(chat: Chat) -> list[Any]:
    """What axe-core finds wrong with the page as it is now."""
    chat.page.evaluate(AXE.read_text("utf-8"))
    found = chat.page.evaluate("axe.run()")["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"]], one["nodes"][0]["failureSummary"]) for one in found]


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def chat(browser: Any, process: Process, scheme: str) -> Iterator[Chat]:
    chat = open_chat(browser, process, color_scheme=scheme)
    yield chat
    chat.page.context.close()


@pytest.fixture
def phone(browser: Any, process: Process, alice: Person, conversation: str) -> Iterator[Chat]:
    chat = open_chat(browser, process, viewport=PHONE, has_touch=True, is_mobile=True)
    chat.sign_in(alice)
    yield chat
    assert chat.complaints == []
    chat.page.context.close()


@needs_axe
def test_axe_finds_nothing(chat: Chat, alice: Person, bob: Person, conversation: str) -> None:
    bob.say(conversation, "Good morning", "See https://example.com/garden, and tell me")
    alice.say(conversation, "Good morning, Bob")
    group = bob.gather(alice)
    bob.say(group, "Unread, and " + "long " * 100)
    chat.page.goto(chat.address)
    chat.page.get_by_role("button", name="Sign in").wait_for()
    assert violations(chat) == []
    chat.page.get_by_role("button", name="Register").click()
    assert violations(chat) == []
    chat.sign_in(alice)
    assert violations(chat) == []
    chat.open("Bob Brown")
    chat.act("Good morning, Bob", "React with heart")
    chat.sees("Good morning, Bob")
    chat.act("See https", "Reply")
    chat.message("See https").get_by_role("button", name="Actions for").click()
    assert violations(chat) == []
    chat.page.get_by_role("searchbox", name="Search").fill("morning")
    chat.page.get_by_role("region", name="Messages found").wait_for()
    assert violations(chat) == []
    chat.page.get_by_role("searchbox", name="Search").fill("")
    chat.page.get_by_role("button", name="New conversation").click()
    chat.page.get_by_role("dialog").get_by_role("checkbox").first.check()
    assert violations(chat) == []
    chat.page.keyboard.press("Escape")
    chat.page.get_by_role("button", name="Drop the connection").click()
    assert violations(chat) == []


def test_everything_by_keyboard(browser: Any, process: Process, alice: Person, bob: Person, conversation: str) -> None:
    bob.say(conversation, "Can you do it without a mouse?")
    chat = open_chat(browser, process)
    keys = chat.page.keyboard
    chat.page.goto(process.address)
    expect(chat.page.get_by_label("Username")).to_be_focused()
    keys.type(alice.username)
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    chat.is_live()
    tab_to(chat, "Bob Brown")
    keys.press("Enter")
    expect(chat.field).to_be_focused()
    tab_to(chat, "Actions for the message of Bob Brown", back=True)
    keys.press("Enter")
    tab_to(chat, "Reply")
    keys.press("Enter")
    expect(chat.field).to_be_focused()
    keys.type("Yes")
    keys.press("Enter")
    expect(chat.message("Yes")).to_contain_text("In answer to Bob Brown")
    expect(chat.field).to_be_focused()
    tab_to(chat, "Actions for your message", back=True)
    keys.press("Enter")
    tab_to(chat, "Delete")
    keys.press("Enter")
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    keys.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    assert chat.page.evaluate(FOCUSED).strip() == "Delete"
    keys.press("Escape")
    assert chat.page.evaluate(FOCUSED) == "Actions for your message"
    chat.page.context.close()


def tab_to(chat: Chat, name: str, *, back: bool = False) -> None:
    for _ in range(40):
        chat.page.keyboard.press("Shift+Tab" if back else "Tab")
        if name in (chat.page.evaluate(FOCUSED) or ""):
            assert chat.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", name
            return
    raise AssertionError(f"{name!r} is not reached by keyboard")


def test_on_a_phone_there_is_one_pane_at_a_time(phone: Chat, bob: Person, conversation: str) -> None:
    bob.say(conversation, "A" * 300, "https://example.com/" + "a" * 200)
    expect(phone.page.get_by_role("main")).to_be_hidden()
    assert not phone.is_too_wide()
    phone.open("Bob Brown")
    expect(phone.inbox).to_be_hidden()
    expect(phone.page.get_by_role("heading", name="Bob Brown", level=2)).to_be_focused()
    phone.sees("https://example.com/")
    phone.message("https://").get_by_role("button", name="Actions for").tap()
    assert not phone.is_too_wide()
    phone.page.get_by_role("link", name="Back to all conversations").tap()
    expect(phone.inbox).to_be_visible()
    expect(phone.line("Bob Brown")).to_be_focused()
    phone.page.get_by_role("button", name="New conversation").tap()
    assert not phone.is_too_wide()


def test_it_is_dark_where_the_system_is(chat: Chat, scheme: str) -> None:
    chat.page.goto(chat.address)
    red, *_ = chat.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)")
    assert (red < 40) == (scheme == "dark")


def test_nothing_moves_for_those_who_do_not_want_it(browser: Any, process: Process) -> None:
    chat = open_chat(browser, process, reduced_motion="reduce")
    chat.page.goto(process.address)
    button = chat.page.get_by_role("button", name="Sign in")
    assert button.evaluate("button => getComputedStyle(button).transitionDuration") == "0s"
    chat.page.context.close()
