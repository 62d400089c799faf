"""Metrics, read from real processes as Prometheus would; the dashboard and the alerts, which ask for what is there."""

import http.client
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import MIDDLEWARE
from schema.documents import Document, Operation, operation_from
from tests.live.process import Process, Stream, house, process_of
from tests.observing.scrapes import TOKEN, Scrape, ask
from tests.operations import ME
from tests.servers import PATIENCE, ROOT, wait_for

OF_A_HISTOGRAM = ("_bucket", "_count", "_sum")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("metrics")


@pytest.fixture(scope="module")
def environment(folder: Path) -> Iterator[dict[str, str]]:
    with house(folder, METRICS_TOKEN=TOKEN) as environment:
        yield environment


@pytest.fixture(scope="module")
def live(environment: dict[str, str], folder: Path) -> Iterator[Process]:
    """One process, whose counts are in its memory."""
    with process_of("live", environment, folder) as process:
        yield process


@pytest.fixture(scope="module")
def web(environment: dict[str, str], folder: Path) -> Iterator[Process]:
    """Two workers, whose counts are in files."""
    counts = folder / "counts"
    counts.mkdir()
    more = {"GRANIAN_WORKERS": "2", "PROMETHEUS_MULTIPROC_DIR": str(counts)}
    with process_of("web", environment | more, folder) as process:
        yield process


# ── who may read ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", [None, "", "x", TOKEN + "x", "é"])
def test_only_who_has_the_token_may_read(live: Process, token: str | None) -> None:
    with ask(live, token) as response:
        assert (response.status, response.headers["WWW-Authenticate"], response.read()) == (401, "Bearer", b"")


def test_by_default_nothing_is_counted_and_there_is_no_such_page(client: Any, db: None) -> None:
    assert not [name for name in MIDDLEWARE if "metrics" in name]
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


# ── requests ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_operation_is_timed_under_its_name_and_type(live: Process) -> None:
    live.answer("query Timed { me { id } }")
    live.answer("query Timed { me { id } }")
    scrape = Scrape(live)
    assert scrape.value("parley_operation_seconds_count", operation="Timed", type="query") == 2
    assert 0 < scrape.value("parley_operation_seconds_sum", operation="Timed", type="query") < 10


def test_errors_are_counted_by_code_and_so_are_refusals_of_mutations(live: Process) -> None:
    before = Scrape(live)
    live.answer("{ users { totalCount } }")
    live.answer('mutation { tokenAuth(input: {username: "x", password: "x"}) { errors { code } } }')
    after = Scrape(live)
    for code in ("UNAUTHENTICATED", "INVALID_CREDENTIALS"):
        assert after.value("parley_errors_total", code=code) == before.value("parley_errors_total", code=code) + 1


def test_every_code_is_there_before_it_happens(live: Process) -> None:
    assert "INTERNAL_SERVER_ERROR" in Scrape(live).labels("parley_errors_total", "code")


def test_answers_of_any_kind_are_counted_by_status(live: Process) -> None:
    before = Scrape(live).value("parley_responses_total", status="405")
    with closing(http.client.HTTPConnection("127.0.0.1", live.port, timeout=PATIENCE)) as line:
        line.request("PUT", "/graphql")
        line.getresponse().read()
    assert Scrape(live).value("parley_responses_total", status="405") == before + 1


# ── what a client may think of ──────────────────────────────────────────────────────────────────────────────────────


def valid(name: str) -> Operation:
    operation = operation_from({"query": f"query {name} {{ me {{ id }} }}"})
    assert isinstance(operation.document, Document)
    operation.document.validation_errors = []
    return operation


def test_names_are_bounded_and_those_of_the_manifest_are_always_among_them() -> None:
    from config.metrics import MAX_NAMES, NONE, OTHER, Names

    names = Names({"Trusted"})
    assert [names.label(valid(f"A{place}")) for place in range(MAX_NAMES)] == [f"A{n}" for n in range(MAX_NAMES)]
    assert names.label(valid("Late")) == OTHER
    assert names.label(valid("A7")) == "A7"
    assert names.label(valid("Trusted")) == "Trusted"
    assert names.label(operation_from({"query": "{ me { id } }"})) == NONE


def test_neither_a_long_name_nor_one_of_what_is_not_valid_takes_a_place() -> None:
    from config.metrics import MAX_NAMES, OTHER, Names

    names = Names(())
    for place in range(2 * MAX_NAMES):
        assert names.label(operation_from({"query": f"query Bad{place} {{ nothing }}"})) == OTHER
    assert names.label(valid("x" * 200)) == OTHER
    assert names.label(valid("Good")) == "Good"


def test_the_names_of_the_manifest_are_read(settings: Any, tmp_path: Path) -> None:
    from config.metrics import names_of_manifest

    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({"a": "query Inbox { me { id } } query Me { me { id } }", "b": "{ me { id } }"}))
    settings.PERSISTED_DOCUMENTS_FILE = str(manifest)
    assert names_of_manifest() == {"Inbox", "Me"}


