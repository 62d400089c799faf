"""Authentication: `Authorization: Bearer …` → `request.user`.

A request with the header never looks at cookies. A token that is not accepted leaves nobody signed in and says why in
`request.refused_token`: the public mutations do not mind, everything else answers UNAUTHENTICATED.

The person is the first that is read for a request, so that its rows part here when it is over (`rows/pages.py`).
"""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse

from accounts.refusals import TokenInvalid
from accounts.tokens import session_of_access_token
from rows import pages
from schema.types.attachments import PATH


def bearer_token(header: str) -> str | None:
    """The token of an Authorization header; None when the header is of another scheme (RFC 6750, 2.1)."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


BY_TOKEN = ("/graphql", PATH)


class Authentication:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.refused_token = None  # type: ignore[attr-defined]
        request.signed_in_by = None  # type: ignore[attr-defined]
        with pages.parting():
            header = request.headers.get("Authorization")
            if header is not None and request.path_info.startswith(BY_TOKEN):
                self._by_token(request, bearer_token(header))
            elif request.user.is_authenticated:
                request.signed_in_by = "cookie"  # type: ignore[attr-defined]
            return self.get_response(request)

    def _by_token(self, request: HttpRequest, token: str | None) -> None:
        request.user = AnonymousUser()
        try:
            if token is None:
                raise TokenInvalid("Send the access token as `Authorization: Bearer …`.")
            request.user = session_of_access_token(token).user
            request.signed_in_by = "token"  # type: ignore[attr-defined]
        except TokenInvalid as refusal:
            request.refused_token = refusal  # type: ignore[attr-defined]
