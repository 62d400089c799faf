"""Rate limits: what is counted, for whom, and what a person is told who asks too often."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client, RequestFactory

from accounts import throttle
from accounts.models import User
from accounts.throttle import home_of
from config.bootstrap import ROOT
from config.middleware.rate_limit import count_mutations, parse_limits
from messaging.models import Conversation, Message
from schema.documents import Operation, operation_of
from tests.conftest import PASSWORD, Door, join
from tests.messaging.operations import talk
from tests.operations import ME, REGISTER, TOKEN_AUTH, USERS


@pytest.fixture(autouse=True)
def alone(settings: Any) -> None:
    """Each test counts for itself; what Redis counts outlives a test, and people have the same ids in the next."""
    settings.REDIS_URL = ""


# ── the decisions ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", {}),
        (" OFF ", {}),
        ("send=5/1m", {"send": [(5, 60)]}),
        ("send=10/10s,40/1m", {"send": [(10, 10), (40, 60)]}),
        ("sign_in=10/5m  all=600/1m\n", {"sign_in": [(10, 300)], "all": [(600, 60)]}),
        ("register=20/1h all=1/1d", {"register": [(20, 3_600)], "all": [(1, 86_400)]}),
        ("all=5/1m,5/60s", {"all": [(5, 60)]}),  # one rate in two spellings is counted once
    ],
)
def test_what_the_setting_says(text, expected):
    said = parse_limits(text)
    assert {name: [(rate.amount, rate.get_expiry()) for rate in rates] for name, rates in said.items()} == expected


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "on", "5/1m", "send", "send=", "send=5", "send=5/m", "send=0/1m", "send=5/0m", "send=-5/1m",
        "send=5/1w", "send=5/1m,", "send=5/1m;40/1m", "sending=5/1m", "Send=5/1m", "send=5/1m send=6/1m", "=5/1m",
        "send=1.5/1m", "send=٥/1m", "send=9999999/1m", "send=5/99999d", "off send=5/1m",
    ],
)  # fmt: skip
def test_what_it_cannot_say(text):
    with pytest.raises(ValueError, match=r"."):
        parse_limits(text)


def operation(query: str, **body: Any) -> Operation:
    text = json.dumps({"query": query, **body})
    return operation_of(RequestFactory().post("/graphql", text, content_type="application/json"))


def counted(query: str, **body: Any) -> dict[str, int]:
    return dict(count_mutations(operation(query, **body)))


SEND = 'sendMessage(input: {conversationId: "x", body: "hello"}) { errors { code } }'
LEAVE = 'leaveConversation(input: {conversationId: "x"}) { errors { code } }'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (f"mutation {{ {SEND} }}", {"send": 1, "all": 1}),
        (f"mutation {{ {LEAVE} }}", {"all": 1}),
        ('mutation { editMessage(input: {messageId: "x", body: "hello"}) { errors { code } } }', {"send": 1, "all": 1}),
        (f"mutation {{ {SEND} {LEAVE} }}", {"send": 1, "all": 2}),
        (f"mutation {{ a: {SEND} b: {SEND} c: {SEND} }}", {"send": 3, "all": 3}),
        # another's name is only a name
        (f"mutation {{ tokenAuth: {SEND} sendMessage: {LEAVE} }}", {"send": 1, "all": 2}),
        # through fragments, in one another, on the type and without one
        (f"mutation {{ ...F b: {SEND} }} fragment F on Mutation {{ a: {SEND} }}", {"send": 2, "all": 2}),
        (f"mutation {{ ... on Mutation {{ a: {SEND} }} ... {{ b: {SEND} }} }}", {"send": 2, "all": 2}),
        (
            f"mutation {{ ...F }} fragment F on Mutation {{ a: {SEND} ...G }} fragment G on Mutation {{ b: {SEND} }}",
            {"send": 2, "all": 2},
        ),
        # what is one in the answer is done once
        (f"mutation {{ a: {SEND} a: {SEND} }}", {"send": 1, "all": 1}),
        (f"mutation {{ ...F ...F a: {SEND} }} fragment F on Mutation {{ a: {SEND} }}", {"send": 1, "all": 1}),
        # what might be done is taken for done
        (f"mutation {{ ... @skip(if: true) {{ a: {SEND} }} b: {SEND} }}", {"send": 2, "all": 2}),
        (f"mutation($no: Boolean = false) {{ ... @include(if: $no) {{ a: {SEND} }} }}", {"send": 1, "all": 1}),
        # what is not asked for is not counted
        (f"query {{ me {{ id }} }} fragment F on Mutation {{ {SEND} }}", {}),
        ("{ me { id } }", {}),
        ("{ a: me { id } sendMessage: me { id } }", {}),
        ("subscription { sendMessage }", {}),
        ("{", {}),
        # what does not fit is asked for all the same
        ("mutation { nothing }", {"all": 1}),
        ("mutation { sendMessage }", {"send": 1, "all": 1}),
        ("mutation { ...F } fragment F on Mutation { ...F }", {"all": 0}),
        ("mutation { ...F }", {"all": 0}),
    ],
)
def test_what_is_counted(query, expected):
    assert counted(query) == expected


def test_the_operation_that_is_named_is_the_one_that_counts():
    two = f"query A {{ me {{ id }} }} mutation B {{ a: {SEND} b: {SEND} }} mutation C {{ {LEAVE} }}"
    assert counted(two, operationName="A") == {}
    assert counted(two, operationName="B") == {"send": 2, "all": 2}
    assert counted(two, operationName="C") == {"all": 1}
    assert counted(two) == {}  # and is not run


def test_a_bomb_of_fragments_is_counted_at_once():
    bomb = "".join(f"fragment F{n} on Mutation {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))
    assert counted(f"mutation {{ ...F0 }} {bomb} fragment F60 on Mutation {{ {SEND} }}") == {"send": 1, "all": 1}


@pytest.mark.parametrize(
    ("address", "home"),
    [
        ("203.0.113.7", "address 203.0.113.7"),
        ("2001:db8:1:2::7", "address 2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "address 2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "address 2001:db8:1:3::/64"),
        ("::1", "address ::/64"),
        (None, "address None"),
    ],
)
def test_what_is_counted_as_one_address(address, home):
    assert home_of(address) == home


@pytest.mark.parametrize(
    ("taken", "count", "seconds"),
    [
        ([], 1, 1),
        ([0, 0, 0], 1, 4),  # it is 6.25 now: all are forgotten at 10
        ([0, 4, 6], 1, 4),
        ([0, 4, 6], 2, 8),  # the second at 14
        ([0, 4, 6], 3, 10),
        ([4, 6], 2, 8),
        ([6], 3, 10),
    ],
)
def test_how_long_until_so_many_are_free(time_machine, taken, count, seconds):
    rate = throttle.parse_rate("3/10s")
    for moment in taken:
        time_machine.move_to(1_800_000_000 + moment, tick=False)
        assert throttle.take(rate, "x")
    time_machine.move_to(1_800_000_006.25, tick=False)
    waited = throttle.seconds_until_free(rate, "x", count=count)
    assert waited == seconds
    time_machine.move_to(1_800_000_006.25 + waited, tick=False)
    assert throttle.take(rate, "x", count=count)


# ── through the door ─────────────────────────────────────────────────────────────────────────────────────────────────


def send(client: Client, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
    text = json.dumps({"query": query, "variables": variables or {}})
    return client.post("/graphql", text, content_type="application/json", **headers)


def is_limited(response: Any) -> bool:
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert ("RATE_LIMITED" in codes) == (response.status_code == 429) == ("Retry-After" in response)
    return "RATE_LIMITED" in codes


def messages(conversation: str, count: int) -> str:
    """A document that sends so many by alias."""
    field = f'sendMessage(input: {{conversationId: "{conversation}", body: "hello"}}) {{ errors {{ code }} }}'
    return f"mutation {{ {' '.join(f'a{n}: {field}' for n in range(count))} }}"


@pytest.fixture
def direct(alice: Door, bob: Door) -> str:
    return talk(alice, bob)


def test_five_messages_a_minute(alice, direct, settings, time_machine):
    settings.RATE_LIMITS = "send=5/1m"
    time_machine.move_to(time.time(), tick=False)
    for _ in range(5):
        assert not is_limited(alice.post(messages(direct, 1)))
    response = alice.post(messages(direct, 1))
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "errors": [
            {
                "message": "Too many requests; try again in 60 seconds.",
                "extensions": {"code": "RATE_LIMITED", "retryAfter": 60},
            }
        ]
    }
    assert Message.objects.count() == 5


STANDING = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy")


def standing(response: Any) -> list[str | None]:
    return [response.headers.get(name) for name in STANDING]


def test_answers_say_how_the_limit_stands_that_has_the_least_left(alice, direct, settings, time_machine):
    settings.RATE_LIMITS = "send=3/10s,4/1m all=600/1m"
    policy, now = "3;w=10, 4;w=60, 600;w=60", time.time()
    time_machine.move_to(now, tick=False)
    assert standing(alice.post(messages(direct, 1))) == ["3", "2", "10", policy]
    time_machine.move_to(now + 4, tick=False)
    assert standing(alice.post(messages(direct, 2))) == ["3", "0", "6", policy]
    refused = alice.post(messages(direct, 1))
    assert (standing(refused), refused["Retry-After"]) == (["3", "0", "6", policy], "6")
    time_machine.move_to(now + 20, tick=False)
    assert standing(alice.post(messages(direct, 1))) == ["4", "0", "40", policy]


def test_what_touches_no_limit_says_nothing_of_one(alice, settings):
    settings.RATE_LIMITS = "send=3/10s"
    leave = 'mutation { leaveConversation(input: {conversationId: "x"}) { errors { code } } }'
    for query in (ME, leave):
        assert standing(alice.post(query)) == [None] * 4
    settings.RATE_LIMITS = "off"
    assert standing(alice.post(messages("x", 1))) == [None] * 4


def test_whoever_waits_as_long_as_told_may_send_again_and_not_sooner(alice, direct, settings, time_machine):
    settings.RATE_LIMITS = "send=2/10s,3/1m"
    now = time.time()
    for moment in (0, 20, 24):
        time_machine.move_to(now + moment, tick=False)
        assert not is_limited(alice.post(messages(direct, 1)))
    time_machine.move_to(now + 25, tick=False)
    seconds = int(alice.post(messages(direct, 1))["Retry-After"])  # both are full: 5 seconds by one, 35 by the other
    time_machine.move_to(now + 25 + seconds - 1, tick=False)
    assert is_limited(alice.post(messages(direct, 1)))
    time_machine.move_to(now + 25 + seconds + 0.001, tick=False)
    assert not is_limited(alice.post(messages(direct, 1)))


def test_whoever_is_told_how_long_for_three_may_send_three(alice, direct, settings, time_machine):
    settings.RATE_LIMITS = "send=4/10s"
    now = time.time()
    for moment in (0, 3, 6):
        time_machine.move_to(now + moment, tick=False)
        assert not is_limited(alice.post(messages(direct, 1)))
    refused = alice.post(messages(direct, 3))
    assert is_limited(refused)
    time_machine.move_to(now + 6 + int(refused["Retry-After"]) + 0.001, tick=False)
    assert not is_limited(alice.post(messages(direct, 3)))


def test_more_than_is_ever_allowed_at_once_is_told_so(alice, direct, settings):
    settings.RATE_LIMITS = "send=3/1m"
    response = alice.post(messages(direct, 4))
    assert is_limited(response)
    (error,) = response.json()["errors"]
    assert error["message"] == "The request asks for 4, and 3 are the most at once: ask for less."
    assert error["extensions"]["retryAfter"] == 1  # nothing has been counted: less is free at once
    assert not is_limited(alice.post(messages(direct, 3)))
    assert Message.objects.count() == 3


def test_a_refused_request_does_nothing_and_is_not_counted(alice, direct, settings):
    settings.RATE_LIMITS = "send=3/1m all=10/1m"
    assert not is_limited(alice.post(messages(direct, 2)))
    for _ in range(10):
        assert is_limited(alice.post(messages(direct, 2)))
    assert Message.objects.count() == 2
    assert not is_limited(alice.post(messages(direct, 1)))


def test_beside_a_message_too_many_nothing_else_is_done_either(alice, direct, settings):
    settings.RATE_LIMITS = "send=1/1m"
    create = 'createConversation(input: {title: "team", participantIds: []}) { errors { code } }'
    assert is_limited(alice.post(messages(direct, 2).replace("mutation {", f"mutation {{ {create}")))
    assert Conversation.objects.count() == 1
    assert not Message.objects.exists()


def test_every_mutation_counts_to_all(alice, direct, settings):
    settings.RATE_LIMITS = "all=3/1m"
    assert not is_limited(alice.post(messages(direct, 2)))
    assert not is_limited(alice.post(f"mutation {{ {LEAVE} }}"))
    assert is_limited(alice.post(f"mutation {{ {LEAVE} }}"))


def test_a_group_without_a_limit_of_its_own_has_none(alice, direct, settings):
    settings.RATE_LIMITS = "sign_in=1/1m"
    assert not is_limited(alice.post(messages(direct, 15)))


def test_off_is_off(alice, direct, settings):
    settings.RATE_LIMITS = "off"
    assert not any(is_limited(alice.post(messages(direct, 15))) for _ in range(3))


def test_queries_are_not_counted(alice, settings):
    settings.RATE_LIMITS = "all=1/1m"
    assert not is_limited(alice.post(f"mutation {{ {LEAVE} }}"))
    assert not any(is_limited(alice.post(query)) for query in (ME, USERS, ME))


def test_what_cannot_be_run_is_told_so_and_not_counted(alice, settings):
    settings.RATE_LIMITS = "all=1/1m"
    for query in ("{", "mutation A { x } mutation B { x }", "mutation {"):
        assert not is_limited(alice.post(query))
    assert alice.client.post("/graphql", "[]", content_type="application/json").status_code == 400
    assert not is_limited(alice.post(f"mutation {{ {LEAVE} }}"))


def test_the_page_of_graphiql_and_the_admin_are_not_counted(client, db, settings):
    settings.RATE_LIMITS, settings.GRAPHIQL = "all=1/1d sign_in=1/1d", True
    for _ in range(3):
        assert client.get("/graphql", headers={"Accept": "text/html"}).status_code == 200
        assert client.post("/admin/login/", {"username": "x", "password": "y"}).status_code == 200


def test_a_mutation_by_get_is_not_run_and_not_counted(client, db, settings):
    """Else any page could use up its visitors' attempts to sign in, with ten images."""
    settings.RATE_LIMITS = "sign_in=1/1m all=1/1m"
    join("dora")
    log_in = f'mutation {{ tokenAuth(input: {{username: "dora", password: "{PASSWORD}"}}) {{ token }} }}'
    assert [client.get("/graphql", {"query": log_in}).status_code for _ in range(3)] == [405] * 3
    assert send(client, log_in).json()["data"]["tokenAuth"]["token"]


