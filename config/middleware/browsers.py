"""What only browsers need, with their cookies: sessions, the admin's log-in and its notes.

Django's own, but for GraphQL requests that carry a token: those never look at cookies (authentication.py), and so do
not go through these either.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from schema.documents import GRAPHQL_PATHS


class ForBrowsers(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_AUTHORIZATION" in request.META and request.path_info in GRAPHQL_PATHS:
            return self.get_response(request)
        return super().__call__(request)


class Sessions(ForBrowsers, SessionMiddleware): ...


class LogIn(ForBrowsers, AuthenticationMiddleware): ...


class Notes(ForBrowsers, MessageMiddleware): ...
