"""What narrows a list of people."""

from datetime import datetime
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

MAX_SEARCH_LENGTH = 200
Row = TypeVar("Row", bound=Model)


def matching_names(text: str, prefix: str = "") -> Q:
    """People in whose username or names every word of the text occurs, in any case; never e-mail or phone.

    `prefix` leads from the model that is searched to the person. Raises ValidationError for a text that is too long.
    """
    check_search(text)
    found = Q()
    for word in text.split():
        found &= (
            Q(**{f"{prefix}username__icontains": word})
            | Q(**{f"{prefix}first_name__icontains": word})
            | Q(**{f"{prefix}last_name__icontains": word})
        )
    return found


def check_search(text: str) -> None:
    if len(text) > MAX_SEARCH_LENGTH:
        raise ValidationError({"search": f"A search has at most {MAX_SEARCH_LENGTH} characters."})


def between(rows: QuerySet[Row], field: str, start: datetime | None, end: datetime | None) -> QuerySet[Row]:
    """Rows whose time is at or after the start and before the end; None leaves that side open."""
    if start is not None:
        rows = rows.filter(**{f"{field}__gte": start})
    if end is not None:
        rows = rows.filter(**{f"{field}__lt": end})
    return rows
