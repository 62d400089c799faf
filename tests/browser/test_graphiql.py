"""GraphiQL in Debian's Chromium, driven by Playwright: it renders, logs in, sends and reads, and asks nobody else.

Left out, and said so, where Chromium or the playwright package is missing: `apt-get install chromium`; no browser is
downloaded. The picture for the docs: `GRAPHIQL_SCREENSHOT=docs/images/graphiql.png pytest -n0 tests/browser`.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.conftest import PASSWORD, join
from tests.live.process import Process, live_process
from tests.servers import PATIENCE

playwright = pytest.importorskip("playwright.sync_api", reason="GraphiQL is not tried in a browser: no playwright")
playwright.expect.set_options(timeout=1_000 * PATIENCE)  # it waits no longer than it must

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",  # no internet, wherever this runs
]
STORED = "[...Object.entries(localStorage), ...Object.entries(sessionStorage)]"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="GraphiQL is not tried in a browser: no chromium")


@dataclass
class Screen:
    """What a person does at the screen; what the browser asks for and complains about meanwhile."""

    page: Any
    address: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self) -> None:
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):  # the introspection
            self.page.goto(f"{self.address}/graphql")

    def tab(self, operation: str) -> None:
        self.page.locator(f".graphiql-tab-button:text-is('{operation}')").click()
        # GraphiQL looks a tenth of a second later which operation this is, and sends the old name until then.
        self.page.evaluate("new Promise((done) => setTimeout(done, 150))")

    def write(self, editor: str, value: Any) -> None:
        """Replaces what the editor, Variables or Headers, holds."""
        self.page.get_by_role("button", name=editor, exact=True).click()
        self.page.locator(".graphiql-editor-tool .CodeMirror:visible").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(json.dumps(value, indent=2))

    def run(self) -> Any:
        with self.page.expect_response(f"{self.address}/graphql") as answered:
            self.page.get_by_label("Execute query (Ctrl-Enter)").click()
        return answered.value.json()

    def start(self) -> None:
        """Runs what has no single answer."""
        self.page.get_by_label("Execute query (Ctrl-Enter)").click()

    def stop(self) -> None:
        self.page.get_by_label("Stop query (Ctrl-Enter)").click()

    def shows(self, text: str) -> None:
        playwright.expect(self.page.locator(".result-window")).to_contain_text(text)

    def log_in(self, username: str) -> Any:
        self.tab("LogIn")
        self.write("Variables", {"input": {"username": username, "password": PASSWORD}})
        return self.run()["data"]["tokenAuth"]

    @property
    def outside(self) -> list[str]:
        """What was asked of anybody else."""
        own = (f"{self.address}/", f"{self.address}/".replace("http", "ws", 1))
        return [url for url in self.requests if not url.startswith(own)]


@pytest.fixture
def screen(transactional_db: None, live_server: Any, settings: Any) -> Iterator[Screen]:
    """An empty browser before the live server. While it is open, the test itself cannot use the database."""
    settings.GRAPHIQL = True
    join("alice", first_name="Alice", last_name="Adams", is_staff=True)
    join("bob", first_name="Bob", last_name="Brown")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield Screen(browser.new_page(viewport={"width": 1280, "height": 800}), live_server.url)
        browser.close()


def test_it_renders_within_its_policy_and_asks_nobody_else(screen: Screen) -> None:
    screen.open()
    screen.page.get_by_label("Show GraphiQL Explorer").click()
    screen.page.locator(".graphiql-explorer-root", has_text="tokenAuth").wait_for()
    screen.page.get_by_label("Show Documentation Explorer").click()
    screen.page.locator(".graphiql-doc-explorer", has_text="Mutation").wait_for()
    screen.page.get_by_label("Open settings dialog").click()
    screen.page.get_by_role("dialog").wait_for()
    assert len(screen.requests) == 11  # the page, nine files, the introspection
    assert screen.outside == []
    assert screen.complaints == []


def test_somebody_logs_in_writes_and_reads(screen: Screen) -> None:
    screen.open()
    assert screen.log_in("alice")["errors"] == []
    screen.shows('"username": "alice"')
    screen.tab("WhoAmI")
    assert screen.run()["data"]["me"]["displayName"] == "Alice Adams"
    screen.tab("People")
    (bob,) = [person["id"] for person in screen.run()["data"]["users"]["nodes"] if person["username"] == "bob"]
    screen.tab("Start")
    screen.write("Variables", {"input": {"userId": bob}})
    conversation = screen.run()["data"]["startDirectConversation"]["conversation"]["id"]
    screen.tab("Send")
    screen.write("Variables", {"input": {"conversationId": conversation, "body": "Hello Bob, from GraphiQL"}})
    assert screen.run()["data"]["sendMessage"]["errors"] == []
    screen.tab("Read")
    screen.write("Variables", {"id": conversation})
    screen.run()
    screen.shows('"body": "Hello Bob, from GraphiQL"')
    assert screen.outside == []
    assert screen.complaints == []
    if path := os.environ.get("GRAPHIQL_SCREENSHOT"):
        screen.page.get_by_label("Show GraphiQL Explorer").click()
        screen.page.locator(".graphiql-explorer-root").wait_for()
        screen.page.locator(".result-window").click(position={"x": 200, "y": 700})
        screen.page.screenshot(path=path)


def test_an_authorization_in_the_headers_editor_wins_over_the_remembered_token(screen: Screen) -> None:
    screen.open()
    screen.log_in("alice")
    screen.tab("WhoAmI")
    screen.write("Headers", {"authorization": "Bearer of nothing"})
    assert screen.run()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_nothing_is_stored_and_a_reload_signs_out(screen: Screen) -> None:
    screen.open()
    token = screen.log_in("alice")["token"]
    screen.tab("WhoAmI")
    screen.write("Headers", {"Authorization": f"Bearer {token}"})
    assert screen.run()["data"]["me"]["username"] == "alice"
    screen.page.wait_for_timeout(1000)  # GraphiQL stores its tabs half a second later
    assert screen.page.evaluate(STORED) == []
    screen.open()
    screen.tab("WhoAmI")
    assert screen.run()["data"]["me"] is None


def test_somebody_signed_in_to_the_admin_needs_no_token(screen: Screen) -> None:
    screen.page.goto(f"{screen.address}/admin/")
    screen.page.fill("#id_username", "alice")
    screen.page.fill("#id_password", PASSWORD)
    screen.page.click("[type=submit]")
    screen.open()
    screen.tab("WhoAmI")
    assert screen.run()["data"]["me"]["username"] == "alice"


# ── subscriptions: the live server of Django's tests has no WebSocket, so a real one is started ──────────────────────


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with live_process(tmp_path_factory.mktemp("graphiql"), GRAPHIQL="on") as process:
        yield process


@pytest.fixture
def windows(process: Process) -> Iterator[list[Screen]]:
    """Two browsers' windows that share nothing."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield [Screen(browser.new_page(), process.address) for _ in range(2)]
        browser.close()


