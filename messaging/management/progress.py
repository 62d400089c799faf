"""Progress: one line that says how far a long command has come, on a terminal alone."""

import threading
import time
from typing import Any

from django.core.management.base import OutputWrapper

EVERY = 1.0  # seconds


class Progress:
    """Around what takes long: `with Progress(self.stderr, "events deleted") as progress: progress.add(1)`."""

    def __init__(self, out: OutputWrapper, what: str) -> None:
        self.out, self.what, self.done = out, what, 0
        self._began = time.monotonic()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> "Progress":
        if self.out.isatty():
            self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join()
            self._say("")

    def add(self, count: int) -> None:
        self.done += count

    def _tell(self) -> None:
        while not self._is_over.wait(EVERY):
            counted = f"{self.done:,} " if self.done else ""
            self._say(f"{counted}{self.what}, {time.monotonic() - self._began:.0f} s …")

    def _say(self, text: str) -> None:
        """In place of what the line has said before."""
        self.out.write(f"\r{text}\x1b[K", style_func=str, ending="")  # standard error would be red
        self.out.flush()
