"""Sentry: what is logged as an error is told there, without the words of anybody. Imported where SENTRY_DSN is set.

An event is made anew of what is known to be harmless, instead of taking away what is known to be private: its log line,
found by `request_id`, has the rest. Nothing of Django or Strawberry is watched, so that this costs nothing per request.
"""

import logging
from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from schema.asked import current, name_of

HARMLESS = ("environment", "event_id", "level", "logger", "platform", "release", "sdk", "server_name", "timestamp")
HARMLESS_OF_FRAME = (
    "filename", "abs_path", "function", "module", "lineno", "pre_context", "context_line", "post_context", "in_app",
)  # fmt: skip
FILLED_IN_LATER = ("parley.", "django.")  # what their loggers are told holds no values yet; others may have put them in


def begin(**options: Any) -> None:
    """For every process, whether it serves or not. SENTRY_ENVIRONMENT and SENTRY_RELEASE are Sentry's own."""
    sentry_sdk.init(
        settings.SENTRY_DSN,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            ExcepthookIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=be_silent),
        ],
        before_send=only_harmless,  # type: ignore[arg-type]
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        **options,
    )


def be_silent(pending: int, timeout: float) -> None:
    """At the end of a process nobody needs to read how many events are still to be sent."""


def only_harmless(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Of an exception its type and place, of a log line what the code says, without what is filled in."""
    told = {name: event[name] for name in HARMLESS if name in event}
    if str(event.get("logger", "")).startswith(FILLED_IN_LATER):
        told["logentry"] = {"message": event["logentry"]["message"]}
    told["exception"] = {"values": [_exception(one) for one in event.get("exception", {}).get("values", ())]}
    asked = current.get()
    if asked is not None:
        told["tags"] = {"request_id": asked.id, "operation": name_of(asked)}
    return told


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames", ())
    kept = [{name: frame[name] for name in HARMLESS_OF_FRAME if name in frame} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": kept}}
