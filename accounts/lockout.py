"""What failed log-ins lead to.

After `LOGIN_FAILURES` the pair of account and address is locked. An account attacked from many addresses is slowed
down: addresses that it was never used from share one attempt in five seconds. So a stranger can lock out nobody but
themselves: the account's own addresses are only counted as pairs. An account that does not exist is treated alike.
"""

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond

from accounts import throttle
from accounts.models import User
from accounts.refusals import LockedOut

LONGEST_NAME = 254  # of an e-mail address; what is longer is nobody, and no reason to keep 100 kB in memory
MANY_ADDRESSES = 10  # an account that failed so many times as often as one pair may is under attack
SLOW = RateLimitItemPerSecond(1, 5)


def check_attempt(name: str, person: User | None, address: str | None) -> None:
    """Raises LockedOut when this address may not try this account now."""
    account, address = _account(name, person), address or "unknown"
    if not throttle.is_free(_pair_rate(), "pair", account, address):
        _refuse(_pair_rate(), "pair", account, address)
    attacked = not throttle.is_free(_account_rate(), "account", account)
    if attacked and not _is_known(person, address) and not throttle.take(SLOW, "slow", account):
        _refuse(SLOW, "slow", account)


def record_failure(name: str, person: User | None, address: str | None) -> None:
    account = _account(name, person)
    throttle.take(_pair_rate(), "pair", account, address or "unknown")
    throttle.take(_account_rate(), "account", account)


def lift(person: User, address: str | None) -> None:
    """Forgets the failures of this pair: the person has shown who they are."""
    throttle.forget(_pair_rate(), "pair", _account("", person), address or "unknown")


def _refuse(rate: RateLimitItem, *key: str) -> None:
    seconds = throttle.seconds_until_free(rate, *key)
    raise LockedOut(f"Too many failed log-ins; try again in {seconds} seconds.", seconds)


def _account(name: str, person: User | None) -> str:
    return f"person {person.pk}" if person else f"name {name[:LONGEST_NAME].lower()}"


def _is_known(person: User | None, address: str) -> bool:
    return person is not None and address != "unknown" and person.sessions.filter(ip_address=address).exists()


def _pair_rate() -> RateLimitItem:
    return throttle.parse_rate(settings.LOGIN_FAILURES)


def _account_rate() -> RateLimitItem:
    pair = _pair_rate()
    return type(pair)(pair.amount * MANY_ADDRESSES, pair.multiples)
