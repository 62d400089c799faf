"""`manage.py start [address:port] [--demo]`: the whole server in one process, for a developer's machine."""

import ipaddress
import os
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from config.checks import STARTED_BY_HAND
from config.front_end import EXAMPLE
from config.management import demo

DEFAULT_ADDRESS = "127.0.0.1:8000"


class Command(BaseCommand):
    help = "Migrates the database and serves GraphQL, GraphiQL and the admin from one process, with DEBUG on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", default=DEFAULT_ADDRESS, help=f"address:port ({DEFAULT_ADDRESS})")
        parser.add_argument("--demo", action="store_true", help="load people, conversations and messages to try")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        listener = listen(*parse(address))
        self.migrate()
        if options["demo"]:
            self.load_demo()
            settings.WHITENOISE_ROOT = settings.WHITENOISE_ROOT or EXAMPLE
        self.greet(listener, options["demo"])
        os.environ[STARTED_BY_HAND] = "1"
        serve(listener)
        self.stdout.write("\nStopped. What was written is kept.")

    def migrate(self) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as wrong:
            raise CommandError(f"The database cannot be used: {str(wrong).strip()}") from None

    def load_demo(self) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo people's password is public: --demo is for DEBUG=on alone.")
        try:
            sent = demo.load()
        except (demo.NameTaken, ValidationError, PermissionDenied, ObjectDoesNotExist) as wrong:
            raise CommandError(f"The demo data cannot be completed: {wrong}") from None
        self.stdout.write(f"Demo data: {sent} messages sent." if sent else "Demo data: all there already.")
        self.stdout.write(f"Log in as any of these with the password: {demo.PASSWORD}")
        for person in demo.PEOPLE:
            note = "  (may use the admin)" if person.is_staff else ""
            self.stdout.write(f"  {person.username:<8} {person.first_name} {person.last_name}{note}")

    def greet(self, listener: socket.socket, with_demo: bool) -> None:
        url = url_of(listener)
        where = settings.DATABASES["default"]["NAME"]
        lines = [
            "",
            *([f"  Chat       {url}/"] if settings.WHITENOISE_ROOT else []),
            f"  GraphiQL   {url}/graphql",
            f"  Admin      {url}/admin/",
            f"  Database   {connection.vendor}, {where}",
            "",
        ]
        if not with_demo:
            lines += ["People and messages to try:  python3 manage.py start --demo"]
        lines += ["A log-in for the admin:      python3 manage.py createsuperuser"]
        if not is_loopback(listener) and not settings.ALLOWED_HOSTS:
            lines += ["Only `localhost` is answered. Other names go into ALLOWED_HOSTS=name,name."]
        self.stdout.write("\n".join([*lines, "Stop with Ctrl-C."]))
        self.stdout.flush()


def parse(address: str) -> tuple[str, int]:
    """`address:port`, `[::1]:8000`, `:8000` or `8000`. Raises CommandError."""
    host, _, port = address.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65_535) or (":" in host and not host.startswith("[")):
        raise CommandError(f"{address!r} is not an address and a port, such as {DEFAULT_ADDRESS}.")
    return host.strip("[]") or "127.0.0.1", int(port)


def listen(host: str, port: int) -> socket.socket:
    """Takes the port before anything else is done. Raises CommandError when that is not possible."""
    try:
        family, *_, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(where[:2], family=family, backlog=2048)
    except socket.gaierror:
        raise CommandError(f"There is no address {host!r}.") from None
    except OSError as wrong:
        reason = os.strerror(wrong.errno).lower() if wrong.errno else str(wrong)
        other = 8001 if port != 8001 else 8002
        raise CommandError(
            f"Cannot serve at {host}, port {port}: {reason}. Another port: `python3 manage.py start {other}`."
        ) from None


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(listener: socket.socket) -> bool:
    return ipaddress.ip_address(listener.getsockname()[0]).is_loopback


def serve(listener: socket.socket) -> None:
    """Until Ctrl-C. The request log is ours, so uvicorn keeps none; whom a proxy speaks for is ours to judge, too."""
    config = uvicorn.Config(
        "config.asgi:application",
        lifespan="off",
        access_log=False,
        log_config=None,
        proxy_headers=False,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_ping_interval=None,  # config/websocket.py pings
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,  # seconds; event streams would stay for ever
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
