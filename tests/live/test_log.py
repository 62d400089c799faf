"""The log of a real process: JSON in every line, those of the server too, once it has loaded us."""

import http
import json
import logging
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from structlog.stdlib import ProcessorFormatter

from tests.live.process import Process, house, process_of
from tests.servers import ROOT


def lines_since_it_was_loaded(log: Path) -> list[str]:
    lines = log.read_text().splitlines()
    (first, *_) = [place for place, line in enumerate(lines) if line.startswith("{")]
    return lines[first:]


def test_the_lines_of_uvicorn_are_json(process: Process) -> None:
    process.answer("query Logged { me { id } }")
    entries = [json.loads(line) for line in lines_since_it_was_loaded(process.log)]
    (ready,) = [entry for entry in entries if entry["event"].startswith("Uvicorn running on ")]
    assert "color_message" not in ready
    assert "Logged" in [entry.get("operation") for entry in entries]


def test_what_is_asked_by_get_is_in_no_line(process: Process) -> None:
    with urlopen(f"{process.address}/graphql?query={quote('query Canary { me { id } }')}") as answer:  # noqa: S310
        assert answer.status == http.HTTPStatus.OK
    (line,) = [json.loads(line) for line in lines_since_it_was_loaded(process.log) if "Canary" in line]
    assert (line["logger"], line["operation"]) == ("parley.request", "Canary")


def test_the_lines_of_granians_workers_are_json(tmp_path: Path) -> None:
    with house(tmp_path) as environment, process_of("web", environment, tmp_path) as web:
        web.answer("query Logged { me { id } }")
    entries = [json.loads(line) for line in lines_since_it_was_loaded(web.log) if not line.startswith("[")]
    assert "Logged" in [entry.get("operation") for entry in entries]


def test_a_warning_of_pythons_is_a_line_of_json() -> None:
    """Django warns of a file that uvicorn serves; a live process would have two lines that are none."""
    warn = "import django, warnings; django.setup(); warnings.warn('one\\ntwo')"
    done = subprocess.run([sys.executable, "-c", warn], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    entry = json.loads(done.stderr)
    assert (entry["logger"], entry["level"]) == ("py.warnings", "warning")
    assert "UserWarning: one\ntwo" in entry["event"]


@pytest.mark.row(34)
@pytest.mark.parametrize("server", ["uvicorn.error", "_granian"])
def test_a_server_that_logs_an_exception_writes_one_line(server: str) -> None:
    """Both would write its text as it is, with any line break in it."""
    writing = logging.getLogger(server.partition(".")[0])
    (handler,) = [one for one in writing.handlers if isinstance(one.formatter, ProcessorFormatter)]
    forged = ValueError('x\n{"event":"request","person":1}')
    line = handler.format(logging.LogRecord(server, logging.ERROR, "", 0, "Lost", (), (ValueError, forged, None)))
    assert not writing.propagate
    assert json.loads(line)["exception"].endswith('"person":1}')
