"""examples/web when something breaks: nothing is lost, nothing comes twice, and the reader is told."""

import json
import re
from typing import Any

import pytest

from tests.browser.test_graphiql import CHROMIUM
from tests.live.process import Person, Process
from tests.web.screens import Chat, expect, open_chat

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="examples/web is not tried in a browser: no chromium")

Both = tuple[Chat, Chat]


def operation(route: Any) -> str:
    """Its name."""
    return str(json.loads(route.request.post_data or "{}").get("operationName"))


def test_a_dropped_connection_loses_nothing(both: Both) -> None:
    hers, his = both
    his.say("Before")
    hers.sees("Before")
    hers.page.get_by_role("button", name="Drop the connection").click()
    expect(hers.connection).to_contain_text("Connection dropped")
    his.say("While")
    his.say("she is away")
    his.sees("she is away")
    hers.page.wait_for_timeout(1_500)
    assert hers.texts() == ["Before"]
    hers.page.get_by_role("button", name="Reconnect").first.click()
    hers.sees("she is away")
    expect(hers.connection).to_contain_text("caught up")
    his.say("After")
    hers.sees("After")
    assert hers.texts() == ["Before", "While", "she is away", "After"]


def test_a_connection_that_has_fallen_silent_is_made_anew(
    browser: Any, process: Process, alice: Person, bob: Person, conversation: str
) -> None:
    """As after a change of networks: nothing says that it is gone."""
    hers = open_chat(browser, process)
    sockets: list[Any] = []

    def hand_on(here: Any) -> None:
        there = here.connect_to_server()
        sockets.append(here)
        there.on_message(lambda message: None if is_cut(here) else here.send(message))

    def is_cut(socket: Any) -> bool:
        return bool(cut) and socket is sockets[0]

    cut: list[str] = []
    hers.page.route_web_socket("**/graphql", hand_on)
    hers.page.clock.install()
    hers.sign_in(alice)
    hers.open("Bob Brown")
    cut.append("from now on")
    bob.say(conversation, "Hello?")
    for _ in range(2):
        hers.page.clock.run_for(11_000)
    hers.sees("Hello?")
    assert len(sockets) == 2
    hers.page.context.close()


def test_what_was_edited_and_deleted_meanwhile_is_so_afterwards(both: Both, bob: Person) -> None:
    hers, his = both
    his.say("Lunch at one?")
    his.say("Forget it")
    hers.sees("Forget it")
    hers.page.get_by_role("button", name="Drop the connection").click()
    his.act("Lunch at one?", "Edit")
    his.field.fill("Lunch at two?")
    his.page.keyboard.press("Enter")
    his.act("Forget it", "Delete")
    his.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    his.sees("Message deleted")
    hers.page.get_by_role("button", name="Reconnect").first.click()
    hers.sees("Message deleted")
    assert hers.texts() == ["Lunch at two?"]


def test_what_was_not_sent_is_tried_again_by_hand(both: Both) -> None:
    hers, his = both
    hers.page.route("**/graphql", lambda route: route.abort() if operation(route) == "Send" else route.fallback())
    hers.say("Do you hear me?")
    waiting = hers.message("Do you hear me?")
    expect(waiting).to_contain_text("Not sent")
    hers.page.unroute("**/graphql")
    waiting.get_by_role("button", name="Try again").click()
    his.sees("Do you hear me?")
    expect(waiting).not_to_contain_text("Not sent")
    assert hers.texts() == his.texts() == ["Do you hear me?"]


def test_a_message_whose_answer_was_lost_is_there_once(both: Both) -> None:
    hers, his = both

    def lose_the_answer(route: Any) -> None:
        if operation(route) != "Send":
            return route.fallback()
        route.fetch()
        return route.abort()

    hers.page.get_by_role("button", name="Drop the connection").click()
    hers.page.route("**/graphql", lose_the_answer)
    hers.say("Once")
    his.sees("Once")
    expect(hers.message("Once")).to_contain_text("Not sent")
    hers.page.unroute("**/graphql")
    hers.message("Once").get_by_role("button", name="Try again").click()
    expect(hers.message("Once")).not_to_contain_text("Not sent")
    hers.page.get_by_role("button", name="Reconnect").first.click()
    hers.is_live()
    his.say("Twice?")
    hers.sees("Twice?")
    assert hers.texts() == his.texts() == ["Once", "Twice?"]


