"""A run of one scenario: its people, senders and followers; at the end the lists, the state and the verdict."""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from reliability import checker, histories
from reliability.checker import State, Verdict
from reliability.clients import Follower, Line, Person, Sender, read_list
from reliability.histories import Client, History, Record
from reliability.servers import House

CATCHING_UP = 60.0  # seconds that followers get to hear the end
READERS_OF_A_LIST = 2  # of each conversation, beside all who follow it


@dataclass
class Result:
    """What a scenario has shown. `broken` says which promises beside the five numbers were not kept."""

    verdict: Verdict
    clients: list[Client]
    state: State
    figures: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)

    def expect(self, is_so: bool, otherwise: str) -> None:
        if not is_so:
            self.broken.append(otherwise)

    def expect_within(self, promised: float, seconds: float, what: str) -> None:
        if seconds > promised:
            self.late.append(f"{what} {seconds:.1f} s, and should be within {promised:g}")

    def said(self, *what: str) -> list[Record]:
        """By everybody but the negative control."""
        return [record for client in self.clients if client.person for record in client.said(*what)]

    @property
    def codes(self) -> set[str]:
        return {record["code"] for record in self.said("refused")}

    @property
    def seconds_to_answer(self) -> list[float]:
        """From the first attempt to the acknowledgement."""
        return self.seconds_to_answer_since(0)

    def seconds_to_answer_since(self, moment: float) -> list[float]:
        """Of what was acknowledged after it."""
        return [record["seconds"] for record in self.said("acknowledged") if record["at"] > moment]

    @property
    def seconds_to_event(self) -> list[float]:
        """From the intent to send until a follower was told."""
        meant = {record["body"]: record["at"] for record in self.said("intent")}
        return [record["at"] - meant[record["body"]] for record in self.said("event") if record["body"] in meant]

    @cached_property
    def moments(self) -> list[float]:
        return sorted(record["at"] for record in self.said("acknowledged"))

    @property
    def longest_silence(self) -> float:
        """Seconds in which nobody was answered, though everybody was sending."""
        return max((after - before for before, after in pairwise(self.moments)), default=0.0)

    @property
    def steps_back(self) -> int:
        """Conversations in which a message is older than the one before it."""
        times = [self.state.times_in(id) for id in self.state.conversations]
        return sum(any(after < before for before, after in pairwise(one)) for one in times)

    def answered_after(self, moment: float) -> float:
        return min((at for at in self.moments if at > moment), default=float("inf")) - moment


