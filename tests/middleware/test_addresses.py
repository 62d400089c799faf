"""From which address a request came: a table of decisions, and the whole way once."""

import pytest

from accounts.models import Session
from config.addresses import MAX_REMEMBERED, _remembered, client_address, nearest_untrusted
from tests.conftest import PASSWORD, join
from tests.operations import TOKEN_AUTH

PROXIES = ("10.0.0.0/8", "192.0.2.1", "fd00::/8")


@pytest.mark.row(36)
@pytest.mark.parametrize(
    ("peer", "forwarded_for", "trusted", "expected"),
    [
        # nobody is trusted: what the peer claims is ignored
        ("203.0.113.7", "", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", (), "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", PROXIES, "203.0.113.7"),
        ("203.0.113.7", "10.0.0.1", PROXIES, "203.0.113.7"),
        # one trusted proxy
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("192.0.2.1", " 198.51.100.1 ", PROXIES, "198.51.100.1"),
        # what the client wrote itself stands further to the left
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "10.9.9.9, 198.51.100.1", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "127.0.0.1,198.51.100.1", PROXIES, "198.51.100.1"),
        # a chain of trusted proxies
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 192.0.2.1, 10.0.0.2", PROXIES, "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", PROXIES, "10.0.0.3"),
        # a hop that cannot be read ends the walk: behind it anything may have been written
        ("10.0.0.1", "garbage", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, garbage", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, unknown, 10.0.0.2", PROXIES, "10.0.0.2"),
        ("10.0.0.1", "1.2.3.4,", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1:443", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "1.2.3.4\n", PROXIES, "1.2.3.4"),
        ("10.0.0.1", "<script>", PROXIES, "10.0.0.1"),
        # IPv6, mapped addresses, zones
        ("fd00::1", "2001:db8::7", PROXIES, "2001:db8::7"),
        ("fd00::1", "2001:0DB8:0::7", PROXIES, "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", PROXIES, "198.51.100.1"),
        ("::ffff:203.0.113.7", "198.51.100.1", PROXIES, "203.0.113.7"),
        ("fe80::1%eth0", "", PROXIES, "fe80::1"),
        ("fd00::1", "fe80::1%x'); DROP TABLE", PROXIES, "fe80::1"),
        # no address at all, as with a Unix socket
        (None, "", PROXIES, None),
        ("", "198.51.100.1", PROXIES, None),
        ("unix:", "198.51.100.1", PROXIES, None),
    ],
)
def test_the_nearest_address_that_is_not_a_trusted_proxy(peer, forwarded_for, trusted, expected):
    assert nearest_untrusted(peer, forwarded_for, trusted) == expected


@pytest.mark.row(36)
@pytest.mark.parametrize(("proxies", "expected"), [([], "10.0.0.1"), (["10.0.0.0/8"], "198.51.100.1")])
def test_a_session_is_kept_with_the_address_it_really_came_from(anyone, db, settings, proxies, expected):
    settings.TRUSTED_PROXIES = proxies
    join("dora")
    anyone.post(
        TOKEN_AUTH,
        {"input": {"username": "dora", "password": PASSWORD}},
        REMOTE_ADDR="10.0.0.1",
        HTTP_X_FORWARDED_FOR="1.2.3.4, 198.51.100.1",
    )
    assert Session.objects.get().ip_address == expected


@pytest.mark.parametrize("peer", ["", "unix:", "fe80::1%eth0", "::ffff:198.51.100.1"])
def test_people_sign_in_from_wherever_they_come(anyone, db, peer):
    join("dora")
    answer = anyone.post(TOKEN_AUTH, {"input": {"username": "dora", "password": PASSWORD}}, REMOTE_ADDR=peer).json()
    assert answer["data"]["tokenAuth"]["errors"] == []


def test_a_long_header_is_read_and_not_remembered(rf):
    _remembered.cache_clear()
    hops = ", ".join(["1.2.3.4"] * MAX_REMEMBERED)
    assert client_address(rf.get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR=hops)) == "203.0.113.7"
    assert _remembered.cache_info().currsize == 0
    assert client_address(rf.get("/", REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="1.2.3.4")) == "203.0.113.7"
    assert _remembered.cache_info().currsize == 1
