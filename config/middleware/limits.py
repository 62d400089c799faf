"""Limits: what a document may ask for, decided by one walk over it (schema/limits.py) before anything else reads it."""

from django.http import HttpRequest

from config.middleware.guard import Guard
from schema import limits
from schema.documents import operation_of
from schema.schema import schema


class Limits(Guard):
    def check(self, request: HttpRequest) -> None:
        request.cost = limits.check(operation_of(request), schema._schema)  # type: ignore[attr-defined]
