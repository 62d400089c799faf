"""What failed log-ins lead to.

After `LOGIN_FAILURES` the pair of account and address is locked. An account attacked from many addresses is slowed
down: addresses that it was never used from share one attempt in five seconds. So a stranger can lock out nobody but
themselves: the account's own addresses are only counted as pairs. An account that does not exist is treated alike, and
all addresses of an IPv6 line (a /64) are one. What has failed is of the password as it was: another one, by a reset
for example, ends a lock-out.
"""

from hashlib import sha256

from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerSecond

from accounts import throttle
from accounts.models import User
from accounts.refusals import LockedOut
from accounts.throttle import home_of

NOWHERE = home_of(None)
LONGEST_NAME = 254  # of an e-mail address; what is longer is nobody, and no reason to keep 100 kB in memory
MANY_ADDRESSES = 10  # an account that failed so many times as often as one pair may is under attack
SLOW = RateLimitItemPerSecond(1, 5)


def check_attempt(name: str, person: User | None, address: str | None) -> None:
    """Before the password is looked at. Raises LockedOut when this address may not try this account now."""
    account, home = _account(name, person), home_of(address)
    _check_pair(account, home)
    attacked = not throttle.is_free(_account_rate(), "account", account)
    if attacked and not _is_known(person, home) and not throttle.take(SLOW, "slow", account):
        _refuse(SLOW, "slow", account)


def record_failure(name: str, person: User | None, address: str | None) -> None:
    """Raises LockedOut when others have used the attempts up meanwhile: of guesses made all at once, no more are
    answered than of those made one by one."""
    account, home = _account(name, person), home_of(address)
    throttle.take(_account_rate(), "account", account)
    if not throttle.take(_pair_rate(), "pair", account, home):
        _refuse(_pair_rate(), "pair", account, home)


def record_success(person: User, address: str | None) -> None:
    """Forgets the failures of this pair: the person has shown who they are. Raises LockedOut for the same reason."""
    account, home = _account("", person), home_of(address)
    _check_pair(account, home)
    throttle.forget(_pair_rate(), "pair", account, home)


def _check_pair(account: str, home: str) -> None:
    if not throttle.is_free(_pair_rate(), "pair", account, home):
        _refuse(_pair_rate(), "pair", account, home)


def _refuse(rate: RateLimitItem, *key: str) -> None:
    seconds = throttle.seconds_until_free(rate, *key)
    raise LockedOut(f"Too many failed log-ins; try again in {seconds} seconds.", seconds)


def _account(name: str, person: User | None) -> str:
    if person is None:
        return f"name {name[:LONGEST_NAME].lower()}"
    return f"person {person.pk} {sha256(person.password.encode()).hexdigest()[:16]}"


def _is_known(person: User | None, home: str) -> bool:
    if person is None or home == NOWHERE:
        return False
    addresses = person.sessions.values_list("ip_address", flat=True).distinct()
    return home in {home_of(address) for address in addresses}


def _pair_rate() -> RateLimitItem:
    return throttle.parse_rate(settings.LOGIN_FAILURES)


def _account_rate() -> RateLimitItem:
    pair = _pair_rate()
    return type(pair)(pair.amount * MANY_ADDRESSES, pair.multiples)