# ── for whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_person_has_their_own_limit(alice, bob, settings):
    settings.RATE_LIMITS = "all=1/1m"
    assert not is_limited(alice.post(f"mutation {{ {LEAVE} }}"))
    assert is_limited(alice.post(f"mutation {{ {LEAVE} }}", REMOTE_ADDR="198.51.100.99"))
    assert not is_limited(bob.post(f"mutation {{ {LEAVE} }}"))


def test_a_person_has_one_limit_on_all_devices_by_token_and_by_cookie(alice, settings):
    settings.RATE_LIMITS = "all=1/1m"
    client = Client()
    client.force_login(alice.person)
    assert not is_limited(alice.post(f"mutation {{ {LEAVE} }}"))
    assert is_limited(send(client, f"mutation {{ {LEAVE} }}"))


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic YWxpY2U6eA=="])
def test_who_is_nobody_is_counted_by_address(client, db, settings, header):
    settings.RATE_LIMITS = "all=1/1m"
    given = {"HTTP_AUTHORIZATION": header} if header else {}
    assert not is_limited(send(client, f"mutation {{ {LEAVE} }}", **given))
    assert is_limited(send(client, f"mutation {{ {LEAVE} }}"))
    assert not is_limited(send(client, f"mutation {{ {LEAVE} }}", REMOTE_ADDR="198.51.100.99"))