def test_one_window_sends_and_the_other_sees_it(process: Process, windows: list[Screen]) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    group = alice.gather(bob)
    hers, his = windows
    for screen, person in ((hers, alice), (his, bob)):
        screen.open()
        screen.log_in(person.username)
    hers.tab("Listen")
    hers.write("Variables", {"after": alice.cursor()})
    hers.start()
    hers.shows("CaughtUp")
    his.tab("Send")
    his.write("Variables", {"input": {"conversationId": group, "body": "Do you see this, Alice?"}})
    assert his.run()["data"]["sendMessage"]["errors"] == []
    hers.shows('"body": "Do you see this, Alice?"')
    hers.stop()
    assert f"{process.address}/graphql".replace("http", "ws") in hers.requests
    assert hers.outside == his.outside == []
    assert hers.complaints == his.complaints == []


def test_a_subscription_that_is_refused_or_closed_says_why(process: Process, windows: list[Screen]) -> None:
    alice = process.register("alice")
    screen = windows[0]
    screen.open()
    screen.tab("Listen")
    screen.start()
    screen.shows("Closed: 4403")
    screen.write("Headers", alice.header)
    screen.write("Variables", {"after": "yesterday"})
    screen.start()
    screen.shows("BAD_USER_INPUT")
    screen.write("Variables", {"after": alice.cursor()})
    screen.start()
    screen.shows("CaughtUp")
    alice.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=False)
    screen.shows("Closed: 4403 The session has ended.")


def test_who_is_signed_in_to_the_admin_listens_by_the_cookie(process: Process, windows: list[Screen]) -> None:
    screen = windows[0]
    screen.page.goto(f"{screen.address}/admin/")
    screen.page.fill("#id_username", process.make_staff())
    screen.page.fill("#id_password", PASSWORD)
    screen.page.click("[type=submit]")
    screen.open()
    screen.tab("Listen")
    screen.write("Variables", {"after": process.register("alice").cursor()})
    screen.start()
    screen.shows("CaughtUp")
