"""Security headers: on every answer, whoever gives it; an answer that brings its own keeps it (GraphiQL's policy)."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For JSON, files and refusals: whatever a browser takes them for, nothing in them is run or loaded."""
OWN_FILES = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""For the pages of the admin: our own static files, nothing inline, nothing from elsewhere."""
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def policy_for(path: str, is_page: bool) -> str:
    """The Content-Security-Policy."""
    return OWN_FILES if is_page and path.startswith("/admin/") else NOTHING


class SecurityHeaders:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        is_for_developers = settings.DEBUG and is_page and response.status_code >= 400  # Django's, with inline styles
        is_kept = response.status_code == HTTPStatus.NOT_MODIFIED  # and would lose the policy that it came with
        if not (is_for_developers or is_kept):
            response.headers.setdefault("Content-Security-Policy", policy_for(request.path_info, is_page))
        return response
