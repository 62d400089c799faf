"""Health, for machines that ask: `/health/live` and `/health/ready`, in JSON without a reason; reasons are in the log.

Answered before everything else at the door. A container is asked at 127.0.0.1, a load balancer asks by address: neither
is in ALLOWED_HOSTS, and neither follows a redirect to https. Nothing of the answer depends on the Host, so nothing is
lost. The guards act on /graphql alone, so that access hours and rate limits do not reach this.
"""

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger("parley.health")


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all. Asks nobody: a restart of ours does not mend a database."""
    return answer(200, status="ok")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """503 without the database, which nothing works without; 200 without the cache, and `degraded`.

    Sending never fails because Redis is down. With 503 a proxy would take every process out of service at once, and
    make an outage of what is a slower answer.
    """
    database, cached = works("database", ask_database), works("cache", ask_cache)
    status = "unavailable" if not database else "ok" if cached else "degraded"
    return answer(200 if database else 503, status=status, database=word(database), cache=word(cached))


ANSWERS = {"/health/live": live, "/health/ready": ready}


class Health:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return ANSWERS.get(request.path_info, self.get_response)(request)


def ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_cache() -> None:
    cache.set("health", "asked", timeout=60)  # a write: a replica that only reads is of no use


def works(name: str, ask: Callable[[], None]) -> bool:
    """Whether asking succeeds; whatever goes wrong means that it does not."""
    try:
        ask()
    except Exception as wrong:
        logger.warning("The %s does not answer: %s", name, wrong)
        return False
    return True


def word(works: bool) -> str:
    return "ok" if works else "down"


def answer(code: int, **words: str) -> HttpResponse:
    return JsonResponse(words, status=code, headers={"Cache-Control": "no-store"})
