"""A real process that makes traces and tells Sentry, and one who listens in place of both."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.live.process import house, process_of
from tests.operations import ME
from tests.servers import wait_for

CANARY = "canary"
TRACES, EVENTS = "/v1/traces", "/api/1/envelope/"
BREAK = "from django.db import connection; connection.cursor().execute('ALTER TABLE accounts_block RENAME TO lost')"


class Collector(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.heard: list[tuple[str, bytes]] = []

    def of(self, path: str) -> list[bytes]:
        return [body for where, body in self.heard if where == path]


class Listener(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        zipped = self.headers.get("Content-Encoding") == "gzip"
        self.server.heard.append((self.path, gzip.decompress(body) if zipped else body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening() -> Iterator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


def spans_in(bodies: list[bytes]) -> dict[str, dict[str, str]]:
    """By name: the attributes that are texts."""
    exported = [ExportTraceServiceRequest.FromString(body) for body in bodies]
    found = [span for one in exported for of in one.resource_spans for scope in of.scope_spans for span in scope.spans]
    return {span.name: {each.key: each.value.string_value for each in span.attributes} for span in found}


@pytest.mark.row(35)
def test_traces_and_errors_arrive_and_nothing_that_was_said_is_in_them(tmp_path: Path) -> None:
    with listening() as collector:
        address = f"127.0.0.1:{collector.server_port}"
        watched = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{address}", "OTEL_BSP_SCHEDULE_DELAY": "100"}
        watched["SENTRY_DSN"] = f"http://key@{address}/1"
        with house(tmp_path) as environment, process_of("web", environment | watched, tmp_path) as web:
            alice = web.register(CANARY)
            web.answer(ME, {"name": CANARY}, X_Request_ID="find-me", **alice.header)
            wait_for(lambda: "query Me" in spans_in(collector.of(TRACES)))
            spans = spans_in(collector.of(TRACES))
            assert spans["query Me"]["parley.request_id"] == "find-me"
            assert spans["SELECT"]["db.query.text"].startswith("SELECT ")

            web.manage("shell", "-v0", "-c", BREAK)
            web.answer("query Blocked { me { blockedUsers { totalCount } } }", **alice.header)
            wait_for(lambda: collector.of(EVENTS))
        told = b"".join(body for _, body in collector.heard)
        assert b'"operation":"Blocked"' in told
        for secret in (CANARY, alice.token, alice.username):
            assert secret.encode() not in told
