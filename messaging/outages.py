"""Outages: what is tried again and again, and fails each time, is said once."""

import logging

logger = logging.getLogger("parley.live")


class Outage:
    """Logs what went wrong with its traceback when it begins, and a line when it is over."""

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence
        self._said: set[type[Exception]] = set()

    def goes_on(self, error: Exception) -> None:
        """Another kind of failure is said, too: it may be a fault that the first one hides."""
        if type(error) not in self._said:
            logger.error(self._sentence, exc_info=error)
        self._said.add(type(error))

    def is_over(self) -> None:
        if self._said:
            logger.info("%s: this is over", self._sentence)
        self._said.clear()
