"""Metrics: counts every answer, and answers `/metrics` for whoever has METRICS_TOKEN. Without that it is not there."""

import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config import metrics
from config.middleware.authentication import bearer_token

PATH = "/metrics"


class Metrics:
    """Stands before what looks at the Host, as Health does: who scrapes asks each process by its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH:
            return answer(request.headers.get("Authorization", ""))
        started = time.perf_counter()
        response = self.get_response(request)
        metrics.count(request, response, time.perf_counter() - started)
        return response


def answer(header: str) -> HttpResponse:
    token = bearer_token(header) or ""
    if not secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return metrics.page()
