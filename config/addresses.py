"""From which address a request came, when proxies we trust stand in between."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


MAX_REMEMBERED = 500  # characters; nobody fills the memory with long headers


def client_address(request: HttpRequest) -> str | None:
    """The nearest address that is not one of `TRUSTED_PROXIES`; what an untrusted peer claims is ignored."""
    peer, forwarded_for = request.META.get("REMOTE_ADDR"), request.META.get("HTTP_X_FORWARDED_FOR", "")
    find = _remembered if len(forwarded_for) <= MAX_REMEMBERED else nearest_untrusted
    return find(peer, forwarded_for, tuple(settings.TRUSTED_PROXIES))


def nearest_untrusted(peer: str | None, forwarded_for: str, trusted: tuple[str, ...]) -> str | None:
    """Walks from the peer towards the client as long as the hop is trusted. None when the peer has no IP address."""
    nearest = _parse(peer)
    for claimed in reversed(forwarded_for.split(",")):
        further = _parse(claimed)
        # Behind a hop that cannot be read stands what anybody may have written: the walk ends there.
        if nearest is None or further is None or not any(nearest in network for network in _networks(trusted)):
            break
        nearest = further
    return str(nearest) if nearest else None


_remembered = lru_cache(maxsize=1_000)(nearest_untrusted)  # who asks, asks again


def _parse(text: str | None) -> Address | None:
    """An address without its zone (`%eth0`), which no database stores; `::ffff:10.0.0.1` is 10.0.0.1 (RFC 4291)."""
    try:
        address = ipaddress.ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache
def _networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(entry, strict=False) for entry in trusted)
