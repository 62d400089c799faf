"""Documents by id: Apollo's automatic persisted queries, and documents that are known beforehand, from a manifest.

An id is `sha256:` and the SHA-256 of the document's text in hexadecimal (GraphQL over HTTP, appendix A), sent as
`documentId` or, without the prefix, as Apollo's `extensions.persistedQuery.sha256Hash`; or it is a key of the manifest.
`PERSISTED_DOCUMENTS` says what is taken: `off`, nothing by id; `on`, what the manifest holds and what clients have sent
in full before; `only`, what the manifest holds, by id or in full, and nothing else: trusted documents.
"""

import json
import logging
import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from graphql import GraphQLError, parse

from schema.responses import Refused

logger = logging.getLogger("parley.persisted")

MODES = ("off", "on", "only")
PREFIX = "sha256:"
HASH = re.compile("[0-9a-f]{64}")
APOLLO_MANIFEST = "apollo-persisted-query-manifest"
# What strangers send is kept in so many places, 32 MB at most. A document takes the place over from another that it
# meets there, and the other's client sends it again: clients of automatic persisted queries are made for that.
PLACES = 4_096
MAX_BYTES = 8 * 1024
KEPT_FOR = 24 * 60 * 60  # seconds


def id_of(text: str) -> str:
    return PREFIX + sha256(text.encode()).hexdigest()


def requested_id(document_id: str | None, extensions: dict[str, Any]) -> str | None:
    """What a request names its document by: `documentId`, or Apollo's hash. Raises Refused."""
    asked = extensions.get("persistedQuery")
    if document_id is not None or asked is None:
        return document_id
    if not isinstance(asked, dict) or asked.get("version") != 1:
        raise Refused("`persistedQuery` has the version 1 and a `sha256Hash`.")
    if not isinstance(asked.get("sha256Hash"), str) or not HASH.fullmatch(asked["sha256Hash"]):
        raise Refused("`sha256Hash` is a SHA-256 in hexadecimal, small letters.")
    return PREFIX + str(asked["sha256Hash"])


def text_of(text: str | None, document_id: str | None) -> str:
    """The text to run, from what the request gives of both. Raises Refused."""
    if text is None or not text.strip():
        if document_id is None:
            raise Refused("The request has no `query`.")
        return _find(document_id)
    if document_id is not None and document_id != id_of(text):
        raise Refused("The id is not the SHA-256 of `query`.")
    if settings.PERSISTED_DOCUMENTS == "only" and id_of(text) not in _manifest():
        raise Refused(
            "This server runs the documents of its manifest alone.", status=None, code="PERSISTED_QUERY_REQUIRED"
        )
    return text


def keep(text: str, document_id: str | None) -> None:
    """Remembers a document that came with its id, and has been run: so it fits the limits and the schema."""
    if settings.PERSISTED_DOCUMENTS != "on" or document_id is None or document_id in _manifest():
        return
    if len(text.encode()) > MAX_BYTES:
        return
    try:
        cache.set(_place(document_id), text, timeout=KEPT_FOR)
    except Exception as wrong:  # whatever the cache's client raises: the answer does not need it
        logger.warning("A persisted document could not be kept: %s", wrong)


def _find(document_id: str) -> str:
    """Apollo Client looks at these two messages, and then sends the document in full."""
    if settings.PERSISTED_DOCUMENTS == "off":
        raise Refused("PersistedQueryNotSupported", status=None, code="PERSISTED_QUERY_NOT_SUPPORTED")
    text = _manifest().get(document_id)
    if text is None and settings.PERSISTED_DOCUMENTS == "on":
        text = _kept(document_id)
    if text is None:
        raise Refused("PersistedQueryNotFound", status=None, code="PERSISTED_QUERY_NOT_FOUND")
    return text


def _kept(document_id: str) -> str | None:
    if not document_id.startswith(PREFIX) or not HASH.fullmatch(document_id.removeprefix(PREFIX)):
        return None
    try:
        text = cache.get(_place(document_id))
    except Exception as wrong:  # as in `keep`: the client sends the document in full
        logger.warning("Persisted documents cannot be looked up: %s", wrong)
        return None
    return text if isinstance(text, str) and id_of(text) == document_id else None


def _place(document_id: str) -> str:
    return f"persisted:{int(document_id[-8:], 16) % PLACES}"


# ── the manifest ────────────────────────────────────────────────────────────────────────────────────────────────────


def _manifest() -> dict[str, str]:
    return read_manifest(settings.PERSISTED_DOCUMENTS_FILE) if settings.PERSISTED_DOCUMENTS_FILE else {}


@lru_cache(maxsize=1)
def read_manifest(path: str) -> dict[str, str]:
    """Id → text, each text under its own id and under that of its hash; read once. Raises ValueError, OSError."""
    known: dict[str, str] = {}
    for given, text in _entries(json.loads(Path(path).read_text("utf-8"))).items():
        _check(given, text)
        known |= {given: text, id_of(text): text}
        if HASH.fullmatch(given):
            known[PREFIX + given] = text
    if not known:
        raise ValueError("it holds no document")
    return known


def _entries(manifest: Any) -> dict[str, Any]:
    """Of the three forms: {id: text}, as graphql-codegen and Relay write it, and Apollo's list of operations."""
    if not isinstance(manifest, dict):
        raise ValueError("it is not a JSON object")
    if manifest.get("format") != APOLLO_MANIFEST:
        return manifest
    operations = manifest.get("operations")
    if not isinstance(operations, list) or not all(isinstance(one, dict) and one.get("id") for one in operations):
        raise ValueError("its operations are not a list of objects with an id")
    return {str(one["id"]): one.get("body") for one in operations}


def _check(document_id: str, text: Any) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{document_id} is not a text")
    if document_id.startswith(PREFIX) and document_id != id_of(text):
        raise ValueError(f"{document_id} is not the SHA-256 of its document")
    try:
        parse(text, no_location=True)
    except GraphQLError as error:
        raise ValueError(f"{document_id} is not GraphQL, {error.message}") from None
