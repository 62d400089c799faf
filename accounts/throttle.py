"""How often something may happen: sliding windows, counted by the `limits` package.

Shared by all processes through Redis where `REDIS_URL` names one; each process counts for itself where it does not, and
while Redis is down: a guard that cannot count together must not lock everybody out.
"""

import ipaddress
import logging
import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeVar, cast

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.errors import StorageError
from limits.storage import MemoryStorage, MovingWindowSupport, Storage
from limits.strategies import MovingWindowRateLimiter

from accounts.windows import Asked, Left, Windows, left_of

logger = logging.getLogger("parley.throttle")
Answer = TypeVar("Answer")

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
IPV6_HOME = 64  # bits; every line has so many addresses of its own that counting them one by one counts nothing
REDIS_TIMEOUT = 0.5  # seconds; an unreachable Redis must not hold up a request,
REDIS_PAUSE = 5.0  # and is left alone for so many seconds

_counting = threading.Lock()
_ask_redis_again_at = 0.0


def parse_rate(text: str) -> RateLimitItem:
    """Reads `5/15m`: five in fifteen minutes; units s, m, h, d. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,4})([smhd])", text.strip())  # no more than Redis can count
    if match is None or int(match[1]) < 1 or int(match[2]) < 1:
        raise ValueError(f"{text!r} is not a rate such as 5/15m")
    return RateLimitItemPerSecond(int(match[1]), int(match[2]) * SECONDS[match[3]])


def home_of(address: str | None) -> str:
    """What is counted as one address."""
    if address is None or ":" not in address:
        return f"address {address}"
    return f"address {ipaddress.ip_network((address, IPV6_HOME), strict=False)}"


def take(rate: RateLimitItem, *key: str, count: int = 1) -> bool:
    """Counts so many more, unless that would be too many; says whether they were counted."""
    return _ask(lambda window: window.hit(rate, *key, cost=count))


def is_free(rate: RateLimitItem, *key: str, count: int = 1) -> bool:
    """Whether so many more would be allowed; counts nothing."""
    return _ask(lambda window: window.test(rate, *key, cost=count))


def take_all(asked: Sequence[Asked]) -> tuple[bool, list[Left]]:
    """Counts all of them, or none if one would be too many: whether they were counted, and what was left before."""
    return _ask(lambda window: _take_all(window, asked)) if asked else (True, [])


def _take_all(window: MovingWindowRateLimiter, asked: Sequence[Asked]) -> tuple[bool, list[Left]]:
    if isinstance(window.storage, Windows):
        return window.storage.take_all(asked)
    with _counting:
        left = [left_of(one.rate, *window.get_window_stats(one.rate, *one.key)) for one in asked]
        is_free = all(one.count <= there.remaining for one, there in zip(asked, left, strict=True))
        if is_free:
            for one in asked:
                window.hit(one.rate, *one.key, cost=one.count)
    return is_free, left


def seconds_until_free(rate: RateLimitItem, *key: str, count: int = 1) -> int:
    """Whole seconds until so many more are allowed, at least 1."""
    return _ask(lambda window: _seconds_until_free(window, rate, key, count))


def _seconds_until_free(window: MovingWindowRateLimiter, rate: RateLimitItem, key: tuple[str, ...], count: int) -> int:
    """What was counted in the last 7 of 10 seconds is what will still count in 3 seconds."""
    storage, seconds = cast(MovingWindowSupport, window.storage), rate.get_expiry()

    def is_free_after(wait: int) -> bool:
        return storage.get_moving_window(rate.key_for(*key), rate.amount, seconds - wait)[1] <= rate.amount - count

    return 1 + bisect_left(range(1, seconds + 1), True, key=is_free_after)


def forget(rate: RateLimitItem, *key: str) -> None:
    """Starts counting anew."""
    _ask(lambda window: window.clear(rate, *key))


def _ask(question: Callable[[MovingWindowRateLimiter], Answer]) -> Answer:
    global _ask_redis_again_at
    if settings.REDIS_URL and time.monotonic() >= _ask_redis_again_at:
        try:
            return question(_shared(settings.REDIS_URL))
        except StorageError as unreachable:
            logger.warning("Redis is unreachable; this process counts for itself: %s", unreachable)
            _ask_redis_again_at = time.monotonic() + REDIS_PAUSE
    return question(_local())


@lru_cache(maxsize=1)
def _local() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


@lru_cache(maxsize=1)
def _shared(url: str) -> MovingWindowRateLimiter:
    storage: Storage = Windows(
        url, wrap_exceptions=True, socket_timeout=REDIS_TIMEOUT, socket_connect_timeout=REDIS_TIMEOUT
    )
    return MovingWindowRateLimiter(storage)
