"""`python -m benchmarks`: the floor, ours and the documented way side by side; `growth`: how cost grows."""

import argparse
import signal
import sys
import time
from contextlib import ExitStack

import django

from benchmarks import data, growth, report
from benchmarks.fan_out import measure_fan_out
from benchmarks.rounds import CONNECTIONS, Case, Differs, compare, run
from benchmarks.servers import DOCUMENTED, FLOOR, OURS, serving
from benchmarks.services import Missing, Services, services
from benchmarks.workloads import WORKLOADS, pairs_of

SENT = 100  # messages of S, in five seconds and a bit

Options = argparse.Namespace


def options() -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("compare", "growth"), default="compare")
    parser.add_argument("--scale", type=float, default=1, help="of the data set; 0.01 for trying (default: 1)")
    parser.add_argument("--only", default="W1,W2,W3,W4,S", help="which workloads (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="of each, in turn (default: 5)")
    parser.add_argument("--seconds", type=float, default=3, help="of each round (default: 3)")
    parser.add_argument("--connections", type=int, default=CONNECTIONS, help=f"kept open (default: {CONNECTIONS})")
    parser.add_argument("--without-redis", action="store_true", help="each process counts limits by itself; no S")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    return parser.parse_args()


def main() -> int:
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    django.setup()
    try:
        with services(with_redis=not chosen.without_redis) as running:
            data.prepare(running.database_url, chosen.scale, tell)
            {"compare": compare_servers, "growth": show_growth}[chosen.what](chosen, running)
    except (Missing, Differs) as problem:
        tell(str(problem))
        return 1
    except KeyboardInterrupt:
        tell("Stopped.")
        return 1
    return 0


def compare_servers(chosen: Options, running: Services) -> None:
    asked = chosen.only.split(",")
    pairs = pairs_of(running.database_url)
    cases = [Case(name, WORKLOADS[name], pairs) for name in WORKLOADS if name in asked]
    parts = []
    if cases:
        with ExitStack() as stack:
            servers = [stack.enter_context(serving(kind, running)) for kind in (FLOOR, OURS, DOCUMENTED)]
            compare(cases, servers)
            tell("All servers answer the same.")
            results = run(cases, servers, running, chosen.rounds, chosen.seconds, chosen.connections, tell)
            parts += [report.costs(results), report.rates(results), report.memory(servers)]
            tell_all(chosen, "comparison", parts)  # at once: what follows may fail
    if "S" in asked and running.redis_url:
        parts.append(report.fan_out(measure_fan_out(running, SENT, tell)))
    tell_all(chosen, "comparison", parts)


def show_growth(chosen: Options, running: Services) -> None:
    cases = [case for case in growth.cases(running.database_url) if case.workload.name in chosen.only.split(",")]
    with serving(OURS, running) as server:
        results = run(cases, [server], running, chosen.rounds, chosen.seconds, chosen.connections, tell)
    tell_all(chosen, "growth", [growth.told(results)])
    if chosen.write:
        growth.plot(results)


def tell_all(chosen: Options, name: str, parts: list[str]) -> None:
    text = "\n\n".join([report.circumstances(chosen.rounds, chosen.seconds, chosen.connections, chosen.scale), *parts])
    print(text)
    if chosen.write:
        report.put(name, text)


def tell(text: str) -> None:
    """Progress, beside the result."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
