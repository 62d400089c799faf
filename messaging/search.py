"""Search: what is looked for in messages, and the index that answers it.

The database keeps the index itself, so that whatever changes a message changes the index in the same transaction.
PostgreSQL has its own full text search: a generated column with a GIN index. SQLite has FTS5, kept by triggers:
substrings of three letters and more. docs/search.md says what finds what.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.management import CommandError
from django.db import DatabaseError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, FloatField, QuerySet, TextField
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:  # config/checks.py reads this module before there are models
    from messaging.models import Message

MAX_QUERY_LENGTH = 200
AMONG = 1_000  # the newest messages that fit, of which the best are shown first
SHORTEST = 3  # letters of a word that FTS5's trigrams find
LANGUAGES = {
    "simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english",
    "finnish", "french", "german", "greek", "hindi", "hungarian", "indonesian", "irish",
    "italian", "lithuanian", "nepali", "norwegian", "portuguese", "romanian", "russian", "serbian",
    "spanish", "swedish", "tamil", "turkish", "yiddish",
}  # fmt: skip
"""PostgreSQL's own text search configurations; `simple` knows no grammar and so fits every language."""


def check_query(text: str, field: str) -> str:
    """The text as it is looked for. Raises ValidationError."""
    text = unicodedata.normalize("NFKC", text.strip())
    if not 1 <= len(text) <= MAX_QUERY_LENGTH:
        raise ValidationError({field: f"A search has 1 to {MAX_QUERY_LENGTH} characters."})
    return text


def matching(messages: QuerySet[Message], text: str) -> QuerySet[Message]:
    """Those of these messages that say what is looked for."""
    if connection.vendor == "postgresql":
        return messages.filter(_sql(f"messaging_message.search @@ {QUERY}", [_plain(text)], BooleanField()))
    wanted = _read(text)
    if wanted.expression:
        found = "messaging_search MATCH %s"
        return messages.filter(_indexed(found, [wanted.expression]))
    if not wanted.words:
        return messages.none()
    return messages.filter(_indexed(" AND ".join(["instr(text, %s)"] * len(wanted.words)), wanted.words))


def ranked(messages: QuerySet[Message], text: str) -> list[tuple[float, int]]:
    """(how well it fits, primary key) of each of these messages, all of which match.

    The figure depends on the message alone, so that a page of results holds its place when others come and go.
    """
    if connection.vendor == "postgresql":
        rank = _sql(f"ts_rank(messaging_message.search, {QUERY})", [_plain(text)], FloatField())
        return list(messages.values_list(rank, "pk"))
    folded = _sql("(SELECT text FROM messaging_search WHERE rowid = messaging_message.id)", [], TextField())
    words = _read(text).words
    return [(_occurrences(words, body), pk) for body, pk in messages.values_list(folded, "pk")]


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────────

QUERY = "websearch_to_tsquery('parley', %s)"
LONE_MINUS = re.compile(r'-(?![\w"])')
"""A minus before nothing, of which PostgreSQL takes no more than 32 after one another."""
# insufficient_privilege, undefined_file, feature_not_supported (PostgreSQL, appendix A)
NO_UNACCENT = {"42501", "58P01", "0A000"}


def _plain(text: str) -> str:
    return LONE_MINUS.sub(" ", text)


def _build_postgresql(connection: BaseDatabaseWrapper, language: str) -> None:
    """A text search configuration `parley`: the language's own, which looks away from accents."""
    stemmer = "simple" if language == "simple" else f"{language}_stem"
    try:
        _execute(connection, "CREATE EXTENSION IF NOT EXISTS unaccent")
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) not in NO_UNACCENT:
            raise
        raise CommandError(
            "Search needs PostgreSQL's extension `unaccent`, and it cannot be made here. Install it (Debian: in"
            " postgresql itself; elsewhere postgresql-contrib), and let the owner of the database migrate, or a"
            " superuser run once: CREATE EXTENSION unaccent;"
        ) from error
    _execute(
        connection,
        f"CREATE TEXT SEARCH CONFIGURATION parley (COPY = pg_catalog.{language})",
        "ALTER TEXT SEARCH CONFIGURATION parley"
        f" ALTER MAPPING FOR word, hword, hword_part WITH unaccent, pg_catalog.{stemmer}",
        f"COMMENT ON TEXT SEARCH CONFIGURATION parley IS '{language}'",
        "ALTER TABLE messaging_message ADD COLUMN search tsvector"
        " GENERATED ALWAYS AS (to_tsvector('parley', normalize(body, NFKC))) STORED",
        "CREATE INDEX message_search ON messaging_message USING gin (search)",
        "ANALYZE messaging_message",  # how often words are is what the planner goes by
    )


