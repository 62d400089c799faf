"""The proxy before the two real processes, on loopback: who answers what, and what gets through."""

# ruff: noqa: S603 - nginx, granian, uvicorn and this Python, with arguments written here

import http.client
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test.client import encode_multipart

from tests.compose import command_of
from tests.deploy import nginx
from tests.files import a_file
from tests.operations import ME, REGISTER, TOKEN_AUTH
from tests.servers import PATIENCE, database, free_ports, is_up, running, wait_for

pytestmark = nginx.needs_nginx
ROOT = Path(settings.BASE_DIR)
CLIENT = "127.0.0.2"  # an address that is not the proxy's own
PASSWORD = "correct horse battery"
METRICS_TOKEN = "for the one who scrapes alone"
START = """mutation($input: StartDirectConversationInput!) {
  startDirectConversation(input: $input) { conversation { id } errors { code } }
}"""
SEND = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { message { sequence } errors { code } } }"
UPLOAD = """mutation($file: Upload!) {
  uploadAttachment(input: {file: $file}) { attachment { url } errors { code } }
}"""
READ = "query($id: ID!) { conversation(id: $id) { messages(last: 5) { nodes { body sender { username } } } } }"


class Street:
    """Somebody outside, with an address of their own: asks the proxy, and afterwards looks into the three logs."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE, source_address=(CLIENT, 0))
        line.request(
            "GET" if body is None else "POST", path, body, {n.replace("_", "-"): v for n, v in headers.items()}
        )
        response = line.getresponse()
        content = b"" if response.status == http.HTTPStatus.SWITCHING_PROTOCOLS else response.read()
        line.close()
        return response, content

    def graphql(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        response, content = self.ask("/graphql", body, Content_Type="application/json", **headers)
        answer = json.loads(content)
        assert response.status == http.HTTPStatus.OK, answer
        assert "errors" not in answer
        return answer["data"]

    def logged(self, process: str, request_id: str) -> dict[str, Any]:
        """The line of a request in the log of `proxy`, `web` or `live`; it may be written after the answer."""
        return wait_for(lambda: self.lines(process, request_id))[0]

    def lines(self, process: str, request_id: str) -> list[dict[str, Any]]:
        lines = (self.folder / f"{process}.log").read_text().splitlines()
        entries = [json.loads(line) for line in lines if line.startswith("{")]
        return [entry for entry in entries if entry.get("request_id") == request_id]


def prepare(folder: Path, environment: dict[str, str]) -> None:
    """What the service `migrate` does, both at once."""
    commands = (["migrate", "-v0", "--no-input"], ["collectstatic", "-v0", "--no-input"])
    started = [subprocess.Popen([sys.executable, "manage.py", *one], cwd=ROOT, env=environment) for one in commands]
    assert [one.wait() for one in started] == [0, 0]


def is_listening(port: int) -> Callable[[], bool]:
    def ask() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return True
        return False

    return ask


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    folder = tmp_path_factory.mktemp("street")
    proxy, web, live = free_ports(3)
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "tests.deploy.settings",
        "SECRET_KEY": "for the street before the tests' house alone",
        "JWT_SECRET_KEY": "for the street behind the tests' house alone",
        "DEBUG": "off",
        "HTTPS": "off",
        "GRAPHIQL": "on",
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "127.0.0.1",
        "METRICS_TOKEN": METRICS_TOKEN,
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_STORAGE": str(folder / "media"),
        "GRANIAN_PORT": str(web),
        "UVICORN_PORT": str(live),
    }
    config = nginx.place(folder, port=proxy, web=web, live=live)
    with database(folder) as url:
        environment["DATABASE_URL"] = url
        prepare(folder, environment)
        with (
            running(command_of("web"), environment, folder / "web.log"),
            running(command_of("live"), environment, folder / "live.log"),
            running(nginx.command(config), environment, folder / "proxy.err"),
        ):
            wait_for(is_up(web))
            wait_for(is_up(live))
            wait_for(is_up(proxy))
            yield Street(proxy, folder)


def test_people_register_sign_in_send_and_read(street: Street) -> None:
    people = [{"username": name, "email": f"{name}@example.com", "password": PASSWORD} for name in ("alice", "bob")]
    _, bob = (street.graphql(REGISTER, {"input": person})["register"] for person in people)
    signed_in = street.graphql(TOKEN_AUTH, {"input": {"username": "alice", "password": PASSWORD}})["tokenAuth"]
    as_alice, as_bob = (f"Bearer {one['token']}" for one in (signed_in, bob))

    found = street.graphql(START, {"input": {"userId": bob["user"]["id"]}}, Authorization=as_alice)
    conversation = found["startDirectConversation"]["conversation"]["id"]
    wanted = {"conversationId": conversation, "body": "Through the door"}
    assert street.graphql(SEND, {"input": wanted}, Authorization=as_alice)["sendMessage"]["errors"] == []

    read = street.graphql(READ, {"id": conversation}, Authorization=as_bob)["conversation"]["messages"]["nodes"]
    assert read == [{"body": "Through the door", "sender": {"username": "alice"}}]


def test_the_address_is_the_real_one_whatever_a_client_claims(street: Street) -> None:
    street.graphql(
        ME,
        X_Request_ID="claims",
        X_Forwarded_For="198.51.100.1, 127.0.0.1",
        X_Real_IP="198.51.100.1",
        Forwarded="for=198.51.100.1",
    )
    assert street.logged("web", "claims")["address"] == CLIENT
    assert street.logged("proxy", "claims")["address"] == CLIENT


def test_a_request_has_one_id_in_all_logs_and_the_answer(street: Street) -> None:
    response, _ = street.ask("/graphql?query={__typename}")
    given = response.headers["X-Request-ID"]
    assert street.logged("web", given)
    assert street.logged("proxy", given)["path"] == "/graphql"


def test_an_id_that_could_harm_a_log_is_replaced(street: Street) -> None:
    response, _ = street.ask("/graphql?query={__typename}", X_Request_ID='"}{"')
    assert re.fullmatch("[0-9a-f]{32}", response.headers["X-Request-ID"])
    assert street.logged("proxy", response.headers["X-Request-ID"])


@pytest.mark.parametrize(
    ("accept", "process"),
    [
        ("text/event-stream", "live"),
        ("Text/Event-Stream, application/json", "live"),
        ("application/json, text/event-stream", "web"),
        ("application/json", "web"),
        ("*/*", "web"),
    ],
)
def test_who_names_an_event_stream_first_reaches_the_live_process(accept: str, process: str, street: Street) -> None:
    body = json.dumps({"query": ME}).encode()
    given = f"{process}-{len(accept)}"
    street.ask("/graphql", body, Content_Type="application/json", Accept=accept, X_Request_ID=given)
    line = street.logged(process, given)
    assert line["address"] == CLIENT
    assert (line["operation"], line["type"]) == ("Me", "query")
    assert street.lines("live" if process == "web" else "web", given) == []


def test_a_websocket_reaches_the_live_process(street: Street) -> None:
    street.ask(
        "/graphql",
        X_Request_ID="socket",
        Connection="Upgrade",
        Upgrade="websocket",
        Sec_WebSocket_Version="13",
        Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ==",
        Sec_WebSocket_Protocol="graphql-transport-ws",
    )
    assert street.logged("proxy", "socket")["process"] == "live"
    assert street.lines("web", "socket") == []


@pytest.mark.parametrize("path", ["/graphql", "/elsewhere"])  # by the server, which takes files there; by the proxy
def test_a_body_of_129_kib_is_refused_in_graphql(path: str, street: Street) -> None:
    response, content = street.ask(path, b" " * 129 * 1024, Content_Type="application/json")
    assert response.status == 413
    assert response.headers["Content-Type"].partition(";")[0] == "application/json"
    assert json.loads(content)["errors"][0]["extensions"] == {"code": "PAYLOAD_TOO_LARGE"}


def test_a_body_of_128_kib_is_not(street: Street) -> None:
    body = json.dumps({"query": ME}).encode().ljust(128 * 1024)
    assert street.ask("/graphql", body, Content_Type="application/json")[0].status == 200


def test_a_file_of_10_mib_goes_in_and_comes_out(street: Street) -> None:
    person = {"username": "files", "email": "files@example.com", "password": PASSWORD}
    token = street.graphql(REGISTER, {"input": person})["register"]["token"]
    content = b"%PDF-1.4\n\xff" + bytes(10 * 1024 * 1024 - 10)
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
    form = {"operations": operations, "map": '{"0": ["variables.file"]}', "0": a_file(content, "large.pdf")}
    body = encode_multipart("b", form)
    headers = {"Content_Type": "multipart/form-data; boundary=b", "Apollo_Require_Preflight": "true"}
    response, answer = street.ask("/graphql", body, Authorization=f"Bearer {token}", **headers)
    assert response.status == 200
    parts = urlsplit(json.loads(answer)["data"]["uploadAttachment"]["attachment"]["url"])
    assert parts.netloc == f"127.0.0.1:{street.port}"
    download, received = street.ask(f"{parts.path}?{parts.query}", X_Request_ID="download")
    assert (download.status, received) == (200, content)
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert "link" not in json.dumps(street.logged("proxy", "download"))


@pytest.mark.parametrize("path", ["/media/", "/media/attachments/x", "/.data/media/x"])
def test_the_folder_of_the_files_is_not_served(path: str, street: Street) -> None:
    assert street.ask(path)[0].status == 404


@pytest.mark.parametrize("page", ["/graphql", "/admin/login/"])
def test_static_files_come_from_the_proxy_and_stay_in_browsers(page: str, street: Street) -> None:
    response, content = street.ask(page, Accept="text/html")
    assert response.status == 200
    files = {urlsplit(link).path for link in re.findall(r'(?:href|src)="(/static/[^"]+)"', content.decode())}
    assert len(files) > 3
    for file in files:
        response, _ = street.ask(file, Accept_Encoding="gzip", X_Request_ID=f"static{len(file)}")
        assert response.status == 200, file
        assert "immutable" in response.headers["Cache-Control"]
        assert "max-age=31536000" in response.headers["Cache-Control"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Encoding"] == "gzip" or int(response.headers["Content-Length"]) < 2000, file
        assert response.headers["X-Request-ID"] is None  # which the server would have set


def test_nothing_beside_the_static_files_can_be_read(street: Street) -> None:
    for path in ("/static/../nginx.conf", "/static/%2e%2e/nginx.conf", "/static../nginx.conf", "/static/"):
        assert street.ask(path)[0].status in (400, 403, 404)


@pytest.mark.parametrize(
    "path", ["/metrics", "//metrics", "/./metrics", "/%6detrics", "/x/../metrics", "/metrics?a", "/metrics/"]
)
def test_who_has_the_token_for_the_metrics_asks_the_processes_and_not_the_street(path: str, street: Street) -> None:
    response, content = street.ask(path, Authorization=f"Bearer {METRICS_TOKEN}")
    assert response.status == http.HTTPStatus.NOT_FOUND
    assert b"parley_" not in content


def test_the_proxy_does_not_say_its_version(street: Street) -> None:
    assert street.ask("/static/nothing")[0].headers["Server"] == "nginx"


def test_tokens_and_documents_are_not_in_the_proxys_log(street: Street) -> None:
    street.ask("/graphql?query={canary}", X_Request_ID="quiet", Authorization="Bearer canary", Referer="/canary")
    assert street.logged("proxy", "quiet")
    assert "canary" not in (street.folder / "proxy.log").read_text()


@pytest.mark.row(11)
def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """The proxy hangs up, and no process has heard of it: a body is handed on when it is whole."""
    proxy, web = free_ports(2)
    config = nginx.place(tmp_path, port=proxy, web=web)
    config.write_text(config.read_text().replace("client_body_timeout 10s;", "client_body_timeout 1s;"))
    with running(nginx.command(config), {"PATH": os.environ["PATH"]}, tmp_path / "proxy.err"):
        wait_for(is_listening(proxy))
        with socket.create_connection(("127.0.0.1", proxy), timeout=PATIENCE) as line:
            line.sendall(
                b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request-ID: silent\r\n"
                b'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query": "{ me'
            )
            assert line.recv(65_536) == b""
        logged = Street(proxy, tmp_path).logged("proxy", "silent")
    assert logged["status"] == 408


def test_where_no_process_answers_the_proxy_says_so_in_graphql(tmp_path: Path) -> None:
    proxy, web, live = free_ports(3)
    config = nginx.place(tmp_path, port=proxy, web=web, live=live)
    with running(nginx.command(config), {"PATH": os.environ["PATH"]}, tmp_path / "proxy.err"):
        closed = Street(proxy, tmp_path)
        wait_for(is_listening(proxy))
        response, content = closed.ask("/graphql", b"{}", Content_Type="application/json")
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert json.loads(content)["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
