"""A client that takes nothing is found by one timer, however much it is sent."""

from typing import Any

import pytest

from config.stall import Stall

PATIENCE = 30.0  # seconds


class Loop:
    """An event loop of which only the clock goes."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[float, Any]] = []
        self.set = 0

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Any) -> Any:
        self.set += 1
        self.timers.append((self.now + delay, call))
        return call

    def pass_by(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer[0] <= end]:
            self.timers.remove(due[0])
            self.now = due[0][0]
            due[0][1]()
        self.now = end


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def ended() -> list[int]:
    """The codes with which the connection was closed."""
    return []


@pytest.fixture
def stall(loop, ended, settings) -> Stall:
    settings.LIVE_LIMITS = {**settings.LIVE_LIMITS, "stalled_seconds": PATIENCE}
    return Stall(loop, lambda code, _: ended.append(code))


@pytest.mark.row(45)
def test_who_takes_nothing_is_closed(stall, loop, ended):
    stall.begins()
    loop.pass_by(PATIENCE)
    assert ended == [1013]


def test_who_has_taken_all_stays(stall, loop, ended):
    stall.begins()
    stall.ends()
    loop.pass_by(3 * PATIENCE)
    assert (ended, loop.timers) == ([], [])


def test_who_takes_one_message_of_several_has_time_for_the_next(stall, loop, ended):
    stall.begins()
    for _ in range(3):
        stall.begins()
        loop.pass_by(0.9 * PATIENCE)
        stall.ends()
    assert ended == []
    loop.pass_by(PATIENCE)
    assert ended == [1013]


def test_the_time_counts_from_the_message_that_waits_not_from_one_that_was_taken(stall, loop, ended):
    stall.begins()
    stall.ends()
    loop.pass_by(0.5 * PATIENCE)
    stall.begins()
    loop.pass_by(0.9 * PATIENCE)
    assert ended == []
    loop.pass_by(0.1 * PATIENCE)
    assert ended == [1013]


def test_one_timer_is_set_for_many_messages(stall, loop):
    for _ in range(100):
        stall.begins()
        stall.ends()
    assert loop.set == 1
