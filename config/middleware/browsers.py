"""What only browsers need: sessions, the admin's log-in and its notes, and what keeps cookies and answers from other
people's pages.

Django's own, but for GraphQL requests that carry a token: those never look at cookies (authentication.py), and so do
not go through what is about cookies either. Where no page asks, no page is told whether it may read the answer.
"""

from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.deprecation import MiddlewareMixin

from schema.documents import GRAPHQL_PATHS


class ForBrowsers(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_AUTHORIZATION" in request.META and request.path_info in GRAPHQL_PATHS:
            return self.get_response(request)
        return super().__call__(request)


class Sessions(ForBrowsers, SessionMiddleware): ...


class Csrf(ForBrowsers, CsrfViewMiddleware): ...


class LogIn(ForBrowsers, AuthenticationMiddleware): ...


class Notes(ForBrowsers, MessageMiddleware): ...


class Cors(CorsMiddleware):
    """What /graphql answers is kept by nobody (`Cache-Control`), so that it need not say to those who are no page that
    it would be another for one (`Vary: Origin`)."""

    def __call__(self, request: HttpRequest) -> Any:
        if "HTTP_ORIGIN" not in request.META and request.path_info in GRAPHQL_PATHS:
            return self.get_response(request)
        return super().__call__(request)
