"""Rows 46 to 56, small: real processes are broken under real clients, and nothing is lost. docs/reliability.md has the
full figures, and the command for them."""

import subprocess
import sys

import pytest

from tests.races import on_postgresql
from tests.servers import ROOT

MISSING = 3  # the exit status where a program is not on this machine


def play(*rows: int) -> str:
    """The report. Fails with it where a number is not 0; how long something took is not asked here."""
    command = [sys.executable, "-m", "reliability", *map(str, rows), "--scale", "0.01", "--untimed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603
    if done.returncode == MISSING:
        pytest.skip(f"rows {rows} are not played: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@on_postgresql
@pytest.mark.row(46, 47, 48, 49, 50)
def test_nothing_is_lost_when_servers_are_killed_and_restarted():
    """With the negative control: if a reader with `id > last` were not caught, row 46 would fail."""
    assert "a reader with `id > last`: G0" in play(46, 47, 48, 49, 50)


@on_postgresql
@pytest.mark.row(51, 52, 53, 54)
def test_nothing_is_missed_when_hints_and_connections_break():
    play(51, 52, 53, 54)


@pytest.mark.row(55)
def test_nobody_is_told_that_sqlite_is_locked():
    assert "answers that say `locked`: 0" in play(55)


@on_postgresql
@pytest.mark.row(56)
def test_the_order_survives_a_clock_that_steps_back():
    play(56)
