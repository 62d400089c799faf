"""The endpoint: `/graphql`, behind the last guard; with a slash at its end too, as a redirect would lose a POST's body.

Here and not in config/urls.py: looking for the path among patterns, and what Django does around each view for those who
want to look into it, costs as much as answering a small query.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from schema.documents import GRAPHQL_PATHS
from schema.view import graphql


class Endpoint:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return graphql(request) if request.path_info in GRAPHQL_PATHS else self.get_response(request)
