"""The checker: each fault that it is there for, in a history made by hand, is found; and nothing else is."""

import pytest

from reliability.checker import Change, Conversation, Message, State, check
from reliability.histories import Client, Record

ROOM = "room"


def stored(*bodies: str, people: tuple[str, ...] = ("alice", "bob"), changes: tuple[Change, ...] = ()) -> State:
    """What alice has sent to a room, and who has come and gone. Its event number one is the room itself."""
    numbered = enumerate(bodies, start=1)
    messages = [Message(f"id {body}", ROOM, number, "alice", body, body) for number, body in numbered]
    room = Conversation(len(bodies), 1 + len(bodies) + len(changes), list(people), ["alice", "bob"])
    return State({ROOM: room}, messages, list(changes))


def sent(body: str, number: int, id: str | None = None) -> list[Record]:
    return [
        {"what": "intent", "key": body, "conversation": ROOM, "body": body},
        {"what": "acknowledged", "key": body, "message": id or f"id {body}", "sequence": number, "seconds": 0.1},
    ]


def told(number: int, body: str | None = None, position: int | None = None) -> Record:
    """Of the event of this number; a message is one less, because of the room's own event."""
    return {
        "what": "event",
        "conversation": ROOM,
        "sequence": number,
        "position": position or number,
        "message": number - 1 if body else None,
        "body": body,
    }


def followed(*events: Record, person: str = "bob") -> Client:
    return Client(person, person, [{"what": "follows"}, *events])


def numbers(state: State, *clients: Client) -> dict[str, int]:
    return {name: number for name, number in check(list(clients), state).numbers.items() if number}


def test_where_everything_went_well_nothing_is_found():
    alice = Client("alice", "alice", [*sent("a", 1), *sent("b", 2)])
    listed: Record = {"what": "list", "conversation": ROOM, "messages": [[1, "a"], [2, "b"]]}
    bob = followed(told(2, "a"), told(3, "b"), listed)
    assert numbers(stored("a", "b"), alice, bob) == {}


@pytest.mark.parametrize(
    "acknowledged",
    [sent("b", 2), sent("a", 2), sent("a", 1, id="id of another")],
    ids=["not there", "another place", "another message"],
)
def test_what_was_acknowledged_and_is_not_there_is_lost(acknowledged: list[Record]):
    assert numbers(stored("a"), Client("alice", "alice", acknowledged)) == {"L0": 1}


def test_one_key_and_two_messages_are_a_duplicate():
    state = stored("a", "b")
    state.messages[1] = state.messages[1]._replace(key="a")
    assert numbers(state) == {"D0": 1}


def test_one_key_acknowledged_as_two_messages_is_a_duplicate():
    alice = Client("alice", "alice", [*sent("a", 1), *sent("a", 1, id="id of another")])
    assert numbers(stored("a"), alice)["D0"] == 1


def test_a_number_that_was_left_out_is_out_of_order():
    state = stored("a", "b")
    state.messages[1] = state.messages[1]._replace(sequence=3)
    assert numbers(state) == {"O0": 1}


@pytest.mark.parametrize(
    "messages",
    [[[1, "a"]], [[2, "b"], [1, "a"]], [[1, "a"], [2, "x"]], [[1, "a"], [2, "b"], [2, "b"]]],
    ids=["one missing", "another order", "another body", "one twice"],
)
def test_a_list_that_is_not_the_conversation_is_out_of_order(messages: list[list[object]]):
    reader = Client("bob", "bob", [{"what": "list", "conversation": ROOM, "messages": messages}])
    assert numbers(stored("a", "b"), reader) == {"O0": 1}


def test_another_body_in_an_event_is_out_of_order():
    assert numbers(stored("a"), followed(told(2, "x"))) == {"O0": 1}


@pytest.mark.parametrize(
    "events",
    [[told(3, "b")], [told(2, "a")], [], [told(2, "a"), told(3, "b"), told(3, "b", position=4)]],
    ids=["at the start", "at the end", "everything", "one twice"],
)
def test_an_event_that_is_missing_or_repeated_is_a_gap(events: list[Record]):
    assert numbers(stored("a", "b"), followed(*events))["G0"] == 1


def test_events_in_another_order_are_gaps():
    events = told(3, "b", position=2), told(2, "a", position=3)
    assert numbers(stored("a", "b"), followed(*events))["G0"] > 0


def test_a_position_that_goes_back_is_a_gap():
    events = told(2, "a", position=5), told(3, "b", position=4)
    assert numbers(stored("a", "b"), followed(*events)) == {"G0": 1}


def test_what_was_read_needs_no_event_and_what_was_neither_is_a_gap():
    read: Record = {"what": "read", "conversation": ROOM, "numbers": [1]}
    both = Client("bob", "bob", [{"what": "reloaded"}, read, told(3, "b")])
    assert numbers(stored("a", "b"), both) == {}
    assert numbers(stored("a", "b"), Client("bob", "bob", [{"what": "reloaded"}, told(3, "b")])) == {"G0": 1}


def test_who_was_told_to_reload_and_has_read_everything_has_no_gap():
    read: Record = {"what": "read", "conversation": ROOM, "numbers": [1, 2]}
    reloaded: Record = {"what": "reloaded", "missed": 1_001}
    assert numbers(stored("a", "b", "c"), followed(told(2, "a"), reloaded, read, told(4, "c"))) == {}
    assert numbers(stored("a", "b", "c"), followed(told(2, "a"), reloaded, told(4, "c"))) == {"G0": 1}


def test_to_be_told_to_reload_where_little_was_missed_is_a_gap():
    read: Record = {"what": "read", "conversation": ROOM, "numbers": [1]}
    assert numbers(stored("a"), followed({"what": "reloaded", "missed": 1_000}, read)) == {"G0": 1}


GOING, COMING = Change(ROOM, 3, "ParticipantLeft", "bob"), Change(ROOM, 5, "ParticipantJoined", "bob")
AWAY = stored("a", "canary", "c", changes=(GOING, COMING))
"""a is event 2; bob goes with 3, the canary is 4, bob comes back with 5, c is 6."""
A, CANARY, BACK, C = told(2), told(4), told(5), told(6)
ENDED: Record = {"what": "ended", "conversation": ROOM, "position": 3}


def test_who_goes_and_comes_back_hears_on_from_there():
    assert numbers(AWAY, followed(A, ENDED, BACK, C)) == {}


def test_coming_back_is_not_to_be_missed():
    assert numbers(AWAY, followed(A, ENDED, C)) == {"G0": 1}


def test_an_event_from_while_one_was_away_is_a_leak():
    assert numbers(AWAY, followed(A, ENDED, CANARY, BACK, C))["V0"] == 1


def test_a_text_read_while_away_is_a_leak():
    peeked: Record = {"what": "peeked", "conversation": ROOM, "seen": [[2, "canary"]]}
    assert numbers(AWAY, followed(A, ENDED, peeked, BACK, C)) == {"V0": 1}


def test_whatever_a_stranger_sees_is_a_leak():
    listed: Record = {"what": "list", "conversation": ROOM, "messages": [[1, "a"]]}
    assert numbers(stored("a"), Client("charlie", "charlie", [listed])) == {"V0": 1}
    assert numbers(stored("a"), followed(told(2, "a"), person="charlie"))["V0"] == 1
