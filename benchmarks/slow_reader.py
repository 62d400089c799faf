"""What a client that stops reading costs the others: 10,000 messages to five people who read and two who do not, by the
processes of compose.yaml on PostgreSQL and Redis.

The one on a WebSocket is closed after half a minute, the one on server-sent events is not; both begin to read again
at the end, and must be told to resync: they are more than 1,000 events behind.
"""

import argparse
import os
import re
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import django
from server import ENVIRONMENT

django.setup()

from websockets.exceptions import ConnectionClosed  # noqa: E402 - after the setup, like all that follows

from benchmarks.services import services  # noqa: E402
from tests.compose import settings_of  # noqa: E402
from tests.live.process import Person, Process, Stream, house, process_of  # noqa: E402
from tests.live.test_slow_reader import SlowLine  # noqa: E402
from tests.servers import PATIENCE  # noqa: E402

PATIENT = 500  # milliseconds, for the 99th percentile, and
GROWTH = 50  # megabytes: docs/security.md, row 45
READERS, SENDERS = 5, 2
WARM_UP = 500  # messages, before memory is looked at
FILLING = "." * 8_000  # so that what is not read fills every buffer on the way


class Reader(threading.Thread):
    """Somebody who reads, and how many milliseconds after its sending began each message came."""

    def __init__(self, person: Person, cursor: str, count: int) -> None:
        super().__init__(daemon=True)
        self.line, self.count = person.dial(compression=None), count
        self.line.listen(after=cursor)
        self.taken: list[float] = []

    def run(self) -> None:
        with self.line:
            while len(self.taken) < self.count:
                event = self.line.event()
                if event["__typename"] == "MessageSent":
                    sent_at = float(event["message"]["body"].rstrip("."))
                    self.taken.append((time.perf_counter() - sent_at) * 1_000)


def send(person: Person, conversation: str, count: int) -> None:
    for _ in range(count):
        person.say(conversation, f"{time.perf_counter()}{FILLING}")


def megabytes(process: Process, name: str) -> float:
    """`VmRSS`, what it holds in memory now, or `VmHWM`, the most that it has held since `forget_the_most`."""
    status = Path(f"/proc/{process.id}/status").read_text()
    return int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1024


def forget_the_most(process: Process) -> None:
    """Each registration takes 64 MB for a moment, to hash the password (proc(5), `clear_refs`)."""
    Path(f"/proc/{process.id}/clear_refs").write_text("5")


def cursor_of_what_came(line: SlowLine, cursor: str) -> str:
    """Reads what had been sent before the socket was closed; the last cursor, as a client keeps it."""
    try:
        while True:
            cursor = line.event()["cursor"] or cursor
    except ConnectionClosed:
        return cursor


def told_after(person: Person, cursor: str) -> str:
    with person.dial() as line:
        line.subscribe(after=cursor)
        return str(line.event()["__typename"])


def last_told_by(stream: Stream) -> str:
    *_, last = (answer["data"]["events"]["__typename"] for name, answer in stream.rest() if name == "next")
    return str(last)


def send_all(people: list[Person], conversation: str, count: int) -> None:
    senders = [threading.Thread(target=send, args=(one, conversation, count // len(people))) for one in people]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()


def measure(process: Process, web: Process, count: int) -> int:
    slow, slower, *others = (process.register("somebody") for _ in range(2 + READERS + SENDERS))
    reading, sending = others[:READERS], [replace(one, process=web) for one in others[READERS:]]
    group = slow.gather(slower, *others)
    send_all(sending, group, WARM_UP)
    cursor = slow.cursor()
    readers = [Reader(person, cursor, count) for person in reading]
    socket_, stream = SlowLine(slow), Stream(slower.process, slower.header, after=cursor)
    socket_.subscribe(after=cursor)
    forget_the_most(process)
    before = megabytes(process, "VmRSS")
    started = time.perf_counter()
    for reader in readers:
        reader.start()
    send_all(sending, group, count)
    seconds = time.perf_counter() - started
    for reader in readers:
        reader.join(PATIENCE)
    growth = megabytes(process, "VmHWM") - before
    taken = [one for reader in readers for one in reader.taken]
    quickest = statistics.quantiles(taken, n=100)
    print(f"{count:,} messages in {seconds:.0f} s, {len(taken):,} of {count * READERS:,} told to {READERS} who read")
    print(f"milliseconds from the sender to a reader: median {quickest[49]:.0f}, 99 % {quickest[98]:.0f}", end="")
    print(f", slowest {max(taken):.0f}; under {PATIENT} is wanted for 99 %")
    print(f"memory of the process: {before:.0f} MB, grown by {growth:.0f} MB at most; under {GROWTH} is wanted")
    told = {
        "on the WebSocket": told_after(slow, cursor_of_what_came(socket_, cursor)),
        "on server-sent events": last_told_by(stream),
    }
    for where, what in told.items():
        print(f"the slow one {where} is told at last: {what}")
    is_well = len(taken) == count * READERS and quickest[98] < PATIENT and growth < GROWTH
    return not (is_well and set(told.values()) == {"ResyncRequired"})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", nargs="?", type=int, default=10_000)
    count: int = parser.parse_args().messages
    with tempfile.TemporaryDirectory() as name, services() as running:
        os.environ["DATABASE_URL"] = running.database_url  # beside it `house` makes a database of its own
        others = {**ENVIRONMENT, "OFFENSIVE_LANGUAGE": "off", "REDIS_URL": running.redis_url}
        with (
            house(Path(name), **others) as environment,
            process_of("live", environment, Path(name)) as live,
            process_of("web", environment | settings_of("web"), Path(name)) as web,
        ):
            return measure(live, web, count)


if __name__ == "__main__":
    sys.exit(main())
