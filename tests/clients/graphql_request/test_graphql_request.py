"""graphql-request, as docs/clients.md shows it: a bot that answers what it has not read."""

from pathlib import Path

from tests.clients.conftest import expired, needs_npm, play
from tests.live.process import Person

CHAT = Path(__file__).with_name("chat.mjs")
BODIES = "query($id: ID!) { conversation(id: $id) { messages { nodes { body } } } }"

pytestmark = needs_npm


def test_a_bot_answers_what_it_has_not_read(alice: Person, bob: Person) -> None:
    group = alice.gather(bob)
    bob.say(group, "one", "two")
    assert play(CHAT, "answer", alice) == {"heard": [[2, "two"]], "left": []}
    messages = bob.ask(BODIES, id=group)["conversation"]["messages"]["nodes"]
    assert messages[-1] == {"body": "You said two"}


def test_a_refused_mutation_says_why(alice: Person, bob: Person) -> None:
    (error,) = play(CHAT, "refuse", alice, conversation=alice.gather(bob))
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "body")
    assert error["message"]


def test_an_expired_token_is_changed_for_a_fresh_one_once(alice: Person, bob: Person) -> None:
    alice.gather(bob)
    assert play(CHAT, "refresh", alice, stale=expired(alice)) == {"conversations": 1, "refused": "UNAUTHENTICATED"}
