"""Server-sent events as text, in the words of graphql-sse's distinct connections mode
(https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md)."""

from django.http import HttpRequest

MEDIA_TYPE = "text/event-stream"
COMPLETE = b"event: complete\ndata:\n\n"
COMMENT = b":\n\n"


def next_event(body: str) -> bytes:
    return f"event: next\ndata: {body}\n\n".encode()


def asks_for_stream(request: HttpRequest) -> bool:
    """Whether `Accept` names text/event-stream first: clients of plain HTTP mention it too, further back."""
    first = request.headers.get("Accept", "").partition(",")[0]
    return first.partition(";")[0].strip().lower() == MEDIA_TYPE
