"""How long a fragment bomb takes to be refused, against a harmless document of the same length.

Each fragment spreads the next one twice: 2^22 or 2^60 fields in a kilobyte or two. No text is sent twice, so that no
document comes from the cache.
"""

import statistics
import sys

from server import HEADING, serving, told

TRIES = 200
LIMIT = 50  # milliseconds: docs/security.md, row 3


def bomb(levels: int, spread: str) -> str:
    fragments = " ".join(f"fragment F{level} on Query {{ {spread.format(level + 1)} }}" for level in range(levels))
    return f"{{ ...F0 }} {fragments} fragment F{levels} on Query {{ me {{ id }} }}"


def main() -> int:
    documents = {}
    for levels in (22, 60):
        documents[f"bomb of {levels} levels"] = refused = bomb(levels, "...F{0} ...F{0}")
        harmless = bomb(levels, "...F{0}")
        documents[f"harmless, {levels} levels"] = harmless + " #" + "." * (len(refused) - len(harmless) - 2)
    times: dict[str, list[float]] = {name: [] for name in documents}
    with serving() as server:
        for place in range(TRIES):
            for name, document in documents.items():
                taken, answer = server.ask(f"{document} # {place}")
                assert ("errors" in answer) == name.startswith("bomb"), answer
                times[name].append(taken)
    print(HEADING)
    for name, document in documents.items():
        print(told(f"{name} ({len(document):,} bytes)", times[name]))
    slowest = max(statistics.median(taken) for name, taken in times.items() if name.startswith("bomb"))
    print(f"The slower median of the bombs is {slowest:.1f} ms; under {LIMIT} ms is wanted.")
    return slowest >= LIMIT


if __name__ == "__main__":
    sys.exit(main())
