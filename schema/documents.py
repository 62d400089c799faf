"""From an HTTP request to the operation it asks for: body → document (parsed once, cached), operation, variables.

The first guard that wants to know puts the operation on the request; every later guard and the view read it there.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, UnreadablePostError
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TokenKind,
    parse,
)

from schema import persisted, uploads
from schema.responses import Refused

T = TypeVar("T")
MAX_CACHED_LENGTH = 16_000  # longer documents are parsed anew each time, so that the cache stays some tens of megabytes
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
GRAPHQL_PATHS = ("/graphql", "/graphql/")
JSON_TYPES = ("application/json", "application/graphql-response+json")


class UnknownOperation(GraphQLError):
    """The document holds several operations, or none, or none of the name that was asked for."""


@dataclass(slots=True)
class Document:
    """A parsed document, shared by all requests that send its text. The schema fills in what it has found out about it:
    `validation_errors`, what its operations cost (schema/limits.py), and what is run for them (schema/compiled)."""

    node: DocumentNode
    operations: dict[str | None, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    validation_errors: list[GraphQLError] | None = None
    costs: dict[Hashable, int] = field(default_factory=dict)
    compiled: dict[str | None, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Operation:
    """What one request asks for. `error` says why it cannot be run, and then there is no definition."""

    text: str
    name: str | None
    variables: dict[str, Any]
    extensions: dict[str, Any] = field(default_factory=dict)
    offered_id: str | None = None
    """By which a document that came in full may be asked for later."""
    document: Document | None = None
    definition: OperationDefinitionNode | None = None
    error: GraphQLError | None = None

    @property
    def type(self) -> OperationType | None:
        return self.definition.operation if self.definition else None

    def asks_for(self, field: str) -> bool:
        """Whether this field is at the top of it, under whichever alias."""
        return field in self.text and any(node.name.value == field for node in root_fields(self))


def operation_of(request: HttpRequest) -> Operation:
    """The operation of a request, parsed at the first call and kept on the request. Raises Refused."""
    kept: Operation | Refused | None = getattr(request, "operation", None)
    if kept is None:
        try:
            kept = _read(request)
        except Refused as refusal:
            kept = refusal
        request.operation = kept  # type: ignore[attr-defined]
    if isinstance(kept, Refused):
        raise kept
    return kept


def _read(request: HttpRequest) -> Operation:
    return operation_from(_params_of(request))


def operation_from(params: dict[str, Any]) -> Operation:
    """What a request's or a message's parameters ask for. Raises Refused."""
    extensions = _expect(params, "extensions", dict) or {}
    document_id = persisted.requested_id(_expect(params, "documentId", str), extensions)
    sent = _expect(params, "query", str)
    operation = Operation(
        text=persisted.text_of(sent, document_id),
        name=_expect(params, "operationName", str) or None,
        variables=_expect(params, "variables", dict) or {},
        extensions=extensions,
        offered_id=document_id if sent else None,
    )
    try:
        operation.document = parse_document(operation.text)
        operation.definition = _choose(operation.document, operation.name)
        operation.name = operation.definition.name.value if operation.definition.name else None
    except GraphQLError as error:
        operation.error = error
    return operation


def root_fields(operation: Operation) -> list[FieldNode]:
    """The fields at the top of an operation, those in fragments included: one for each name in the answer.

    `@skip` and `@include` are not looked at: what might be done is taken for done.
    """
    found: dict[str, FieldNode] = {}
    if operation.document and operation.definition:
        _collect(operation.definition.selection_set, operation.document.fragments, found, set())
    return list(found.values())


def _collect(
    selections: SelectionSetNode,
    fragments: dict[str, FragmentDefinitionNode],
    found: dict[str, FieldNode],
    visited: set[str],
) -> None:
    for node in selections.selections:
        if isinstance(node, FieldNode):
            found.setdefault((node.alias or node.name).value, node)
        elif isinstance(node, InlineFragmentNode):
            _collect(node.selection_set, fragments, found, visited)
        elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
            visited.add(node.name.value)
            if node.name.value in fragments:
                _collect(fragments[node.name.value].selection_set, fragments, found, visited)


def parse_document(text: str) -> Document:
    """Raises GraphQLError for what is not GraphQL, Refused for a text in it that nobody could store."""
    return _cached(text) if len(text) <= MAX_CACHED_LENGTH else _parse(text)


def _parse(text: str) -> Document:
    node = _parse_tokens(text)
    for string in _strings(node):
        _check_storable(string)
    document = Document(node, {}, {})
    for definition in node.definitions:
        if isinstance(definition, OperationDefinitionNode):
            document.operations[definition.name.value if definition.name else None] = definition
        elif isinstance(definition, FragmentDefinitionNode):
            document.fragments[definition.name.value] = definition
    return document


def _parse_tokens(text: str) -> DocumentNode:
    """Counts tokens before it builds anything of them."""
    limit = settings.GRAPHQL_LIMITS["tokens"]
    try:
        return parse(text, max_tokens=limit)
    except GraphQLSyntaxError as error:
        if "tokens" not in error.message:
            raise
        sentence = f"The document asks for too much. Tokens: at most {limit:,}."
        raise Refused(sentence, status=None, code="QUERY_TOO_COMPLEX", limit=limit) from None


_cached = lru_cache(maxsize=500)(_parse)


def _choose(document: Document, name: str | None) -> OperationDefinitionNode:
    """GetOperation of the specification, 6.1; two operations without a name never run "the first one"."""
    found = [node for node in document.node.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None and len(found) == 1:
        return found[0]
    if name is None:
        raise UnknownOperation("The document has no operation." if not found else "Say which operation: operationName.")
    if name not in document.operations:
        raise UnknownOperation("The document has no operation of this name.")
    return document.operations[name]


def _params_of(request: HttpRequest) -> dict[str, Any]:
    if request.method not in ("GET", "POST"):
        raise Refused("Use GET or POST.", status=405, code="METHOD_NOT_ALLOWED", headers={"Allow": "GET, POST"})
    _check_media_type(request)
    try:
        params = _given_to(request)
    except RequestDataTooBig:
        raise Refused("The body is too large.", status=413, code="PAYLOAD_TOO_LARGE") from None
    except (SuspiciousOperation, UnreadablePostError):  # too many parameters; the client went away
        raise Refused("The request could not be read.") from None
    if not isinstance(params, dict):
        raise Refused("The body must be one JSON object; batches are not accepted.")
    return params


def _given_to(request: HttpRequest) -> Any:
    if request.method == "GET":
        return _query_string_of(request)
    return _form_of(request) if request.content_type == uploads.MULTIPART else decode_json(request.body)


def _form_of(request: HttpRequest) -> Any:
    """Raises Refused, RequestDataTooBig."""
    uploads.check_can_upload(request)
    operations, places, files = uploads.read_fields(request)
    return uploads.put_in_place(decode_json(operations), decode_json(places), files)


def _check_media_type(request: HttpRequest) -> None:
    charset = (request.content_params or {}).get("charset", "utf-8")  # Django would decode a query string with it, too
    is_known = request.method == "GET" or request.content_type in (*JSON_TYPES, uploads.MULTIPART)
    if not is_known or charset.lower() not in ("utf-8", "utf8"):
        raise Refused("Send application/json in UTF-8.", status=415, code="UNSUPPORTED_MEDIA_TYPE")


def _query_string_of(request: HttpRequest) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.GET.items())
    for name in ("variables", "extensions"):
        if params.get(name):
            params[name] = decode_json(params[name].encode())
    return params


def decode_json(body: bytes) -> Any:
    """Raises Refused."""
    try:
        decoded = orjson.loads(body)
        if b"\\u" in body:  # else there is no way: neither JSON nor UTF-8 has a NUL as it is
            for string in _texts(decoded):
                _check_storable(string)
    except (ValueError, RecursionError):
        raise Refused("The request is not valid JSON in UTF-8.") from None
    return decoded


def _expect(params: dict[str, Any], name: str, kind: type[T]) -> T | None:
    value: T | None = params.get(name)
    if value is not None and not isinstance(value, kind):
        raise Refused(f"`{name}` has the wrong type.")
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _strings(node: DocumentNode) -> Iterator[str]:
    token = node.loc.start_token if node.loc else None
    while token is not None:
        if token.kind in (TokenKind.STRING, TokenKind.BLOCK_STRING):
            yield token.value or ""
        token = token.next


def _check_storable(text: str) -> None:
    """No database stores a NUL, and UTF-8 has no lone surrogates."""
    if UNSTORABLE.search(text):
        raise Refused("A text holds a NUL or half of a surrogate pair, which no text has.")
