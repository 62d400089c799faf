"""Requests as the entry points make them: the same as Django's."""

import pytest
from django.http.request import HttpHeaders
from django.test import AsyncRequestFactory, RequestFactory

from config.requests import PlainASGIRequest, PlainHeaders, PlainWSGIRequest

SENT = {"HTTP_HOST": "chat.example.org", "HTTP_X_REQUEST_ID": "7", "CONTENT_TYPE": "text/plain", "REMOTE_ADDR": "::1"}


@pytest.mark.parametrize("name", ["Host", "host", "X-Request-ID", "x_request_id", "Content-Type", "Remote-Addr", ""])
def test_a_header_is_what_django_finds(name):
    ours, djangos = PlainHeaders(SENT), HttpHeaders(SENT)
    assert ours.get(name) == djangos.get(name)
    assert ours.get(name, "else") == djangos.get(name, "else")
    assert (name in ours) == (name in djangos)


def test_all_headers_are_those_that_django_finds():
    assert PlainHeaders(SENT) == HttpHeaders(SENT)
    assert list(PlainHeaders(SENT)) == ["Host", "X-Request-Id", "Content-Type"]
    with pytest.raises(KeyError):
        PlainHeaders(SENT)["Remote-Addr"]


def test_looking_for_one_header_reads_no_others():
    headers = PlainHeaders(SENT)
    assert headers.get("Host") == headers["host"] == "chat.example.org"
    assert "_store" not in headers.__dict__


def test_requests_of_either_kind_have_them():
    wsgi = PlainWSGIRequest(RequestFactory().get("/", headers={"X-Request-ID": "7"}).environ)
    scope = AsyncRequestFactory().get("/", headers={"X-Request-ID": "7"}).scope
    asgi = PlainASGIRequest(scope, wsgi.environ["wsgi.input"])
    for request in (wsgi, asgi):
        assert isinstance(request.headers, PlainHeaders)
        assert request.headers["X-Request-ID"] == "7"
