"""Logs as JSON lines: JSON escapes line breaks and control codes, so that no value can forge a line.

Lines of the standard loggers go through `logging`. The request log has a line for every request, and takes the short
way: straight to standard error, for a quarter of the time.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from schema.asked import current, name_of

Entry = MutableMapping[str, Any]


def add_asked(logger: Any, method: str, entry: Entry) -> Entry:
    """The request or live connection that the line belongs to, and its operation as far as it is known by then."""
    asked = current.get()
    if asked is not None:
        entry.setdefault("request_id", asked.id)
        entry.setdefault("operation", name_of(asked))
    return entry


def drop_extras(logger: Any, method: str, entry: Entry) -> Entry:
    """Django's request, which written down has the query string in it, and that may be a whole document; uvicorn's line
    in colours."""
    for name in ("request", "color_message"):
        entry.pop(name, None)
    return entry


def add_time(logger: Any, method: str, entry: Entry) -> Entry:
    entry["time"] = datetime.now(UTC)
    return entry


def render(logger: Any, method: str, entry: Entry) -> str:
    """ASCII alone: orjson leaves U+2028 as it is, which some readers take for the end of a line."""
    try:
        line = orjson.dumps(entry, repr, orjson.OPT_UTC_Z).decode()
    except TypeError:  # half of a surrogate pair, a number of more than 64 bits
        return json.dumps(entry, default=str)
    return line if line.isascii() else json.dumps(json.loads(line))


SHARED: list[Processor] = [add_asked, structlog.processors.add_log_level, add_time]


def write_line(event: str, logger: str, **entry: Any) -> None:
    """The short way. A line that cannot be written, on a full disk or to a reader that has gone, is lost, as with
    `logging`: what it tells of was done, and is to be answered."""
    line: Any = {"event": event, "logger": logger, **entry}
    for process in (*SHARED, render):
        line = process(None, "info", line)
    with suppress(OSError, ValueError):
        sys.stderr.write(line + "\n")


def formatter() -> logging.Formatter:
    """The formatter for every handler; also has Python's warnings logged: they would be written as they are."""
    logging.captureWarnings(True)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*SHARED, structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), drop_extras],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            render,
        ],
    )
