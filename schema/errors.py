"""Refusals, and the only table exception → code.

In a mutation a refusal becomes `payload.errors` (`RefusalsBecomeErrors`, on every mutation field); anywhere else it
becomes a top-level error with `extensions.code` (`describe`). What is not in the table is a bug: logged with its
traceback, masked outside.
"""

import logging
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import strawberry
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError
from graphql import GraphQLError, GraphQLSyntaxError, IntValueNode
from strawberry.extensions import FieldExtension
from strawberry.utils.str_converters import to_camel_case

from accounts import refusals as accounts
from messaging import refusals as messaging
from messaging.feed import UnknownKind
from rows import pages
from schema.asked import note_codes
from schema.deadline import TimedOut, begin_change
from schema.documents import UnknownOperation

logger = logging.getLogger("parley.schema")

# serialization_failure, deadlock_detected, lock_not_available (PostgreSQL, appendix A)
ROLLED_BACK = {"40001", "40P01", "55P03"}

CANCELED = "57014"  # query_canceled: by statement_timeout
UNREACHABLE = (OperationalError, InterfaceError)  # the database, or a connection that it has ended


@strawberry.enum(description="Why something was refused.")
class ErrorCode(Enum):
    UNAUTHENTICATED = strawberry.enum_value(
        "UNAUTHENTICATED", description="No access token, or one that is wrong, expired or revoked: refresh, or log in."
    )
    FORBIDDEN = strawberry.enum_value("FORBIDDEN", description="Seen, but not allowed.")
    NOT_FOUND = strawberry.enum_value("NOT_FOUND", description="No such thing, or not yours to see: the two are one.")
    BAD_USER_INPUT = strawberry.enum_value("BAD_USER_INPUT", description="A value is wrong; `field` says which.")
    TAKEN = strawberry.enum_value("TAKEN", description="Somebody else has this username or e-mail address.")
    CONFLICT = strawberry.enum_value("CONFLICT", description="The state of things forbids it.")
    INVALID_CREDENTIALS = strawberry.enum_value("INVALID_CREDENTIALS", description="Unknown name or wrong password.")
    TOKEN_INVALID = strawberry.enum_value("TOKEN_INVALID", description="Not a token of this server, or ended.")
    TOKEN_EXPIRED = strawberry.enum_value("TOKEN_EXPIRED", description="The token's time is over.")
    TOKEN_REUSED = strawberry.enum_value(
        "TOKEN_REUSED",
        description="The token of a letter was used before; or a rotated refresh token came again: its session is"
        " revoked.",
    )
    RATE_LIMITED = strawberry.enum_value("RATE_LIMITED", description="Too often; `retryAfter` seconds to wait.")
    OUTSIDE_ACCESS_HOURS = strawberry.enum_value("OUTSIDE_ACCESS_HOURS", description="The server is closed now.")
    OFFENSIVE_LANGUAGE = strawberry.enum_value("OFFENSIVE_LANGUAGE", description="A text holds an offensive word.")
    BLOCKED = strawberry.enum_value("BLOCKED", description="You have blocked this person: unblock first.")
    EDIT_WINDOW_CLOSED = strawberry.enum_value("EDIT_WINDOW_CLOSED", description="Too late to edit this message.")
    LAST_OWNER = strawberry.enum_value("LAST_OWNER", description="The last owner must hand over before leaving.")
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="This key was used before, for another input."
    )
    LIMIT_EXCEEDED = strawberry.enum_value("LIMIT_EXCEEDED", description="More than a bound of this server.")
    QUERY_TOO_COMPLEX = strawberry.enum_value("QUERY_TOO_COMPLEX", description="The document asks for too much.")
    PAYLOAD_TOO_LARGE = strawberry.enum_value("PAYLOAD_TOO_LARGE", description="The request's body is too large.")
    GRAPHQL_PARSE_FAILED = strawberry.enum_value("GRAPHQL_PARSE_FAILED", description="The document is no GraphQL.")
    GRAPHQL_VALIDATION_FAILED = strawberry.enum_value(
        "GRAPHQL_VALIDATION_FAILED", description="The document does not fit the schema."
    )
    OPERATION_RESOLUTION_FAILURE = strawberry.enum_value(
        "OPERATION_RESOLUTION_FAILURE", description="Which operation to run is not said, or it does not exist."
    )
    PERSISTED_QUERY_NOT_FOUND = strawberry.enum_value(
        "PERSISTED_QUERY_NOT_FOUND", description="No document of this id: send it in full once."
    )
    BAD_REQUEST = strawberry.enum_value("BAD_REQUEST", description="The HTTP request is malformed.")
    METHOD_NOT_ALLOWED = strawberry.enum_value("METHOD_NOT_ALLOWED", description="Not by this HTTP method.")
    UNSUPPORTED_MEDIA_TYPE = strawberry.enum_value("UNSUPPORTED_MEDIA_TYPE", description="Not in this content type.")
    PERSISTED_QUERY_NOT_SUPPORTED = strawberry.enum_value(
        "PERSISTED_QUERY_NOT_SUPPORTED", description="This server takes no documents by id."
    )
    PERSISTED_QUERY_REQUIRED = strawberry.enum_value(
        "PERSISTED_QUERY_REQUIRED", description="This server runs the documents of its manifest alone."
    )
    TIMEOUT = strawberry.enum_value(
        "TIMEOUT", description="This took too long and was stopped; a mutation that answers so has changed nothing."
    )
    UNAVAILABLE = strawberry.enum_value("UNAVAILABLE", description="The server cannot answer now: try again.")
    INTERNAL_SERVER_ERROR = strawberry.enum_value(
        "INTERNAL_SERVER_ERROR", description="A fault of the server; `requestId` finds it in the log."
    )


