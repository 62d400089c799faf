"""What WSGI servers are handed, and hand over: whole bodies and whole answers, in one piece."""

from importlib import import_module
from io import BytesIO
from typing import Any

import pytest
from django.http import StreamingHttpResponse

BODY = b'{"query":"{ me { id } }"}'

wsgi = import_module("config.wsgi")


def asked(response: Any, **environ: str) -> tuple[Any, Any]:
    """What the server gets for a response, and from where the application reads the body of the request."""
    given = {"REQUEST_METHOD": "POST", "PATH_INFO": "/graphql", "CONTENT_LENGTH": str(len(BODY)), **environ}
    request: dict[str, Any] = {**given, "wsgi.input": BytesIO(BODY)}
    server_input = request["wsgi.input"]
    answer = wsgi.at_one_go(lambda *_: response)(request, lambda *_: None)
    return answer, None if request["wsgi.input"] is server_input else request["wsgi.input"]


class Answer:
    """As Django's, of which closing it tells the whole process that a request is over."""

    streaming, content = False, b"hello"

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_short_body_is_taken_at_once() -> None:
    _, taken = asked(Answer())
    assert taken.read() == BODY


@pytest.mark.parametrize(
    "environ",
    [
        {"CONTENT_LENGTH": str(wsgi.AT_HAND + 1)},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "0" * 5_000},
        {"REQUEST_METHOD": "GET"},
        {"PATH_INFO": "/health/live"},
        {"PATH_INFO": "/admin/login/"},
    ],
    ids=lambda environ: str(environ)[:40],
)
def test_other_bodies_are_left_to_who_reads_them(environ: dict[str, str]) -> None:
    assert asked(Answer(), **environ)[1] is None


def test_a_client_that_has_gone_is_found_out_by_who_reads() -> None:
    class Broken(BytesIO):
        def read(self, *_: Any) -> bytes:
            raise OSError

    request: dict[str, Any] = {"CONTENT_LENGTH": "7", "wsgi.input": Broken()}
    wsgi.take_body(request)
    assert isinstance(request["wsgi.input"], Broken)


def test_a_whole_answer_is_a_list_that_is_closed_when_it_has_been_sent() -> None:
    response = Answer()
    answer, _ = asked(response)
    assert (isinstance(answer, list), b"".join(answer), response.closed) == (True, b"hello", 0)
    del answer  # as granian does
    assert response.closed == 1


def test_a_server_that_closes_it_closes_it_once() -> None:
    response = Answer()
    answer, _ = asked(response)
    answer.close()
    del answer
    assert response.closed == 1


def test_an_answer_in_parts_stays_one() -> None:
    response = StreamingHttpResponse([b"a", b"b"])
    assert asked(response)[0] is response
