"""S: one message to 200 subscribers of one conversation, all of them at one live process; another process takes it."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import psycopg

from benchmarks import data, measure
from benchmarks.listeners import Plan
from benchmarks.rounds import Tell
from benchmarks.servers import OURS, Server, serving, serving_live
from benchmarks.services import Services
from benchmarks.workloads import WORKLOADS, body_of, global_id, token

SUBSCRIBERS = 200
PAUSE = 0.05  # seconds between two messages
SETTLING = 2  # seconds, until what the connections take is taken
DOCUMENTS = {
    "the same for all": "message { id sequence body createdAt sender { id username } }",
    "a field of the viewer's own": "message { id sequence body createdAt isRead sender { id username } }",
}


@dataclass
class FanOut:
    name: str
    cpu: float
    """Microseconds of the live process for each delivery."""
    connection: float
    """KiB."""
    p50: float
    p99: float
    """Milliseconds from before the sending to the arrival."""


def document(selection: str) -> str:
    events = f"events(conversationId: $id) {{ __typename ... on MessageSent {{ {selection} }} }}"
    return f"subscription($id: ID!) {{ {events} }}"


def measure_fan_out(services: Services, messages: int, tell: Tell) -> list[FanOut]:
    people = range(1, SUBSCRIBERS + 1)
    with psycopg.connect(services.database_url) as connection:
        data.need_people(connection, SUBSCRIBERS)
        hall = data.Talk("hall", people, 100, [0] * SUBSCRIBERS)
        data.write(connection, [hall], random.Random(data.SEED))  # noqa: S311
    found = []
    for name, selection in DOCUMENTS.items():
        with serving(OURS, services) as web, serving_live(services) as live:
            found.append(_listen(name, document(selection), web, live, hall.id, people, messages))
            tell(f"S, {name}: {found[-1].cpu:.0f} µs a delivery, {found[-1].connection:.0f} KiB a connection")
    return found


def _listen(
    name: str, document: str, web: Server, live: Server, conversation: int, people: Sequence[int], messages: int
) -> FanOut:
    tokens = [token(person) for person in people]
    plan = Plan(live.port, tokens, document, {"id": global_id("Conversation", conversation)}, messages)
    (process,) = measure.workers(live.pid)
    before = measure.resident(process)
    with ExitStack() as stack:
        listeners = _start(stack)
        assert listeners.stdin is not None
        assert listeners.stdout is not None
        listeners.stdin.write(json.dumps(asdict(plan)) + "\n")
        listeners.stdin.flush()
        assert listeners.stdout.readline() == "ready\n", "the listeners have not subscribed"
        time.sleep(SETTLING)
        grown = measure.resident(process) - before
        used = measure.cpu(live.pid)
        sent = _send(web, people[0], conversation, messages)
        heard = json.loads(listeners.stdout.readline())
        used = measure.cpu(live.pid) - used
    late = sorted((moment - sent[sequence]) * 1000 for one in heard for sequence, moment in one)
    return FanOut(name, used / len(late), grown * 1024 / len(people), late[len(late) // 2], late[int(len(late) * 0.99)])


def _start(stack: ExitStack) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.listeners"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return process


def _send(web: Server, person: int, conversation: int, messages: int) -> dict[int, float]:
    """The moments, by the sequence of the message."""
    sent = {}
    for place in range(messages):
        before = time.monotonic()
        answer = web.ask(body_of(WORKLOADS["W3"], (person, conversation), place), person)
        sent[answer["data"]["sendMessage"]["message"]["sequence"]] = before
        time.sleep(PAUSE)
    return sent
