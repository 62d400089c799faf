"""Where alice and bob talk; dora is one more whom they may ask in."""

import pytest

from tests.conftest import Door, enter, join
from tests.messaging.operations import gather, talk


@pytest.fixture
def dora(db: None) -> Door:
    return enter(join("dora"))


@pytest.fixture
def direct(alice: Door, bob: Door) -> str:
    """The id of alice's and bob's direct conversation."""
    return talk(alice, bob)


@pytest.fixture
def group(alice: Door, bob: Door) -> str:
    """The id of a group: alice owns it, bob is a member."""
    return gather(alice, bob)
