"""Presence: whoever asks for something over /graphql is here. Written at most once a minute."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import User
from accounts.presence import is_due
from messaging.services import be_seen
from schema.documents import GRAPHQL_PATHS


class Presence:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        now = timezone.now()
        person = getattr(request, "user", None)
        if request.path_info in GRAPHQL_PATHS and isinstance(person, User) and is_due(person, now):
            be_seen(people=[person.pk], now=now)
            person.last_seen_at = now
        return self.get_response(request)
