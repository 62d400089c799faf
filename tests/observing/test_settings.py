"""What watches over the server is set right, or the server does not start, and says why."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import checks

TOKEN = "a token for the one who scrapes"
ADDRESS = "http://collector:4318"
DSN = "https://0123456789abcdef@sentry.example.org/42"


@pytest.fixture(autouse=True)
def nobody_watches(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in checks.WORKERS:
        monkeypatch.delenv(name, raising=False)
    settings.METRICS_TOKEN = settings.METRICS_FOLDER = settings.TRACES_TO = settings.SENTRY_DSN = ""
    return settings


def found() -> list[str]:
    return [str(one.id) for one in checks.check_values()]


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("METRICS_TOKEN", "short", 40),
        ("TRACES_TO", "collector:4318", 42),
        ("TRACES_TO", "on", 42),
        ("TRACES_TO", "http://", 42),
        ("SENTRY_DSN", "on", 43),
        ("SENTRY_DSN", "https://sentry.example.org/42", 43),
        ("SENTRY_DSN", "https://hidden@sentry.example.org", 43),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(name: str, value: str, number: int, settings: Any) -> None:
    setattr(settings, name, value)
    assert found() == [f"parley.E{number:03}"]
    (error,) = checks.check_values()
    assert error.msg.endswith(".")
    assert error.hint
    assert value not in f"{error.msg} {error.hint}".split()
    with pytest.raises(ImproperlyConfigured, match=f"E{number:03}"):
        checks.refuse_unsafe_settings()


def test_right_ones_do_not(settings: Any, tmp_path: Path) -> None:
    settings.METRICS_TOKEN, settings.METRICS_FOLDER = TOKEN, str(tmp_path)
    settings.TRACES_TO, settings.SENTRY_DSN = ADDRESS, DSN
    assert found() == []
    settings.TRACES_TO, settings.SENTRY_DSN = "https://user:x@host/otlp", "http://key@127.0.0.1:9000/1"
    assert found() == []


@pytest.mark.parametrize("name", checks.WORKERS)
def test_several_workers_need_a_folder_to_count_together(
    name: str, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setenv(name, "1")
    assert found() == []
    monkeypatch.setenv(name, "2")
    assert found() == ["parley.E041"]
    settings.METRICS_FOLDER = str(tmp_path)
    assert found() == []
    settings.METRICS_FOLDER = str(tmp_path / "missing")
    assert found() == ["parley.E041"]


@pytest.mark.parametrize(
    ("name", "value", "package"),
    [("TRACES_TO", ADDRESS, "opentelemetry.sdk"), ("SENTRY_DSN", DSN, "sentry_sdk")],
)
def test_a_package_that_is_missing_is_asked_for(
    name: str, value: str, package: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "is_installed", lambda wanted: wanted != package)
    assert found() == []
    setattr(settings, name, value)
    (error,) = checks.check_values()
    assert error.id == "parley.E044"
    assert error.msg.endswith(f" is set, and {package} is not installed.")
    assert "requirements-observability.txt" in str(error.hint)


def test_what_is_missing_is_found_out() -> None:
    assert checks.is_installed("sentry_sdk")
    assert not checks.is_installed("no_such_package")
    assert not checks.is_installed("no_such_package.part")
