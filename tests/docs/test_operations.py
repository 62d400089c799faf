"""docs/operations.md is true: its metrics are counted, its alerts and settings are there, a line is like that."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import Door
from tests.operations import ME

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations.md").read_text()
CELLS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
ROWS = {row[0].strip("`"): row[1:] for row in CELLS}


def test_the_metrics_are_those_that_are_counted() -> None:
    from config import metrics

    kept = [value for value in vars(metrics).values() if hasattr(value, "_labelnames") and hasattr(value, "describe")]
    counted = {
        f"{one._name}{'_total' if one._type == 'counter' else ''}": set(one._labelnames)
        for one in kept
        if not isinstance(one, type)
    }
    described = {name: set(re.findall(r"`(\w+)`", row[0])) for name, row in ROWS.items() if name.startswith("parley_")}
    assert described == counted


def test_the_alerts_are_those_that_are_there() -> None:
    (group,) = yaml.safe_load((ROOT / "operations" / "alerts.yml").read_text())["groups"]
    assert [name for name in ROWS if name.startswith("Parley")] == [rule["alert"] for rule in group["rules"]]


def test_the_settings_are_settings() -> None:
    example = (ROOT / ".env.example").read_text()
    named = set(re.findall(r"`([A-Z_]+)(?:=[^`]*)?`", PAGE))
    theirs = {name for name in named if name.startswith(("OTEL_", "SENTRY_"))} | {"BLOCKED", "RATE_LIMITED"}
    assert {"METRICS_TOKEN", "PROMETHEUS_MULTIPROC_DIR", "EVENT_RETENTION_DAYS"} <= named
    assert [name for name in named - theirs if f"\n#{name}=" not in example] == []


def test_a_line_has_these_keys(alice: Door, log: Any) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    alice.post(ME)
    assert log.entry().keys() == json.loads(example).keys()
