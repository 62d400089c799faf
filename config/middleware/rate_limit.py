"""Rate limits: how many mutation fields a person, or else an address, may ask for. Aliases count one by one.

`RATE_LIMITS="sign_in=10/5m register=20/1h send=10/10s,40/1m all=600/1m"`, or `off`. A request that would pass one of
them is refused whole, before anything is done.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from graphql import OperationType
from limits import RateLimitItem

from accounts import throttle
from config.middleware.guard import Guard
from schema.documents import Operation, operation_of, root_fields
from schema.responses import Refused

GROUPS = {"tokenAuth": "sign_in", "register": "register", "sendMessage": "send"}
NAMES = ("sign_in", "register", "send", "all")
BY_ADDRESS = ("sign_in", "register")  # whoever signs in may be signed in already, or claim to be

Limits = dict[str, tuple[RateLimitItem, ...]]


@lru_cache
def parse_limits(text: str) -> Limits:
    """Reads the setting. Raises ValueError."""
    limits: Limits = {}
    for entry in [] if text.strip().lower() == "off" else text.split():
        name, _, rates = entry.partition("=")
        if name not in NAMES:
            raise ValueError(f"{name!r} is none of {', '.join(NAMES)}")
        limits[name] = tuple(throttle.parse_rate(rate) for rate in rates.split(","))
    return limits


def count_mutations(operation: Operation) -> Counter[str]:
    """How many mutation fields of each group an operation asks for; `all` counts every one."""
    if operation.type is not OperationType.MUTATION:
        return Counter()
    names = [field.name.value for field in root_fields(operation)]
    counts = Counter(GROUPS[name] for name in names if name in GROUPS)
    counts["all"] = len(names)
    return counts


class RateLimit(Guard):
    def check(self, request: HttpRequest) -> None:
        limits = parse_limits(settings.RATE_LIMITS)
        asked = list(self._asked(request, limits)) if limits else []
        for rate, key, count in asked:
            if not throttle.is_free(rate, *key, count=count):
                seconds = throttle.seconds_until_free(rate, *key)
                raise Refused(
                    f"Too many requests; try again in {seconds} seconds.",
                    status=429,
                    code="RATE_LIMITED",
                    headers={"Retry-After": str(seconds)},
                    retryAfter=seconds,
                )
        for rate, key, count in asked:
            throttle.take(rate, *key, count=count)

    def _asked(self, request: HttpRequest, limits: Limits) -> Iterator[tuple[RateLimitItem, tuple[str, str], int]]:
        """(rate, whose, how many) for every limit that the request touches."""
        address = f"address {request.address}"  # type: ignore[attr-defined]
        person = f"person {request.user.pk}" if request.user.is_authenticated else address
        for name, count in count_mutations(operation_of(request)).items():
            for rate in limits.get(name, ()):
                yield rate, (name, address if name in BY_ADDRESS else person), count