CODES: dict[type[Exception], ErrorCode] = {
    accounts.NotFound: ErrorCode.NOT_FOUND,
    accounts.Taken: ErrorCode.TAKEN,
    accounts.TooLarge: ErrorCode.LIMIT_EXCEEDED,
    accounts.InvalidCredentials: ErrorCode.INVALID_CREDENTIALS,
    accounts.TooOften: ErrorCode.RATE_LIMITED,
    accounts.AlreadyVerified: ErrorCode.CONFLICT,
    accounts.Blocked: ErrorCode.BLOCKED,
    accounts.TokenInvalid: ErrorCode.TOKEN_INVALID,
    accounts.TokenExpired: ErrorCode.TOKEN_EXPIRED,
    accounts.TokenReused: ErrorCode.TOKEN_REUSED,
    messaging.Conflict: ErrorCode.CONFLICT,
    messaging.LimitExceeded: ErrorCode.LIMIT_EXCEEDED,
    messaging.EditWindowClosed: ErrorCode.EDIT_WINDOW_CLOSED,
    messaging.LastOwner: ErrorCode.LAST_OWNER,
    messaging.IdempotencyKeyReused: ErrorCode.IDEMPOTENCY_KEY_REUSED,
    ValidationError: ErrorCode.BAD_USER_INPUT,
    PermissionDenied: ErrorCode.FORBIDDEN,
    ObjectDoesNotExist: ErrorCode.NOT_FOUND,
}
REFUSALS = tuple(CODES)


def code_of(refusal: Exception) -> ErrorCode:
    """The code of the nearest class in the table."""
    return next(CODES[kind] for kind in type(refusal).__mro__ if kind in CODES)


@strawberry.type(description="One reason why a mutation was refused.")
class UserError:
    code: ErrorCode = strawberry.field(description="What to act on.")
    message: str = strawberry.field(description="A sentence for people.")
    field: str | None = strawberry.field(
        default=None, description="The name inside the input, dotted: `title`, `userIds.3`. Null: all of it."
    )
    retry_after: int | None = strawberry.field(default=None, description="Seconds to wait before trying again.")


@strawberry.interface(description="What every mutation returns: an object, or the errors that say why there is none.")
class Payload:
    errors: list[UserError] = strawberry.field(default_factory=list, description="Empty on success.")


def user_errors(refusal: Exception) -> list[UserError]:
    code = code_of(refusal)
    retry_after = getattr(refusal, "retry_after", None)
    return [
        UserError(code=code, message=message, field=field, retry_after=retry_after)
        for field, message in _sentences(refusal)
    ]


def _sentences(refusal: Exception) -> Iterator[tuple[str | None, str]]:
    """(field, sentence) for each thing that is wrong."""
    if isinstance(refusal, ObjectDoesNotExist):
        yield None, "Not found."
    elif not isinstance(refusal, ValidationError):
        yield None, str(refusal)
    elif hasattr(refusal, "error_dict"):
        for field, sentences in refusal.message_dict.items():
            for sentence in sentences:
                yield None if field == NON_FIELD_ERRORS else to_camel_case(field), sentence
    else:
        for sentence in refusal.messages:
            yield None, sentence