def _drop_postgresql(connection: BaseDatabaseWrapper) -> None:
    _execute(
        connection,
        "ALTER TABLE messaging_message DROP COLUMN IF EXISTS search",
        "DROP TEXT SEARCH CONFIGURATION IF EXISTS parley",
    )


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FOLD = "parley_fold"
"""`fold`, in SQL: every connection of ours knows it, and the triggers need it."""
TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
TRIGGERS = {
    "messaging_search_sent": "AFTER INSERT ON messaging_message WHEN new.body <> '' BEGIN"  # noqa: S608 - ours
    f" INSERT INTO messaging_search (rowid, text) VALUES (new.id, {FOLD}(new.body)); END",
    "messaging_search_edited": "AFTER UPDATE OF body ON messaging_message BEGIN"  # noqa: S608 - ours
    " DELETE FROM messaging_search WHERE rowid = old.id;"
    f" INSERT INTO messaging_search (rowid, text) SELECT new.id, {FOLD}(new.body) WHERE new.body <> ''; END",
    "messaging_search_gone": "AFTER DELETE ON messaging_message BEGIN"
    " DELETE FROM messaging_search WHERE rowid = old.id; END",
}


class Wanted(NamedTuple):
    """What is looked for, for FTS5."""

    words: list[str]
    """The words and phrases that count for the rank."""
    expression: str
    """A query of FTS5; empty when nothing is long enough for its index."""


def fold(text: str) -> str:
    """Without case and accents."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


def know_fold(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """For each new connection (the signal `connection_created`)."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(FOLD, 1, fold, deterministic=True)


def _read(text: str) -> Wanted:
    """PostgreSQL's websearch syntax: words, "phrases", -without, or. What is too short for the index is looked for
    letter by letter if there is nothing else, and passed over beside it."""
    alternatives: list[tuple[list[str], list[str]]] = [([], [])]
    for minus, phrase, word in TERM.findall(fold(text)):
        if word == "or" and not minus:
            alternatives.append(([], []))
        elif term := phrase.strip() or word:
            alternatives[-1][bool(minus)].append(term)
    parts = []
    for wanted, without in alternatives:
        long = [_quoted(term) for term in wanted if len(term) >= SHORTEST]
        excluded = [f" NOT {_quoted(term)}" for term in without if len(term) >= SHORTEST]
        if long:
            parts.append(f"({' AND '.join(long)}{''.join(excluded)})")
    return Wanted([term for wanted, _ in alternatives for term in wanted], " OR ".join(parts))


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _occurrences(words: list[str], body: str) -> float:
    return float(sum(body.count(word) for word in words))


def _indexed(condition: str, params: list[str]) -> RawSQL:
    sql = f"messaging_message.id IN (SELECT rowid FROM messaging_search WHERE {condition})"  # noqa: S608 - ours
    return _sql(sql, params, BooleanField())


def _build_sqlite(connection: BaseDatabaseWrapper) -> None:
    try:
        _execute(connection, "CREATE VIRTUAL TABLE messaging_search USING fts5(text, tokenize = 'trigram')")
    except DatabaseError as error:
        raise CommandError(
            f"Search needs FTS5 with trigrams, SQLite 3.34 or newer; this Python has none ({error}). Use PostgreSQL."
        ) from error
    _execute(
        connection,
        f"INSERT INTO messaging_search (rowid, text) SELECT id, {FOLD}(body) FROM messaging_message WHERE body <> ''",  # noqa: S608 - ours
        *(f"CREATE TRIGGER {name} {trigger}" for name, trigger in TRIGGERS.items()),
    )


def _drop_sqlite(connection: BaseDatabaseWrapper) -> None:
    _execute(
        connection,
        *(f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS),
        "DROP TABLE IF EXISTS messaging_search",
    )


# ── the index ───────────────────────────────────────────────────────────────────────────────────────────────────────


def build(connection: BaseDatabaseWrapper, language: str) -> None:
    """Makes the index, of all that there is. Raises CommandError when the database cannot have one."""
    if language not in LANGUAGES:
        raise CommandError(f"SEARCH_LANGUAGE: {language!r} is not known.")
    if connection.vendor == "postgresql":
        _build_postgresql(connection, language)
    else:
        _build_sqlite(connection)


def drop(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor == "postgresql":
        _drop_postgresql(connection)
    else:
        _drop_sqlite(connection)


def language_of(connection: BaseDatabaseWrapper) -> str | None:
    """For which SEARCH_LANGUAGE the index was made; None where that makes no difference, or there is none yet."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT obj_description(oid, 'pg_ts_config') FROM pg_ts_config"
            " WHERE cfgname = 'parley' AND pg_ts_config_is_visible(oid)"
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _execute(connection: BaseDatabaseWrapper, *statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _sql(sql: str, params: list[str], kind: Any) -> RawSQL:
    # What users say is in the parameters.
    return RawSQL(sql, params, output_field=kind)  # noqa: S611
