"""README.md and docs/first-conversation.md are true: their operations are run in their order, with the demo people."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from config.management import demo
from tests.conftest import Door

README, PAGE = ((Path(settings.BASE_DIR) / name).read_text() for name in ("README.md", "docs/first-conversation.md"))


def operations(page: str) -> list[str]:
    return re.findall(r"^```graphql\n(.*?)^```", page, re.DOTALL | re.MULTILINE)


@pytest.mark.django_db
def test_maya_sees_her_inbox() -> None:
    demo.load()
    log_in, inbox = operations(README)
    newest = log_in_as("maya", log_in).ask(inbox)["conversations"]["nodes"]
    assert len(newest) == 5
    assert all(conversation["lastMessage"]["body"] for conversation in newest)


@pytest.mark.django_db
def test_maya_writes_jonas_reads_and_nora_sees_nothing() -> None:
    demo.load()
    log_in, inbox, send, read = operations(PAGE)
    maya, jonas, nora = (log_in_as(name, log_in) for name in ("maya", "jonas", "nora"))

    (conversation,) = maya.ask(inbox)["conversations"]["nodes"]
    sent = maya.ask(send, id=conversation["id"])["sendMessage"]
    assert not sent["errors"]
    assert maya.ask(send, id=conversation["id"])["sendMessage"] == sent

    seen = jonas.ask(read, id=conversation["id"])["conversation"]
    newest = seen["messages"]["nodes"][-1]
    assert newest == {
        "sequence": sent["message"]["sequence"],
        "body": "Lunch at one?",
        "sender": {"username": "maya"},
    }
    assert nora.ask(read, id=conversation["id"]) == {"conversation": None}


def log_in_as(username: str, log_in: str) -> Door:
    payload = Door().ask(log_in.replace('"maya"', f'"{username}"'))["tokenAuth"]
    assert not payload["errors"]
    return Door(token=payload["token"])


def test_the_password_is_the_one_that_start_prints() -> None:
    assert demo.PASSWORD in README
    assert demo.PASSWORD in PAGE
