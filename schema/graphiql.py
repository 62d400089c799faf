"""The GraphiQL page: `/graphql` in a browser, from our own static files, under a strict Content-Security-Policy."""

import secrets

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie

from schema.responses import JSON, RESPONSE_JSON

# Nothing from elsewhere, nothing inline. The 'self' of connect-src covers WebSockets to the same host (CSP 3).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)

DOCUMENT = {"query", "documentId", "extensions"}  # parameters that bring one


def asks_for_page(request: HttpRequest) -> bool:
    """A browser that opens the address; whoever brings a document or prefers JSON gets GraphQL.

    No, where the address or the headers cannot be read: `documents.operation_of` says what is wrong with them.
    """
    if request.method != "GET":
        return False
    try:
        preferred = request.get_preferred_type([JSON, RESPONSE_JSON, "text/html"])
        return preferred == "text/html" and not DOCUMENT.intersection(request.GET)
    except (ValueError, LookupError, SuspiciousOperation):
        return False


@ensure_csrf_cookie  # for people who are signed in by the admin's session cookie
def page(request: HttpRequest) -> HttpResponse:
    """Raises Http404 where GRAPHIQL is off."""
    if not settings.GRAPHIQL:
        raise Http404
    nonce = secrets.token_urlsafe(16)
    context = {"nonce": nonce, "csrf_cookie": settings.CSRF_COOKIE_NAME}
    response = render(request, "graphql/graphiql.html", context)
    response["Content-Security-Policy"] = POLICY.format(nonce=nonce)
    response["Cache-Control"] = "no-store"  # a nonce is good for one answer
    response["Vary"] = "Accept"
    return response
