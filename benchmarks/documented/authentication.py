"""The person of the token becomes `request.user`."""

from collections.abc import Callable

from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse


class TokenAuthentication:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = authenticate(request=request)
        if person is not None:
            request.user = person
        return self.get_response(request)
