"""examples/web in Debian's Chromium: alice and bob at their screens, talking, each seeing the other live.

Left out, and said so, where Chromium or the playwright package is missing.
"""

import re
from pathlib import Path

import pytest

from tests.browser.test_graphiql import CHROMIUM
from tests.conftest import PASSWORD
from tests.files import picture
from tests.live.process import Person, Process
from tests.web.screens import Chat, expect, open_chat, register

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="examples/web is not tried in a browser: no chromium")

Both = tuple[Chat, Chat]


def test_somebody_registers_and_is_told_what_is_wrong(browser, process: Process, alice: Person) -> None:
    chat = open_chat(browser, process)
    chat.page.goto(process.address)
    chat.page.get_by_role("button", name="Register").click()
    chat.page.get_by_label("Username").fill(alice.username)
    chat.page.get_by_label("E-mail address").fill(f"new-{alice.username}@example.com")
    chat.page.get_by_label("First name").fill("Charlie")
    chat.page.get_by_label("Password").fill(PASSWORD)
    chat.page.get_by_role("button", name="Register").click()
    expect(chat.page.get_by_label("Username")).to_have_accessible_description(re.compile("."))
    chat.page.get_by_label("Username").fill(f"new-{alice.username}")
    chat.page.get_by_role("button", name="Register").click()
    expect(chat.inbox.get_by_role("heading", name="Charlie")).to_be_visible()
    expect(chat.inbox).to_contain_text("No conversations yet")
    chat.page.get_by_role("button", name="Sign out").click()
    expect(chat.page.get_by_role("button", name="Sign in")).to_be_visible()
    chat.page.reload()
    expect(chat.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert chat.complaints == []


def test_a_wrong_password_is_said(browser, process: Process, alice: Person) -> None:
    chat = open_chat(browser, process)
    chat.page.goto(process.address)
    chat.page.get_by_label("Username").fill(alice.username)
    chat.page.get_by_label("Password").fill("wrong")
    chat.page.get_by_role("button", name="Sign in").click()
    expect(chat.page.get_by_role("alert")).to_contain_text(re.compile("."))


def test_what_one_says_the_other_sees_at_once(both: Both) -> None:
    hers, his = both
    hers.say("Good morning, Bob")
    his.sees("Good morning, Bob")
    his.say("Good morning, Alice")
    hers.sees("Good morning, Alice")
    assert hers.texts() == his.texts() == ["Good morning, Bob", "Good morning, Alice"]
    expect(hers.page.get_by_role("log", name="Announcements")).to_contain_text("Bob Brown: Good morning, Alice")


def test_who_types_is_seen_typing(both: Both) -> None:
    hers, his = both
    hers.field.press_sequentially("Well")
    typing = his.page.get_by_text("Alice Adams is typing")
    expect(typing).to_be_visible()
    hers.field.fill("")
    expect(typing).to_be_hidden()


def test_who_has_read_it_is_seen(hers: Chat, his: Chat) -> None:
    hers.open("Bob Brown")
    his.leave()
    hers.say("Have you seen this?")
    expect(hers.message("Have you seen this?")).to_contain_text("Sent")
    his.open("Alice Adams")
    expect(hers.message("Have you seen this?")).to_contain_text("Read")


def test_unread_messages_are_counted_until_they_are_read(hers: Chat, his: Chat) -> None:
    his.say("One")
    his.say("Two")
    expect(hers.line("Bob Brown")).to_contain_text("2 unread")
    expect(hers.line("Bob Brown")).to_contain_text("Two")
    expect(hers.page).to_have_title("(2) Parley")
    hers.open("Bob Brown")
    expect(hers.line("Bob Brown")).not_to_contain_text("unread")
    expect(hers.page).to_have_title("Parley")


def test_a_message_is_edited_and_deleted_for_both(both: Both) -> None:
    hers, his = both
    hers.say("Lunch at one?")
    his.sees("Lunch at one?")
    hers.act("Lunch at one?", "Edit")
    expect(hers.field).to_be_focused()
    hers.field.fill("Lunch at two?")
    hers.page.keyboard.press("Enter")
    his.sees("Lunch at two?")
    expect(his.message("Lunch at two?")).to_contain_text("edited")
    expect(hers.field).to_have_value("")
    expect(hers.field).to_be_focused()
    hers.act("Lunch at two?", "Delete")
    hers.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    his.sees("Message deleted")
    assert his.texts() == hers.texts() == []


def test_nobody_is_offered_to_edit_or_delete_what_the_other_said(both: Both) -> None:
    hers, his = both
    hers.say("Mine")
    his.message("Mine").hover()
    his.message("Mine").get_by_role("button", name="Actions for").click()
    actions = his.message("Mine").get_by_role("group", name="Actions")
    expect(actions.get_by_role("button", name="Reply")).to_be_visible()
    expect(actions.get_by_role("button", name="Edit")).to_have_count(0)
    expect(actions.get_by_role("button", name="Delete")).to_have_count(0)
    his.field.click()
    expect(actions).to_have_count(0)


def test_an_answer_quotes_and_leads_to_what_it_answers(both: Both) -> None:
    hers, his = both
    hers.say("Tea or coffee?")
    his.act("Tea or coffee?", "Reply")
    his.say("Tea, please")
    hers.sees("Tea, please")
    quote = hers.message("Tea, please").get_by_role("link")
    expect(quote).to_contain_text("Tea or coffee?")
    quote.click()
    expect(hers.page.locator("[data-highlighted=true]")).to_contain_text("Tea or coffee?")
    expect(hers.page.locator("[data-highlighted=true]")).to_be_focused()


def test_reactions_are_counted_and_taken_back(both: Both) -> None:
    hers, his = both
    hers.say("We have won")
    his.act("We have won", "React with party")
    reaction = hers.message("We have won").get_by_role("button", name="🎉")
    expect(reaction).to_contain_text("1")
    reaction.click()
    expect(his.message("We have won").get_by_role("button", name="🎉")).to_contain_text("2")
    his.message("We have won").get_by_role("button", name="🎉").click()
    expect(hers.message("We have won").get_by_role("button", name="🎉")).to_contain_text("1")


def test_pictures_and_files_are_sent(both: Both, tmp_path: Path) -> None:
    hers, his = both
    (tmp_path / "beach.png").write_bytes(picture(size=(300, 200)))
    (tmp_path / "list.txt").write_text("bread\nmilk\n")
    hers.page.get_by_label("Add files").set_input_files([tmp_path / "beach.png", tmp_path / "list.txt"])
    uploads = hers.page.get_by_role("list", name="Files to send")
    expect(uploads.get_by_text("ready")).to_have_count(2)
    hers.say("From the beach")
    his.sees("From the beach")
    shown = his.message("From the beach").get_by_role("img", name="beach.png")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("image => image.naturalWidth") == 300
    with his.page.expect_download() as downloading:
        his.message("From the beach").get_by_role("link", name="list.txt").click()
    assert Path(downloading.value.path()).read_text() == "bread\nmilk\n"


def test_a_file_that_is_not_taken_says_why(both: Both, tmp_path: Path) -> None:
    hers, _ = both
    (tmp_path / "page.html").write_text("<script>alert(1)</script>")
    hers.page.get_by_label("Add files").set_input_files(tmp_path / "page.html")
    uploads = hers.page.get_by_role("list", name="Files to send")
    expect(uploads.locator(".problem")).to_contain_text(re.compile("."))
    uploads.get_by_role("button", name="Remove page.html").click()
    expect(uploads).to_have_count(0)


def test_history_loads_backwards(hers: Chat, bob: Person, conversation: str) -> None:
    bob.say(conversation, *(f"Number {number}" for number in range(1, 76)))
    hers.open("Bob Brown")
    hers.sees("Number 75")
    assert "Number 1" not in hers.texts()
    while hers.page.locator(".history .body").count() < 75:
        hers.page.locator(".history").evaluate("list => void list.scrollTo(0, -list.scrollHeight)")
        hers.page.wait_for_timeout(100)
    assert hers.texts() == [f"Number {number}" for number in range(1, 76)]


def test_a_search_finds_people_and_words_and_leads_there(hers: Chat, bob: Person, conversation: str) -> None:
    numbers = [f"Number {number}" for number in range(1, 76)]
    bob.say(conversation, *numbers[:20])
    sent = bob.do("sendMessage", "message { id }", conversationId=conversation, body="The hedgehog is back")
    bob.say(conversation, *numbers[20:30])
    bob.do(
        "sendMessage",
        "message { id }",
        conversationId=conversation,
        body="With two more",
        replyToId=sent["message"]["id"],
    )
    bob.say(conversation, *numbers[30:])
    search = hers.page.get_by_role("searchbox", name="Search")
    search.fill("bob")
    expect(hers.page.get_by_role("region", name="Conversations found")).to_contain_text("Bob Brown")
    search.fill("hedgehog")
    link = hers.page.get_by_role("region", name="Messages found").get_by_role("link")
    expect(link).to_contain_text("The hedgehog is back")
    link.click()
    expect(hers.page.locator("[data-highlighted=true]")).to_contain_text("The hedgehog is back")
    expect(hers.page.locator("[data-highlighted=true]")).to_be_in_viewport(ratio=1)
    expect(hers.page.get_by_role("heading", name="Bob Brown", level=2)).to_be_in_viewport(ratio=1)
    hers.page.get_by_role("link", name="To the newest").click()
    hers.sees("Number 75")
    search.fill("giraffe")
    expect(hers.inbox).to_contain_text("Nothing was found")


def test_a_conversation_is_started_with_one_and_with_several(hers: Chat, process: Process, bob: Person) -> None:
    charlie = register(process, "charlie", "Clark")
    hers.page.get_by_role("button", name="New conversation").click()
    dialog = hers.page.get_by_role("dialog", name="New conversation")
    dialog.get_by_label("Find people").fill(charlie.username)
    dialog.get_by_role("checkbox", name=charlie.username).check()
    dialog.get_by_role("button", name="Start").click()
    expect(hers.page.get_by_role("heading", name="Charlie Clark", level=2)).to_be_visible()
    hers.page.get_by_role("button", name="New conversation").click()
    for one in (bob, charlie):
        dialog.get_by_label("Find people").fill(one.username)
        dialog.get_by_role("checkbox", name=one.username).check()
    dialog.get_by_label("Title of the group").fill("Garden party")
    dialog.get_by_role("button", name="Start a group of 3").click()
    expect(hers.page.get_by_role("heading", name="Garden party", level=2)).to_be_visible()
    hers.say("Who brings the cake?")
    expect(hers.line("Garden party")).to_contain_text("You: Who brings the cake?")


def test_who_is_taken_into_a_group_sees_it_and_who_is_removed_does_not(hers: Chat, alice: Person, bob: Person) -> None:
    group = bob.gather(alice)
    expect(hers.line("team")).to_be_visible()
    hers.open("team")
    bob.do("removeParticipant", conversationId=group, userId=alice.id)
    expect(hers.page.get_by_text("There is no such conversation")).to_be_visible()
    expect(hers.line("team")).to_have_count(0)
    bob.do("addParticipants", conversationId=group, userIds=[alice.id])
    expect(hers.page.get_by_role("heading", name="team", level=2)).to_be_visible()
    bob.say(group, "Welcome back")
    hers.sees("Welcome back")


def test_who_is_online_is_shown(both: Both) -> None:
    hers, _ = both
    expect(hers.page.get_by_role("main")).to_contain_text("Online")
    expect(hers.line("Bob Brown")).to_contain_text("online")
