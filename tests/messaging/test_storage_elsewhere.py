"""Files in a bucket: the real client of S3, and a storage on loopback that speaks as much of it as is needed."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from config.environment import storage_of
from tests.files import PDF, picture, upload
from tests.messaging.operations import done, send_message


class Bucket(ThreadingHTTPServer):
    """Objects by their path; `is_down`: it answers nothing but 503."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Speaker)
        self.objects: dict[str, bytes] = {}
        self.signed: list[bool] = []
        self.is_down = False


class Speaker(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"") -> None:
        self.server.signed.append("AWS4-HMAC-SHA256" in self.headers.get("Authorization", ""))
        self.send_response(503 if self.server.is_down else status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Last-Modified", "Sat, 21 Nov 2026 00:00:00 GMT")
        self.send_header("ETag", '"x"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def name(self) -> str:
        return unquote(urlsplit(self.path).path)

    def do_PUT(self) -> None:
        if self.headers.get("Expect") == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        content = self.read_chunks() if "aws-chunked" in self.headers.get("Content-Encoding", "") else self.read_all()
        if not self.server.is_down:
            self.server.objects[self.name] = content
        self.answer(200)

    def do_GET(self) -> None:
        content = self.server.objects.get(self.name)
        self.answer(404) if content is None else self.answer(200, content)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.server.objects.pop(self.name, None)
        self.answer(204)

    def read_all(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"]))

    def read_chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return found

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def bucket(settings: Any) -> Iterator[Bucket]:
    """The storage of the settings, as `MEDIA_STORAGE=s3://chat/media` and `AWS_…` make it."""
    with Bucket() as bucket:
        Thread(target=bucket.serve_forever, daemon=True).start()
        storage = storage_of(
            "s3://chat/media",
            access_key="key",
            secret_key="secret",
            region_name="eu-central-1",
            endpoint_url=f"http://127.0.0.1:{bucket.server_port}",
        )
        settings.STORAGES = {**settings.STORAGES, "default": storage}
        yield bucket
        bucket.shutdown()


def test_files_go_there_and_come_back_through_the_server(alice, bucket, direct, django_capture_on_commit_callbacks):
    found = upload(alice, PDF, "report.pdf")
    (name,) = bucket.objects
    assert name.startswith("/chat/media/attachments/")
    response = alice.client.get(found["url"].removeprefix("http://testserver"))
    assert (response.content, response["Content-Disposition"]) == (PDF, 'attachment; filename="report.pdf"')
    message = send_message(alice, direct, attachmentIds=[found["id"]])
    with django_capture_on_commit_callbacks(execute=True):
        done(alice, "deleteMessage", messageId=message)
    assert bucket.objects == {}
    assert all(bucket.signed)


def test_what_is_gone_there_is_not_found(alice, bucket):
    found = upload(alice, picture())
    bucket.objects.clear()
    assert alice.client.get(found["url"].removeprefix("http://testserver")).status_code == 404
