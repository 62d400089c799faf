"""The windows of `accounts/throttle.py` in Redis, as the `limits` package keeps them, asked about several at once."""

import hashlib
import math
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import redis
from limits import RateLimitItem
from limits.errors import StorageError
from limits.storage import RedisStorage

TAKE_ALL = b"""
-- The windows are lists of times, the newest first, as `limits` keeps them.
-- ARGV: now; then amount, seconds and count for each.
local now, left, free = tonumber(ARGV[1]), {}, true
for i, key in ipairs(KEYS) do
    local amount, since = tonumber(ARGV[3 * i - 1]), now - tonumber(ARGV[3 * i])
    local low, high, oldest = 0, amount - 1, now
    while low <= high do
        local middle = math.floor((low + high) / 2)
        local time = tonumber(redis.call('lindex', key, middle))
        if time and time >= since then
            low, oldest = middle + 1, time
        else
            high = middle - 1
        end
    end
    left[2 * i - 1], left[2 * i] = amount - low, tostring(oldest)
    free = free and low + tonumber(ARGV[3 * i + 1]) <= amount
end
for i, key in ipairs(free and KEYS or {}) do
    for _ = 1, tonumber(ARGV[3 * i + 1]) do
        redis.call('lpush', key, ARGV[1])
    end
    redis.call('ltrim', key, 0, ARGV[3 * i - 1] - 1)
    redis.call('expire', key, ARGV[3 * i])
end
return {free and 1 or 0, unpack(left)}
"""
"""Several windows in one question, where `limits` asks two for each."""
NAME = hashlib.sha1(TAKE_ALL, usedforsecurity=False).hexdigest()  # as EVALSHA calls it


@dataclass(frozen=True, slots=True)
class Asked:
    """So many more of one limit, for somebody."""

    rate: RateLimitItem
    key: tuple[str, ...]
    count: int


class Left(NamedTuple):
    """How many more are allowed, and in how many whole seconds the first of those counted is free again."""

    remaining: int
    seconds: int


def left_of(rate: RateLimitItem, reset: float, remaining: int) -> Left:
    return Left(max(0, remaining), max(1, math.ceil(reset - time.time())))


class Windows(RedisStorage):
    """It keeps its connections by itself: what redis-py's client does around each command costs as much again as to
    send it, to wait, and to read the answer."""

    def initialize_storage(self, uri: str) -> None:
        super().initialize_storage(uri)
        client: Any = self.get_connection()
        self._pool = client.connection_pool
        self._free: deque[Any] = deque()

    def take_all(self, asked: Sequence[Asked]) -> tuple[bool, list[Left]]:
        """Counts all of them, or none if one would be too many: whether they were counted, and what was left before."""
        now = time.time()
        keys = [self.prefixed_key(one.rate.key_for(*one.key)) for one in asked]
        numbers = [number for one in asked for number in (one.rate.amount, one.rate.get_expiry(), one.count)]
        try:
            taken, *left = self._run(len(keys), *keys, now, *numbers)
        except self.base_exceptions as unreachable:
            raise StorageError(unreachable) from unreachable
        states = zip(asked, left[::2], left[1::2], strict=True)
        return bool(taken), [left_of(one.rate, float(at) + one.rate.get_expiry(), there) for one, there, at in states]

    def _run(self, *arguments: Any) -> Any:
        try:
            return self._ask("EVALSHA", NAME, *arguments)
        except redis.exceptions.NoScriptError:
            return self._ask("EVAL", TAKE_ALL, *arguments)  # and it is known by its name from now on

    def _ask(self, *command: Any) -> Any:
        with suppress(IndexError, redis.ConnectionError):  # there is none, or Redis has been started anew
            return self._say(self._free.pop(), command)
        return self._say(self._pool.connection_class(**self._pool.connection_kwargs), command)

    def _say(self, connection: Any, command: tuple[Any, ...]) -> Any:
        try:
            connection.send_command(*command)
            answer = connection.read_response()
        except redis.ResponseError:
            self._free.append(connection)
            raise
        except BaseException:
            connection.disconnect()
            raise
        self._free.append(connection)
        return answer