def test_a_line_with_ipv6_is_counted_once_for_all_its_addresses(client, db, settings):
    settings.RATE_LIMITS = "all=1/1m"
    assert not is_limited(send(client, f"mutation {{ {LEAVE} }}", REMOTE_ADDR="2001:db8:1:2::1"))
    assert is_limited(send(client, f"mutation {{ {LEAVE} }}", REMOTE_ADDR="2001:db8:1:2:3:4:5:6"))
    assert not is_limited(send(client, f"mutation {{ {LEAVE} }}", REMOTE_ADDR="2001:db8:1:3::1"))


@pytest.mark.row(36)
@pytest.mark.parametrize(("proxies", "limited"), [([], True), (["10.0.0.1"], False)], ids=["not trusted", "trusted"])
def test_what_a_proxy_says_is_believed_where_it_is_trusted(client, db, settings, proxies, limited):
    settings.RATE_LIMITS, settings.TRUSTED_PROXIES = "all=1/1m", proxies
    for address, expected in (("198.51.100.1", False), ("198.51.100.2", limited)):
        behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": address}
        assert is_limited(send(client, f"mutation {{ {LEAVE} }}", **behind)) is expected


@pytest.mark.row(36)
def test_what_a_client_writes_before_the_proxy_gains_nothing(client, db, settings):
    settings.RATE_LIMITS, settings.TRUSTED_PROXIES = "all=1/1m", ["10.0.0.1"]
    for claimed, expected in (("1.1.1.1", False), ("2.2.2.2", True), ("10.0.0.1", True)):
        behind = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": f"{claimed}, 198.51.100.1"}
        assert is_limited(send(client, f"mutation {{ {LEAVE} }}", **behind)) is expected


