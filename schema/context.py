"""What every resolver knows about the request: who asks, and from where."""

from dataclasses import dataclass
from typing import Any, cast

import strawberry
from django.http import HttpRequest
from strawberry.permission import BasePermission

from accounts.models import Session, User
from accounts.refusals import TokenInvalid
from messaging.feed import Now
from schema.documents import Document, Operation


@dataclass(slots=True)
class Context:
    operation: Operation
    address: str | None
    request: HttpRequest | None = None
    """None for what is told over a live connection."""
    person: User | None = None
    refused_token: TokenInvalid | None = None
    """Why the access token that came with the request was not accepted; None if it was, or none came."""
    now: Now | None = None
    """How far the feed went before anything else of the operation was read; None if it is not asked for."""

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


Info = strawberry.Info[Context, None]


class Anyone(BasePermission):
    """Whoever asks; a stale access token does no harm here."""

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return True


class AnyoneWithGoodToken(BasePermission):
    """Signed out is fine; an access token that is not accepted is an error, never "signed out"."""

    error_extensions: dict[str, Any] = {"code": "UNAUTHENTICATED"}

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        refusal = cast(Context, info.context).refused_token
        self.message = str(refusal) if refusal else None
        return refusal is None


class SignedIn(BasePermission):
    """People with a live access token, or signed in to the admin by cookie."""

    error_extensions: dict[str, Any] = {"code": "UNAUTHENTICATED"}

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        context = cast(Context, info.context)
        self.message = str(context.refused_token) if context.refused_token else "Sign in first."
        return context.person is not None
