"""Connections to the database: a live process has few, however many requests it answers and streams it has open."""

from contextlib import ExitStack

import psycopg

from tests.live.process import Process
from tests.races import on_postgresql
from tests.servers import wait_for

STREAMS = 12
OF_ITS_THREADS = 6  # two for all who listen, four for clients: each keeps the one it has had (messaging/threads.py)


def connections_of(process: Process) -> int:
    with psycopg.connect(process.environment["DATABASE_URL"]) as server:
        counted = server.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert counted is not None
    return int(counted[0])


@on_postgresql
def test_neither_a_request_nor_a_stream_keeps_one(process: Process) -> None:
    alice = process.register("alice")
    for _ in range(STREAMS):
        alice.cursor()
    with ExitStack() as streams:
        for _ in range(STREAMS):
            line, response = process.post(
                {"query": "subscription { events { __typename } }"}, Accept="text/event-stream", **alice.header
            )
            streams.callback(line.sock.close)
            streams.callback(response.close)
            response.readline()
        wait_for(lambda: connections_of(process) <= OF_ITS_THREADS)