class Run:
    """`async with` it: whatever it has begun ends with it. Histories are written into a folder, which must be empty."""

    def __init__(self, house: House, scale: float, histories: Path) -> None:
        self.house, self.scale = house, scale
        self.people: dict[str, Person] = {}
        self.conversations: dict[str, list[str]] = {}
        self.senders: dict[str, Sender] = {}
        self.followers: list[Follower] = []
        self._folder = histories
        self._histories: list[History] = []
        self._lines: list[Line] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self._sent_at = 0.0

    async def __aenter__(self) -> "Run":
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in (*self._lines, *(line for sender in self.senders.values() for line in sender.lines)):
            line.hang_up()
        for history in self._histories:
            history.close()

    # ── the scene ───────────────────────────────────────────────────────────────────────────────────────────────────

    def some(self, count: int, at_least: int) -> int:
        return max(at_least, round(count * self.scale))

    async def begin(self, count: int, groups: Sequence[Sequence[int]]) -> None:
        """So many people, and groups of their numbers."""
        await asyncio.to_thread(self.house.be_ready)
        numbers = [list(group) for group in groups]
        world = await self._ask("people", count=count, groups=numbers, prefix=f"p{time.time_ns()}n")
        self.people = {name: Person(name, **known) for name, known in world["people"].items()}
        self.conversations, self._cursor = world["conversations"], world["cursor"]
        for name, person in self.people.items():
            self.senders[name] = Sender(person, self.house.web.port, self.history(f"{name} sends", name))

    def conversations_of(self, name: str) -> list[str]:
        """Those that somebody was in at the beginning."""
        return [id for id, names in self.conversations.items() if name in names]

    def history(self, name: str, person: str | None) -> History:
        self._histories.append(History(self._folder, name, person))
        return self._histories[-1]

    def line(self, name: str) -> Line:
        """Somebody's own, for what goes on beside their sending."""
        self._lines.append(Line(self.house.web.port, self.people[name].token))
        return self._lines[-1]

    def follow(self, name: str, drops_after: tuple[float, float] | None = None) -> None:
        """Somebody listens from the start on; `drops_after`: for so many seconds at a time."""
        follower = self.newcomer(name)
        follower.drops_after = drops_after
        follower.start_after(self._cursor)
        self.go_on(follower.follow())

    def newcomer(self, name: str) -> Follower:
        ports = [server.port for server in self.house.live]
        history = self.history(f"{name} follows", name)
        self.followers.append(Follower(self.people[name], ports, self.line(name), history))
        return self.followers[-1]

    def go_on(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Beside everything else, at most to the end of the run."""
        self._tasks.append(asyncio.create_task(work))
        return self._tasks[-1]

    # ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def finish(self) -> Result:
        """When everything has been sent: waits for the followers, reads lists and state, and judges."""
        self._sent_at = time.monotonic()
        found = await self._ask("state", began_with=self.conversations)
        state = State.from_json(found)
        await self._wait_for_followers(state, found["ends"])
        for id in self.conversations:
            await self._read_list(id, state.conversations[id].people)
        for task in self._tasks:
            if task.done() and not task.cancelled():
                task.result()  # what has failed on the way has failed the run
        clients = histories.load(self._folder)
        verdict = checker.check([client for client in clients if client.person], state)
        result = Result(verdict, clients, state)
        result.figures |= self._figures(result)
        return result

    @property
    def completed_in(self) -> float:
        """Seconds from the last message that was sent to the last event that anybody was told."""
        return max(follower.told_at for follower in self.followers) - self._sent_at

    async def _wait_for_followers(self, state: State, ends: dict[str, int]) -> None:
        latest = time.monotonic() + CATCHING_UP
        for follower in self.followers:
            end = max((ends[id] for id in state.conversations_of(follower.person.name)), default=0)
            while follower.position < end and time.monotonic() < latest:
                await asyncio.sleep(0.05)

    async def _read_list(self, id: str, present: list[str]) -> None:
        """By some who are in the conversation, and by one who is not."""
        absent = [name for name in self.people if name not in present]
        for name in [*present[:READERS_OF_A_LIST], *absent[:1]]:
            messages = await read_list(self.line(name), id)
            if messages or name in present:
                self.senders[name].history.note("list", conversation=id, messages=messages)

    def _figures(self, result: Result) -> dict[str, str]:
        refused = Counter(record["code"] for record in result.said("refused"))
        figures = {
            "messages": f"{len(result.said('intent')):,}",
            "events told": f"{len(result.said('event')):,}",
            "clients": f"{len(self.people)} of which {len(self.followers)} live",
            "answer p50 / p99": milliseconds(*quantiles(result.seconds_to_answer)),
            "event p50 / p99": milliseconds(*quantiles(result.seconds_to_event)),
            "attempts without an answer": f"{len(result.said('broken', 'broke off')):,}",
            "told to reload": f"{sum('missed' in record for record in result.said('reloaded')):,}",
            "refused": ", ".join(f"{count:,} {code}" for code, count in refused.items()) or "0",
        }
        return {name: value for name, value in figures.items() if value != "0"}

    async def _ask(self, what: str, **arguments: Any) -> Any:
        return await asyncio.to_thread(self.house.inside.ask, what, **arguments)


def quantiles(values: list[float]) -> list[float]:
    return [quantile(values, part) for part in (0.5, 0.99)] if values else []


def quantile(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def milliseconds(*seconds: float) -> str:
    return " / ".join(f"{value * 1000:,.0f}" for value in seconds) + " ms" if seconds else "none"
