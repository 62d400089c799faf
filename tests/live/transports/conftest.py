"""alice and bob, who are registered at the live process and talk there."""

import pytest

from tests.live.process import Person, Process


@pytest.fixture(scope="module")
def alice(process: Process) -> Person:
    return process.register("alice")


@pytest.fixture(scope="module")
def bob(process: Process) -> Person:
    return process.register("bob")


@pytest.fixture(scope="module")
def conversation(alice: Person, bob: Person) -> str:
    return alice.gather(bob)