def test_what_is_refused_says_why_and_can_be_discarded(both: Both) -> None:
    hers, _ = both
    hers.say("shit")
    waiting = hers.message("shit")
    expect(waiting).to_contain_text("Not sent")
    waiting.get_by_role("button", name="Discard").click()
    expect(waiting).to_have_count(0)


def test_an_access_token_that_is_no_good_is_renewed_once(hers: Chat) -> None:
    kept = json.loads(hers.page.evaluate("sessionStorage.getItem('parley.session')"))
    hers.page.evaluate("kept => sessionStorage.setItem('parley.session', kept)", json.dumps({**kept, "access": "old"}))
    renewals: list[str] = []
    hers.page.on("request", lambda one: renewals.append(one.url) if "Refresh" in (one.post_data or "") else None)
    hers.page.reload()
    hers.is_live()
    expect(hers.line("Bob Brown")).to_be_visible()
    assert len(renewals) == 1


def test_a_revoked_session_ends_on_the_screen(hers: Chat, alice: Person) -> None:
    alice.do("revokeAllSessions", "revokedSessionIds", exceptCurrent=False)
    expect(hers.page.get_by_role("alert")).to_contain_text("Your session has ended")
    expect(hers.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_who_cannot_be_told_everything_begins_anew(both: Both, process: Process, bob: Person) -> None:
    """As after a backup was restored: the cursors of before mean nothing any more."""
    hers, his = both
    hers.page.get_by_role("button", name="Drop the connection").click()
    his.say("Are you there?")
    his.sees("Are you there?")
    process.manage("reset_feed")
    hers.page.get_by_role("button", name="Reconnect").first.click()
    hers.sees("Are you there?")
    hers.is_live()


def test_an_answer_that_an_event_has_overtaken_is_asked_for_again(hers: Chat, bob: Person, conversation: str) -> None:
    kept: list[Any] = []

    def keep_waiting(route: Any) -> None:
        if operation(route) != "History" or kept:
            return route.fallback()
        kept.append(route.fetch())
        bob.say(conversation, "Overtaking")
        expect(hers.line("Bob Brown")).to_contain_text("Overtaking")
        return route.fulfill(response=kept[0])

    bob.say(conversation, "Slow")
    hers.page.route("**/graphql", keep_waiting)
    hers.open("Bob Brown")
    hers.sees("Slow")
    hers.sees("Overtaking")
    assert hers.texts() == ["Slow", "Overtaking"]


def test_earlier_messages_that_do_not_come_are_asked_for_by_hand(hers: Chat, bob: Person, conversation: str) -> None:
    bob.say(conversation, *(f"Number {number}" for number in range(1, 41)))
    asked: list[str] = []

    def refuse(route: Any) -> None:
        if operation(route) != "History" or not json.loads(route.request.post_data)["variables"].get("before"):
            return route.fallback()
        asked.append("again")
        return route.abort()

    hers.page.route("**/graphql", refuse)
    hers.open("Bob Brown")
    hers.sees("Number 40")
    hers.page.locator(".history").evaluate("list => void list.scrollTo(0, -list.scrollHeight)")
    expect(hers.page.locator(".earlier").get_by_role("alert")).to_contain_text("cannot be reached")
    hers.page.wait_for_timeout(500)
    assert len(asked) == 1
    hers.page.unroute("**/graphql")
    hers.page.get_by_role("button", name="Earlier messages").click()
    expect(hers.page.locator(".history .body")).to_have_count(40)


def test_without_a_server_it_says_so_and_tries_again(hers: Chat) -> None:
    hers.page.route("**/graphql", lambda route: route.abort())
    hers.page.reload()
    expect(hers.page.get_by_role("alert")).to_contain_text(re.compile("cannot be reached"))
    hers.page.unroute("**/graphql")
    hers.page.get_by_role("button", name="Try again").click()
    expect(hers.line("Bob Brown")).to_be_visible()
