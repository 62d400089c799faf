"""Histories: what each client meant to do, and what came of it. One file of JSON lines for each client."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Record = dict[str, Any]


class History:
    """Written line by line as things happen, the intent before and the acknowledgement after."""

    def __init__(self, folder: Path, name: str, person: str | None) -> None:
        self._file = (folder / f"{name}.jsonl").open("a", buffering=1)
        self.note("begins", name=name, person=person)

    def note(self, what: str, **values: Any) -> None:
        self._file.write(json.dumps({"at": time.monotonic(), "what": what, **values}) + "\n")

    def close(self) -> None:
        self._file.close()


class Client(NamedTuple):
    """One history, read back. `person` is None for a client that sees everything."""

    name: str
    person: str | None
    records: list[Record]

    def said(self, *what: str) -> Iterator[Record]:
        return (record for record in self.records if record["what"] in what)


def load(folder: Path) -> list[Client]:
    return [client_of(path.read_text().splitlines()) for path in sorted(folder.glob("*.jsonl"))]


def client_of(lines: list[str]) -> Client:
    beginning, *records = (json.loads(line) for line in lines)
    return Client(beginning["name"], beginning["person"], records)
