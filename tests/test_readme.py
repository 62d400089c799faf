"""The README is true: its operations are run in their order, through HTTP, against the demo data."""

import re
from pathlib import Path

import pytest

from config.management import demo
from tests.conftest import Door

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
OPERATIONS = re.findall(r"^```graphql\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


@pytest.mark.django_db
def test_maya_writes_jonas_reads_and_nora_sees_nothing() -> None:
    demo.load()
    log_in, inbox, send, read = OPERATIONS
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


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\(([\w./-]+)\)", README))))
def test_what_the_readme_points_to_is_there(path: str) -> None:
    assert (Path(__file__).parents[1] / path).exists()