class RefusalsBecomeErrors(FieldExtension):
    """The one place where a refusal of a mutation becomes `payload.errors`.

    A service's change is one transaction, so what was refused has left nothing behind.
    """

    def apply(self, field: Any) -> None:
        self.payload = field.type
        assert issubclass(self.payload, Payload), f"{field.python_name} must return a Payload"

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        begin_change()
        if info.context.person is not None:
            pages.forget(info.context.person)  # the viewer, as the field before has shown them
        try:
            return self._run(lambda: next_(source, info, **arguments))
        except REFUSALS as refusal:
            note_codes(info.context.request, [str(code_of(refusal).value)])
            return self.payload(errors=user_errors(refusal))

    def _run(self, change: Callable[[], Any]) -> Any:
        """Runs a change, and once more if the database rolled it back to let another one pass."""
        try:
            return change()
        except DatabaseError as error:
            if not was_rolled_back(error):
                raise
        return change()


def timed_out(error: BaseException | None) -> bool:
    """Whether the deadline has passed, or PostgreSQL's statement_timeout."""
    return isinstance(error, TimedOut) or getattr(getattr(error, "__cause__", None), "sqlstate", None) == CANCELED


def was_rolled_back(error: DatabaseError) -> bool:
    """Whether this is certain to have left nothing behind, so that trying again cannot do it twice: a constraint that
    another transaction met first, a deadlock, a lock not given in time, SQLite's "database is locked"."""
    cause = error.__cause__
    return (
        isinstance(error, IntegrityError)
        or getattr(cause, "sqlstate", None) in ROLLED_BACK
        or getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")
    )


# ── top-level errors ────────────────────────────────────────────────────────────────────────────────────────────────


def describe(error: GraphQLError, *, request_id: str) -> dict[str, Any]:
    """A top-level error as the client sees it: always with a code, never with the text of an unforeseen exception."""
    code, message, extra = _classify(error, request_id)
    shown: dict[str, Any] = {"message": message, "extensions": {"code": code.value, **extra}}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shown["path"] = error.path
    return shown


def _classify(error: GraphQLError, request_id: str) -> tuple[ErrorCode, str, dict[str, Any]]:
    # graphql-core gives its own errors as the cause where variables do not fit; those are no exceptions of ours.
    cause = None if isinstance(error.original_error, GraphQLError) else error.original_error
    if isinstance(cause, REFUSALS):
        field, sentence = next(_sentences(cause))
        return code_of(cause), sentence, {"field": field} if field else {}
    if timed_out(cause):
        return ErrorCode.TIMEOUT, "This took too long and was stopped: ask for less, or try again in a moment.", {}
    if isinstance(cause, UNREACHABLE):
        logger.error("database unavailable", exc_info=cause, extra={"request_id": request_id})
        return ErrorCode.UNAVAILABLE, "The server cannot answer now: try again in a moment.", {}
    if isinstance(cause, UnknownKind):
        return ErrorCode.UNAVAILABLE, "The server is being updated: try again in a moment.", {}
    if error.extensions and "code" in error.extensions:
        extra = {key: value for key, value in error.extensions.items() if key != "code"}
        return ErrorCode(error.extensions["code"]), error.message, extra
    if isinstance(error, GraphQLSyntaxError):
        return ErrorCode.GRAPHQL_PARSE_FAILED, error.message, {}
    if isinstance(error, UnknownOperation):
        return ErrorCode.OPERATION_RESOLUTION_FAILURE, error.message, {}
    if cause is None and error.path is None:  # the variables do not fit their types
        return ErrorCode.BAD_USER_INPUT, _without_suggestion(error.message), {}
    logger.error("unforeseen exception", exc_info=cause or error, extra={"request_id": request_id})
    return ErrorCode.INTERNAL_SERVER_ERROR, "Internal server error", {"requestId": request_id}


def code_validation_errors(errors: list[GraphQLError]) -> None:
    """Puts the code on what validation found: later nothing tells it from variables that do not fit."""
    for error in errors:
        error.message = _without_suggestion(error.message)
        misfit = error.nodes is not None and isinstance(error.nodes[0], IntValueNode)  # `first: 2147483648`
        code = ErrorCode.BAD_USER_INPUT if misfit else ErrorCode.GRAPHQL_VALIDATION_FAILED
        error.extensions = {"code": code.value}


def _without_suggestion(message: str) -> str:
    """Where introspection is off, a suggestion would be introspection by guessing."""
    return message if settings.INTROSPECTION else message.split(" Did you mean", 1)[0]
