"""The servers of compose.yaml, for whoever starts them as production does: tests, benchmarks, the fault harness."""

import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DEFAULT = re.compile(r"^\$\{\w+:-(.*)\}$")


def command_of(service: str) -> list[str]:
    """With the Python that asks."""
    program, *arguments = _service(service)["command"].split()
    return [sys.executable, "-m", program, *arguments]


def settings_of(service: str) -> dict[str, str]:
    """Its program's own variables, GRANIAN_… or UVICORN_…, with their defaults."""
    own = _service(service)["command"].split()[0].upper() + "_"
    given = {name: value for name, value in _service(service)["environment"].items() if name.startswith(own)}
    return {name: DEFAULT.sub(r"\1", value) for name, value in given.items()}


def _service(name: str) -> Any:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())["services"][name]
