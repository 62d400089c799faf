"""What `/graphql` answers when something in front of the schema fails: a guard, or the look at who asks.

Inside the schema a fault is an error among others; here nothing can be run, and HTTP says so too: 503.
"""

import sys

from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error
from graphql import GraphQLError

from schema.documents import GRAPHQL_PATHS
from schema.errors import ErrorCode, describe
from schema.responses import Refused, refuse

WORTH_TRYING_AGAIN = (ErrorCode.UNAVAILABLE.value, ErrorCode.TIMEOUT.value)
PAUSE = 5  # seconds: a database that is started again is back by then, more often than not


def answer(request: HttpRequest) -> HttpResponse:
    """Django's handler500, called while the exception is handled."""
    cause = sys.exc_info()[1]
    if request.path_info not in GRAPHQL_PATHS or not isinstance(cause, Exception):
        return server_error(request)
    error = describe(GraphQLError("", original_error=cause), request_id=getattr(request, "id", ""))
    headers = {"Retry-After": str(PAUSE)} if error["extensions"]["code"] in WORTH_TRYING_AGAIN else {}
    return refuse(request, Refused(error["message"], status=503, headers=headers, **error["extensions"]))
