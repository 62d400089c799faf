"""What all guards have in common: they stand in front of `/graphql`, and let pass or refuse."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from schema.documents import GRAPHQL_PATHS
from schema.graphiql import asks_for_page
from schema.responses import Refused, refuse


class Guard(ABC):
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in GRAPHQL_PATHS and not asks_for_page(request):
            try:
                self.check(request)
            except Refused as refusal:
                return refuse(request, refusal)
        return self.get_response(request)

    @abstractmethod
    def check(self, request: HttpRequest) -> None:
        """Raises Refused."""