@pytest.mark.row(27)
def test_whoever_signs_in_is_counted_by_address_signed_in_or_not(alice, bob, anyone, settings):
    settings.RATE_LIMITS = "sign_in=2/1m"
    given = {"input": {"username": "alice", "password": PASSWORD}}
    assert [is_limited(door.post(TOKEN_AUTH, given)) for door in (alice, bob, anyone, alice)] == [
        False, False, True, True,
    ]  # fmt: skip


@pytest.mark.row(27)
def test_log_ins_by_alias_are_counted_one_by_one(anyone, db, settings):
    settings.RATE_LIMITS = "sign_in=10/5m"
    join("dora")
    guesses = " ".join(
        f'a{n}: tokenAuth(input: {{username: "dora", password: "{n}"}}) {{ errors {{ code }} }}' for n in range(12)
    )
    response = anyone.post(f"mutation {{ {guesses} }}")
    assert is_limited(response)
    assert response.json()["errors"][0]["extensions"]["retryAfter"] >= 1


def test_whoever_registers_is_counted_by_address(alice, anyone, settings):
    settings.RATE_LIMITS = "register=1/1h"
    for door, name, expected in ((alice, "dora", False), (anyone, "emil", True)):
        given = {"input": {"username": name, "email": f"{name}@example.com", "password": PASSWORD}}
        assert is_limited(door.post(REGISTER, given)) is expected
    assert not User.objects.filter(username="emil").exists()


