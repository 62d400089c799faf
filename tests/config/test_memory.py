"""What a request leaves behind goes between two requests."""

import gc
import subprocess
import sys
import weakref
from collections.abc import Iterator

import pytest
from django.conf import settings

from accounts.models import User
from config.memory import LEFT_BEHIND, OFTEN, collect_what_is_left
from rows.pages import page


@pytest.fixture(autouse=True)
def _no_other_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leave_a_page(count: int) -> "weakref.ref[User]":
    """Rows that came together know each other."""
    return weakref.ref(page([User(username=f"user{number}") for number in range(count)])[0])


def test_what_is_left_goes() -> None:
    left = leave_a_page(LEFT_BEHIND)
    collect_what_is_left()
    assert left() is None


def test_a_little_is_not_worth_a_look() -> None:
    left = leave_a_page(1)
    collect_what_is_left()
    assert left() is not None


def test_what_outlived_a_look_goes_in_its_turn() -> None:
    left = leave_a_page(1)
    gc.collect(0)  # as when a page of another thread is in use
    kept = left()
    gc.collect(0)
    del kept
    for _ in range(OFTEN + 2):
        leave_a_page(LEFT_BEHIND)
        collect_what_is_left()
    assert left() is None


ENTRY_POINT = """
import {0}, gc
from django.core.signals import request_finished
from config.memory import collect_what_is_left
assert gc.get_freeze_count()
assert collect_what_is_left in [receiver() for _, receiver, *_ in request_finished.receivers]
"""


@pytest.mark.parametrize("entry_point", ["config.wsgi", "config.asgi"])
def test_both_entry_points_look_after_each_request(entry_point: str) -> None:
    subprocess.run([sys.executable, "-c", ENTRY_POINT.format(entry_point)], check=True, cwd=settings.BASE_DIR)  # noqa: S603
