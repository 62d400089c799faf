"""The cast of the whole suite behind one shared front door, and where alice and bob talk."""

import pytest
from django.test.client import ClientHandler

from accounts.models import User
from accounts.services.sessions import start_session
from tests.conftest import Door, join
from tests.messaging.operations import gather, talk

# Middleware is loaded once a process, not once a person: ServeStatic reads all static files when it is made.
HANDLER = ClientHandler(enforce_csrf_checks=False)


def enter(person: User) -> Door:
    """Signed in, without asking for the password: tests/accounts is about that."""
    door = Door(person=person, token=start_session(person, device="", ip_address="127.0.0.1").access_token.text)
    door.client.handler = HANDLER
    return door


@pytest.fixture
def alice(db: None) -> Door:
    return enter(join("alice", first_name="Alice", last_name="Adams"))


@pytest.fixture
def bob(db: None) -> Door:
    return enter(join("bob"))


@pytest.fixture
def charlie(db: None) -> Door:
    return enter(join("charlie"))


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
