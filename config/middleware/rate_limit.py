"""Rate limits: how many mutation fields a person, or else an address, may ask for. Aliases count one by one.

`RATE_LIMITS="sign_in=10/5m register=20/1h send=10/10s,40/1m all=600/1m"`, or `off`. A request that would pass one of
them is refused whole, before anything is done, and not counted.

Every answer to a request that touches a limit says how it stands, for the one that has the least left: the headers
`RateLimit-Limit`, `-Remaining`, `-Reset` and `-Policy` of draft-ietf-httpapi-ratelimit-headers-06. Later drafts put all
of it into one structured field, which no client library reads yet.
"""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from graphql import OperationType
from limits import RateLimitItem

from accounts import throttle
from accounts.windows import Asked, Left
from config.middleware.guard import Guard
from schema.documents import Operation, operation_of, root_fields
from schema.responses import Refused

GROUPS = {
    "tokenAuth": "sign_in",
    "resetPassword": "sign_in",
    "register": "register",
    "requestPasswordReset": "register",
    "requestEmailVerification": "register",
    "sendMessage": "send",
    "editMessage": "send",
}
NAMES = ("sign_in", "register", "send", "all")
BY_ADDRESS = ("sign_in", "register")  # whoever signs in may be signed in already, or claim to be

Limits = dict[str, tuple[RateLimitItem, ...]]


@lru_cache
def parse_limits(text: str) -> Limits:
    """Reads the setting. Raises ValueError."""
    limits: Limits = {}
    if text.strip().lower() == "off":
        return limits
    for entry in text.split():
        name, _, rates = entry.partition("=")
        if name not in NAMES:
            raise ValueError(f"{name!r} is none of {', '.join(NAMES)}")
        if name in limits:
            raise ValueError(f"{name!r} is there twice; several rates stand behind one another: {name}=10/10s,40/1m")
        limits[name] = tuple(dict.fromkeys(throttle.parse_rate(rate) for rate in rates.split(",")))
    if not limits:
        raise ValueError("nothing is limited; `off` says so")
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
        if not limits or request.method == "GET":  # by GET no mutation is run: a foreign page must not use limits up
            return
        counts = count_mutations(operation_of(request))
        if not counts:
            return
        asked = list(self._asked(request, counts, limits))
        taken, left = throttle.take_all(asked)
        request.answer_headers = headers(asked, left, taken)  # type: ignore[attr-defined]
        if not taken:
            raise refusal([one for one, there in zip(asked, left, strict=True) if one.count > there.remaining])

    def _asked(self, request: HttpRequest, counts: Counter[str], limits: Limits) -> Iterator[Asked]:
        """Every limit that the request touches."""
        home = throttle.home_of(request.address)  # type: ignore[attr-defined]
        person = f"person {request.user.pk}" if request.user.is_authenticated else home
        for name, count in counts.items():
            for rate in limits.get(name, ()):
                yield Asked(rate, (name, home if name in BY_ADDRESS else person), count)


def headers(asked: list[Asked], left: list[Left], taken: bool) -> dict[str, str]:
    """Of the limit with the least left; none for what touches none."""
    states = [
        (there.remaining - (one.count if taken else 0), there.seconds, one.rate)
        for one, there in zip(asked, left, strict=True)
    ]
    if not states:
        return {}
    remaining, seconds, rate = min(states, key=lambda state: state[0])
    return {
        "RateLimit-Limit": str(rate.amount),
        "RateLimit-Remaining": str(remaining),
        "RateLimit-Reset": str(seconds),
        "RateLimit-Policy": ", ".join(f"{rate.amount};w={rate.get_expiry()}" for *_, rate in states),
    }


def seconds_until_free(one: Asked) -> int:
    """For more than the limit ever allows at once: until as much as it allows is free."""
    return throttle.seconds_until_free(one.rate, *one.key, count=min(one.count, one.rate.amount))


def refusal(full: list[Asked]) -> Refused:
    seconds = max(seconds_until_free(one) for one in full)
    sentence = f"Too many requests; try again in {seconds} seconds."
    for one in full:
        if one.count > one.rate.amount:
            sentence = f"The request asks for {one.count}, and {one.rate.amount} are the most at once: ask for less."
    return Refused(sentence, status=429, code="RATE_LIMITED", headers={"Retry-After": str(seconds)}, retryAfter=seconds)
