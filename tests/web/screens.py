"""What somebody does at the screen of examples/web, and what they see there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.browser.test_graphiql import ARGUMENTS, CHROMIUM, Screen, playwright
from tests.conftest import PASSWORD
from tests.live.process import Person, Process

DESKTOP = {"width": 1200, "height": 760}
PHONE = {"width": 390, "height": 780}

expect = playwright.expect


@dataclass
class Chat(Screen):
    """The chat in a tab of its own."""

    def sign_in(self, person: Person) -> None:
        self.page.goto(self.address)
        self.page.get_by_label("Username or e-mail address").fill(person.username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.is_live()

    def is_live(self) -> None:
        expect(self.connection).to_contain_text("Live")

    @property
    def connection(self) -> Any:
        return self.page.locator(".connection").get_by_role("status")

    @property
    def inbox(self) -> Any:
        return self.page.get_by_role("navigation", name="Conversations")

    def line(self, title: str) -> Any:
        """Of the inbox."""
        return self.inbox.get_by_role("link").filter(has=self.page.locator(".line-title", has_text=title))

    def open(self, title: str) -> None:  # type: ignore[override]
        self.line(title).click()
        expect(self.page.get_by_role("heading", name=title, level=2)).to_be_visible()

    def leave(self) -> None:
        """No conversation is open any more."""
        self.page.goto(f"{self.address}/#/")
        expect(self.page.get_by_role("main")).to_contain_text("Choose a conversation")

    @property
    def field(self) -> Any:
        return self.page.get_by_role("textbox", name="Message to")

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.page.keyboard.press("Enter")

    @property
    def messages(self) -> Any:
        return self.page.get_by_role("region", name="Messages").get_by_role("article")

    def message(self, text: str) -> Any:
        return self.messages.filter(has_text=text)

    def sees(self, text: str) -> None:
        expect(self.message(text)).to_be_visible()

    def texts(self) -> list[str]:
        """Of all messages that are shown."""
        found: list[str] = self.page.locator(".history .body").all_inner_texts()
        return found

    def act(self, text: str, action: str) -> None:
        """Does something to the message with this text."""
        message = self.message(text)
        message.hover()
        message.get_by_role("button", name="Actions for").click()
        message.get_by_role("group", name="Actions").get_by_role("button", name=action).click()

    def is_too_wide(self) -> bool:
        wide: bool = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        return wide


@contextmanager
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def open_chat(browser: Any, process: Process, **options: Any) -> Chat:
    """An empty tab, in a window that shares nothing with another."""
    return Chat(browser.new_context(**{"viewport": DESKTOP, **options}).new_page(), process.address)


def register(process: Process, name: str, surname: str) -> Person:
    person = process.register(name)
    person.do("updateProfile", "user { id }", firstName=name.capitalize(), lastName=surname)
    return person


def start(person: Person, other: Person) -> str:
    """The id of their direct conversation."""
    payload = person.do("startDirectConversation", "conversation { id }", userId=other.id)
    return str(payload["conversation"]["id"])