def test_a_flood_of_names_is_a_hundred_series(environment: dict[str, str], tmp_path: Path) -> None:
    with process_of("live", environment, tmp_path) as flooded:  # where nothing new has a name afterwards
        for place in range(150):
            flooded.answer(f"query Flood{place} {{ me {{ id }} }}")
        assert len(Scrape(flooded).labels("parley_operation_seconds_count", "operation")) == 101


def test_nothing_personal_is_in_it(live: Process) -> None:
    secret = "canary"
    live.answer(f'query Me($a: String = "{secret}") {{ user(username: $a) {{ id }} }}', {"a": secret})
    live.register(secret)
    with ask(live) as response:
        assert secret not in response.read().decode()


# ── what is live ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_connections_are_counted_while_they_are_open(live: Process) -> None:
    alice = live.register("alice")

    def are_open() -> tuple[float, float]:
        scrape = Scrape(live)
        return tuple(scrape.value("parley_live_connections", kind=kind) for kind in ("sockets", "streams"))

    assert are_open() == (0, 0)
    with alice.dial(), alice.dial(), Stream(live, alice.header):
        wait_for(lambda: are_open() == (2, 1))
    wait_for(lambda: are_open() == (0, 0))


def test_events_are_counted_once_for_each_who_gets_them_and_their_way_is_timed_once(live: Process) -> None:
    alice, bob = live.register("alice"), live.register("bob")
    team = alice.gather(bob)
    before = Scrape(live)
    with alice.dial() as hers, bob.dial() as his:
        for line in (hers, his):
            line.listen(after=alice.cursor())
        alice.say(team, "hello")
        assert hers.event()["__typename"] == his.event()["__typename"] == "MessageSent"
        after = Scrape(live)
    told = [one.value("parley_events_delivered_total") for one in (before, after)]
    timed = [one.value("parley_event_lag_seconds_count") for one in (before, after)]
    assert told[1] - told[0] >= 2
    assert 1 <= timed[1] - timed[0] < told[1] - told[0]
    assert after.value("parley_event_lag_seconds_sum") < 10 * timed[1]


# ── several workers ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_whichever_worker_is_asked_it_answers_for_both(web: Process) -> None:
    counts, answers = Path(web.environment["PROMETHEUS_MULTIPROC_DIR"]), []

    def both_have_answered() -> bool:
        answers.append(web.answer("query Shared { me { id } }"))
        return sum(b"Shared" in file.read_bytes() for file in counts.glob("histogram_*.db")) == 2

    wait_for(both_have_answered)  # one of them may have been killed by another test, and come back in some seconds
    counted = [Scrape(web).value("parley_operation_seconds_count", operation="Shared") for _ in range(6)]
    assert counted == [len(answers)] * 6


def test_what_a_worker_has_counted_outlives_it_and_its_connections_do_not(web: Process) -> None:
    counts = Path(web.environment["PROMETHEUS_MULTIPROC_DIR"])
    wait_for(lambda: len(list(counts.glob("gauge_livesum_*.db"))) == 2)
    before = Scrape(web).value("parley_responses_total")
    victim = min(int(file.stem.rpartition("_")[2]) for file in counts.glob("gauge_livesum_*.db"))
    left = counts / f"gauge_livesum_{victim}.db"
    assert left.exists()
    os.kill(victim, signal.SIGKILL)

    def is_forgotten() -> bool:
        with suppress(ConnectionError):  # what was waiting at the one that was killed
            return Scrape(web).value("parley_responses_total") >= before and not left.exists()
        return False

    wait_for(is_forgotten)


# ── who looks at it ─────────────────────────────────────────────────────────────────────────────────────────────────


def queries() -> dict[str, str]:
    """By their title: those of the dashboard and of the alerts."""
    panels = json.loads((ROOT / "operations/grafana.json").read_text())["panels"]
    (group,) = yaml.safe_load((ROOT / "operations/alerts.yml").read_text())["groups"]
    asked = {f"{panel['title']} {target['refId']}": target["expr"] for panel in panels for target in panel["targets"]}
    return asked | {rule["alert"]: rule["expr"] for rule in group["rules"]}


@pytest.mark.parametrize("title", queries())
def test_the_dashboard_and_the_alerts_ask_for_what_is_there(live: Process, title: str) -> None:
    expression = queries()[title]
    live.answer(ME)
    samples = Scrape(live).samples
    labels_by_name = {one.name: set(one.labels) for one in samples}
    named = re.findall(r"(parley_\w+)(?:\{([^}]*)\})?", expression)
    assert named or "up{" in expression
    for name, chosen in named:
        assert name in labels_by_name, name
        by = re.findall(r"by \(([^)]*)\)", expression)
        used = {label.strip() for one in by for label in one.split(",")} | set(re.findall(r"(\w+)[=!]~?\"", chosen))
        assert used <= labels_by_name[name], name
    for code in re.findall(r'code="(\w+)"', expression):
        assert code in Scrape(live).labels("parley_errors_total", "code")


def test_the_dashboard_leaves_out_nothing_that_is_counted(live: Process) -> None:
    counted = {one.name for one in Scrape(live).samples if one.name.startswith("parley_")}
    families = {re.sub("(_bucket|_count|_sum|_created)$", "", name) for name in counted}
    shown = " ".join(queries().values())
    assert families
    assert [family for family in families if family not in shown] == []
