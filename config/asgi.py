"""`config.asgi:application`: HTTP, WebSocket and server-sent events, for any ASGI server."""

import os

from django.core.asgi import get_asgi_application

from config.checks import refuse_unsafe_settings
from config.database import keep_none_after_requests, serve_in_time
from config.memory import collect_between_requests
from config.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
serve_in_time()
keep_none_after_requests()
http = tolerant(get_asgi_application())

# These need the apps, which are loaded by now.
from config.middleware import access_hours  # noqa: E402
from config.voice import Send  # noqa: E402
from config.websocket import Receive, Scope, websocket  # noqa: E402
from schema.live import hub  # noqa: E402

hub.conditions.append(access_hours.reason_not_to_stay)
collect_between_requests()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """One process for everything; in production one of these has the live connections."""
    await (websocket if scope["type"] == "websocket" else http)(scope, receive, send)
