"""What every resolver knows about the request: who asks, and from where."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol, cast

import strawberry
from django.http import HttpRequest
from django.urls import get_script_prefix
from graphql import GraphQLError
from strawberry.permission import BasePermission

from accounts.models import Session, User
from accounts.refusals import TokenInvalid
from messaging.feed import Now
from schema.documents import Document, Operation


class OpensStream(Protocol):
    async def open(self, after: str | None, conversation_id: str | None) -> AsyncIterator[Any]:
        """Raises ValidationError, NotFound."""


@dataclass(slots=True)
class Context:
    operation: Operation
    address: str | None
    known_base: str | None = None
    """`base`, once it is known."""
    request: HttpRequest | None = None
    """None for what is told over a live connection."""
    person: User | None = None
    refused_token: TokenInvalid | None = None
    """Why the access token that came with the request was not accepted; None if it was, or none came."""
    stream: OpensStream | None = None
    """Where a subscription gets its events from; None for everything else."""
    now: Now | None = None
    """How far the feed went before anything else of the operation was read; None if it is not asked for."""

    @property
    def base(self) -> str:
        """Where the viewer reaches this server, `https://chat.example.org`: links to files begin with it."""
        if self.known_base is None:
            self.known_base = base_of(self.request) if self.request else ""
        return self.known_base

    @property
    def document(self) -> Document:
        assert self.operation.document is not None, "only what was parsed is run"
        return self.operation.document

    @property
    def viewer(self) -> User:
        """Who asks. Only for fields that `SignedIn` guards."""
        assert self.person is not None, "this field must be guarded by SignedIn"
        return self.person

    @property
    def session(self) -> Session | None:
        return self.person.session if self.person else None


def base_of(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}{get_script_prefix()}".rstrip("/")


Info = strawberry.Info[Context, None]


@dataclass
class InfoOfAll(Info):
    """For all objects of which a compiled operation asks a field: without a path."""

    columns: frozenset[str] | None = None
    """What is wanted of the entries of a list, where that is columns alone: as for `QuerySet.only`."""


class Anyone(BasePermission):
    """Whoever asks; a stale access token does no harm here."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return True


class AnyoneWithGoodToken(BasePermission):
    """Signed out is fine; an access token that is not accepted is an error, never "signed out"."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        context = cast(Context, info.context)
        if context.refused_token is not None:
            raise unauthenticated(context)
        return True


class SignedIn(BasePermission):
    """People with a live access token, or signed in to the admin by cookie."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        context = cast(Context, info.context)
        if context.person is None:
            raise unauthenticated(context)
        return True


def unauthenticated(context: Context) -> GraphQLError:
    """Made anew for each answer: a permission is one object for the requests of all threads, and keeps nothing."""
    sentence = str(context.refused_token or "Sign in first.")
    return GraphQLError(sentence, extensions={"code": "UNAUTHENTICATED"})