def test_groups_do_not_share_what_they_count(anyone, db, settings):
    settings.RATE_LIMITS = "sign_in=1/1m register=1/1m"
    join("dora")
    given = {"input": {"username": "emil", "email": "emil@example.com", "password": PASSWORD}}
    assert not is_limited(anyone.post(REGISTER, given))
    assert not is_limited(anyone.post(TOKEN_AUTH, {"input": {"username": "dora", "password": PASSWORD}}))


# ── together with other processes ────────────────────────────────────────────────────────────────────────────────────

SHARED = "redis://127.0.0.1:6379/13"
ANOTHER_PROCESS = """
import sys, django
django.setup()
from accounts import throttle
from accounts.throttle import home_of
from config.middleware.rate_limit import parse_limits
(rate,) = parse_limits(sys.argv[1])["all"]
print([throttle.take(rate, "all", home_of(sys.argv[2])) for _ in range(int(sys.argv[3]))].count(True))
"""


def answers(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(0.2)
        return one.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running_redis(port: int, directory: Any) -> Iterator[None]:
    """A server of the test's own, until the block ends."""
    command = ["redis-server", "--port", str(port), "--save", "", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603
    while not answers(port):
        time.sleep(0.05)
    yield
    process.terminate()
    process.wait(10)


@pytest.fixture
def forgetful() -> Iterator[None]:
    """This process forgets which Redis it knew, before and after."""
    for moment in ("before", "after"):
        throttle._shared.cache_clear()
        throttle._ask_redis_again_at = 0.0
        if moment == "before":
            yield


@pytest.fixture
def address() -> str:
    """Where nobody else comes from: what is counted in Redis outlives the test."""
    return f"2001:db8:{secrets.randbits(16):x}:{secrets.randbits(16):x}::1"


@pytest.fixture
def attempt(client: Client, db: None, address: str) -> Callable[[], bool]:
    """Asks for one mutation; says whether it was refused."""
    return lambda: is_limited(send(client, f"mutation {{ {LEAVE} }}", REMOTE_ADDR=address))


@pytest.mark.skipif(not answers(6379), reason="no Redis at 127.0.0.1:6379")
def test_two_processes_count_together(attempt, address, settings, forgetful):
    settings.REDIS_URL, settings.RATE_LIMITS = SHARED, "all=3/1m"
    assert not attempt()
    other = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ANOTHER_PROCESS, "all=3/1m", address, "5"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "REDIS_URL": SHARED},
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert other.stdout.split() == ["2"]
    assert attempt()


@pytest.mark.skipif(not answers(6379), reason="no Redis at 127.0.0.1:6379")
def test_what_redis_counts_is_free_again_after_as_long_as_is_said(client, db, address, settings, forgetful):
    settings.REDIS_URL, settings.RATE_LIMITS = SHARED, "all=2/3s"  # the second comes within them
    mutation = f"mutation {{ a: {LEAVE} b: {LEAVE} }}"
    assert not is_limited(send(client, mutation, REMOTE_ADDR=address))
    refused = send(client, mutation, REMOTE_ADDR=address)
    assert is_limited(refused)
    time.sleep(int(refused["Retry-After"]))
    assert not is_limited(send(client, mutation, REMOTE_ADDR=address))


def test_while_redis_is_down_each_process_counts_for_itself(attempt, settings, forgetful):
    settings.REDIS_URL, settings.RATE_LIMITS = f"redis://127.0.0.1:{free_port()}/0", "all=2/1m"
    assert [attempt() for _ in range(3)] == [False, False, True]


def test_a_redis_that_never_answers_holds_up_one_request_for_half_a_second(attempt, settings, forgetful):
    settings.RATE_LIMITS = "all=3/1m"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        started = time.monotonic()
        assert [attempt() for _ in range(4)] == [False, False, False, True]
        assert time.monotonic() - started < throttle.REDIS_PAUSE


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server")
def test_redis_that_is_back_is_used_again(attempt, address, settings, forgetful, tmp_path):
    port = free_port()
    settings.REDIS_URL, settings.RATE_LIMITS = f"redis://127.0.0.1:{port}/0", "all=2/1m"
    with running_redis(port, tmp_path):
        assert not attempt()
    assert not attempt()  # down: counted here, from the start
    with running_redis(port, tmp_path):
        throttle._ask_redis_again_at = 0.0  # the pause is over
        assert [attempt() for _ in range(3)] == [False, False, True]  # this one is another, and has counted nothing
        throttle._local.cache_clear()
        assert attempt()
