"""`python -m reliability [rows] [--scale 0.1]`: breaks real servers, and reports what clients have seen of it."""

# ruff: noqa: T201 - a program for people to read

import argparse
import asyncio
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from reliability.report import HEAD, row_of
from reliability.runs import Result, Run
from reliability.scenarios import SCENARIOS, Scenario
from reliability.servers import House, Missing, house

NOT_HERE = 3  # the exit status where a program is missing that is to be broken; 1 is for what was found
LONGEST = 900  # seconds that a scenario may take


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))  # all is ended, as on Ctrl-C
    chosen = [scenario for scenario in SCENARIOS if scenario.row in (options.rows or [one.row for one in SCENARIOS])]
    all_good = True
    print(HEAD, flush=True)
    for kind in dict.fromkeys(scenario.house for scenario in chosen):
        with ExitStack() as stack:
            say("a house is built")
            folder = options.keep or Path(stack.enter_context(TemporaryDirectory(prefix="parley-")))
            place = stack.enter_context(house(made(folder / "-".join(["house", *kind])), **dict.fromkeys(kind, True)))
            for scenario in (one for one in chosen if one.house == kind):
                result, line = play(scenario, place, options.scale, made(folder / f"histories-{scenario.row}"))
                print(line, flush=True)
                all_good = all_good and is_good(result, options.untimed)
    return 0 if all_good else 1


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reliability", description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, help="rows of docs/security.md; all, if none is given")
    parser.add_argument("--scale", type=float, default=1.0, help="of clients, messages and seconds; 1 is the row's")
    parser.add_argument("--untimed", action="store_true", help="what comes too late is reported, and is no failure")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of this run's histories and logs; else they go")
    options = parser.parse_args()
    if options.keep and options.keep.exists() and any(options.keep.iterdir()):
        parser.error(f"--keep: {options.keep} holds something already, and nothing of it is to be lost")
    return options


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def play(scenario: Scenario, place: House, scale: float, histories: Path) -> tuple[Result | None, str]:
    """What it has shown, None where it could not be played to the end; and its line of the report."""
    say(f"{scenario.row}: {scenario.title}")
    begun, result = time.monotonic(), None
    try:
        result = asyncio.run(_play(scenario, place, scale, histories))
    except Exception as failure:
        say(f"  could not be played: {failure!r}")
    for sentence in [*result.verdict.sentences[:20], *result.broken, *result.late] if result else []:
        say(f"  {sentence}")
    return result, row_of(scenario, result, time.monotonic() - begun)


def is_good(result: Result | None, untimed: bool) -> bool:
    return result is not None and not (result.verdict.sentences or result.broken or (result.late and not untimed))


async def _play(scenario: Scenario, place: House, scale: float, histories: Path) -> Result:
    async with asyncio.timeout(LONGEST), Run(place, scale, histories) as run:
        return await scenario.play(run)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Missing as missing:
        say(str(missing))
        sys.exit(NOT_HERE)
