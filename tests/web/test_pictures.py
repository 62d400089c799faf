"""The pictures of examples/web for the README: `WEB_SCREENSHOTS=docs/images pytest -n0 tests/web/test_pictures.py`."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser.test_graphiql import CHROMIUM
from tests.live.process import Person, Process, live_process
from tests.web.screens import PHONE, expect, open_chat, register, start

FOLDER = os.environ.get("WEB_SCREENSHOTS")
LARGEST = 150_000  # bytes
SAID = (
    ("alice", "The cherries are ripe. Who comes on Saturday?"),
    ("bob", "We do, with the ladder and two baskets."),
    ("charlie", "Me too! Shall I bring the cake, or the recipe?"),
    ("alice", "The cake. Last year we tried the recipe."),
)
MEANWHILE = (
    ("Dora", "Day", "The train is at ten past nine."),
    ("Emil", "Engel", "Thank you for the book, I am at page 12 and cannot stop."),
    ("Fatima", "Farah", "Shall we move Tuesday to Wednesday?"),
)

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and FOLDER), reason="no pictures are taken: WEB_SCREENSHOTS names no folder"
)


def evening() -> bytes:
    """A sky."""
    light = Image.linear_gradient("L").resize((300, 150))
    colours = ((46, 250), (80, 178), (122, 110))
    bands = [light.point([top + (low - top) * tone // 255 for tone in range(256)]) for top, low in colours]
    file = BytesIO()
    Image.merge("RGB", bands).save(file, "PNG")
    return file.getvalue()


def befriended(process: Process) -> dict[str, Person]:
    """Friends with a garden, and others who have written to alice."""
    names = (("alice", "Adams"), ("bob", "Brown"), ("charlie", "Clark"))
    friends = {name: register(process, name, surname) for name, surname in names}
    for name, surname, words in MEANWHILE:
        other = register(process, name, surname)
        other.say(start(other, friends["alice"]), words)
    ids = [friends["bob"].id, friends["charlie"].id]
    group = friends["alice"].do("createConversation", title="Cherry picking", participantIds=ids)["conversation"]["id"]
    for name, words in SAID:
        friends[name].say(group, words)
    friends["charlie"].do("markRead", "participant { id }", conversationId=group)
    return friends


def test_pictures(browser: Any, tmp_path: Path) -> None:
    assert FOLDER
    with live_process(tmp_path, FRONTEND_FILES="examples/web/dist") as process:
        friends = befriended(process)
        his, hers, phone = (
            open_chat(browser, process, **options)
            for options in ({}, {"color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"})
        )
        for chat, name in ((his, "bob"), (hers, "alice"), (phone, "alice")):
            chat.sign_in(friends[name])
            chat.open("Cherry picking")
        his.page.get_by_label("Add files").set_input_files(
            {"name": "evening.png", "mimeType": "image/png", "buffer": evening()}
        )
        expect(his.page.get_by_text("ready")).to_be_visible()
        his.say("Look, the weather will be fine:")
        hers.act("The cake.", "React with heart")
        hers.act("Look, the weather", "Reply")
        hers.say("Then we stay until it is dark.")
        his.sees("Then we stay")
        his.field.press_sequentially("Deal")
        for chat, name in ((hers, "web-desktop.png"), (phone, "web-phone.png")):
            expect(chat.page.get_by_text("Bob Brown is typing")).to_be_visible()
            chat.page.mouse.move(0, 0)
            his.field.press_sequentially(".")
            chat.page.screenshot(path=Path(FOLDER) / name)
            assert (Path(FOLDER) / name).stat().st_size < LARGEST
