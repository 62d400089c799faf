"""Offensive language: every text that a mutation would store is looked at before anything is done.

Words come from glin-profanity's list of each of `OFFENSIVE_LANGUAGES`, with `OFFENSIVE_WORDS` added and
`ALLOWED_WORDS` taken out; it sees through leetspeak and look-alike letters, and lets "Scunthorpe" pass.
"""

import re
import string
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from glin_profanity import Filter

from config.middleware.guard import Guard
from schema.documents import operation_of
from schema.responses import Refused
from schema.texts import stored_texts

# On the list, and said every day by people who mean no harm: nobody's "how to kill a process" is refused,
EVERYDAY = (
    "big black", "bondage", "bs", "busty", "butt", "cornhole", "domination", "escort", "eunuch", "fecal", "fingering",
    "girl on", "hard core", "hardcore", "hoe", "hooker", "how to kill", "jelly donut", "kinky", "lolita", "octopussy",
    "panties", "panty", "playboy", "scat", "simp", "skeet", "snatch", "suck", "sucks", "swinger", "tainted love",
    "taste my", "tied up", "tit", "tongue in a", "topless", "twinkie", "undressing", "xx", "xxx",
)  # fmt: skip
# and nobody who speaks of illness, of their body, or of what was done to them.
IN_EARNEST = (
    "anus", "clitoris", "ejaculation", "erotic", "genitals", "incest", "intercourse", "nipple", "nipples", "nude",
    "nudity", "orgasm", "paedophile", "pedophile", "penis", "rape", "raping", "rapist", "rectum", "semen", "sex",
    "sodomy", "swastika", "vagina", "vulva",
)  # fmt: skip
HARMLESS = (*EVERYDAY, *IN_EARNEST)
MAX_LENGTH = 10_000  # no field takes more, and looking costs time

SIGNS = ("🖕",)  # on the list, where glin-profanity looks for words, and so never finds it

WORD = re.compile(r"\w")
ASCII_WORD = re.compile(r"[a-z0-9_]+")  # in a lowered text, as glin-profanity bounds them
INVISIBLE = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
NUMBER = re.compile(r"(?<!\S)[^\s\w]*\d[\d.,:;/()+%€$£#°'\"!?-]*(?!\S)")
PROSE = re.compile(r"(?:[A-Za-z\s;:'\"]|[.,-](?![A-Za-z]))*")  # nothing that is read as a letter, or stands between two
HIDDEN = re.compile(r"(?i:(.)\1\1)|\b[A-Za-z]\s+[A-Za-z]\s+[A-Za-z]\b")  # stretched, or set apart
DOUBLED = re.compile(r"(.)\1", re.IGNORECASE)
AROUND_WORDS = re.compile(r"(?<!\w)_++|(?<!_)_++(?!\w)")  # Markdown's _emphasis_ is no part of a word
SQUARES = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # 🄰, 🅐, 🅰, 🇦: twenty-six each
SEEN_AS = (
    str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
    | str.maketrans("ɑɡցԁһհյոօԛսѵԝ", "aggdhhjnoquvw")
    | {first + place: letter for first in SQUARES for place, letter in enumerate(string.ascii_lowercase)}
)
"""Letters that glin-profanity does not know for Latin ones; none of them is in its lists."""


def plain(text: str) -> str:
    """What a reader sees: no invisible characters, and Latin letters for those that only look like them. Numbers are
    left out: with 4 for a and 5 for s, a telephone number could be anything."""
    if not text.isascii():
        text = INVISIBLE.sub("", text).translate(SEEN_AS)
    return AROUND_WORDS.sub(" ", NUMBER.sub(" ", text)).strip()


@lru_cache(maxsize=8)
def word_filter(
    languages: tuple[str, ...], more: tuple[str, ...], allowed: tuple[str, ...], *, is_ascii: bool
) -> Filter:
    """For a text of ASCII alone there are no look-alike letters to fold, which takes half of its time."""
    words = Filter(
        {
            "languages": list(languages),
            "custom_words": list(more),
            "ignore_words": list(allowed),
            "whitelist": list(allowed),
            "detect_leetspeak": True,
            "normalize_unicode": not is_ascii,
        }
    )
    scanner = words._scanner
    if scanner is not None and scanner._rest_any is not None:
        scanner._rest_any = Phrases(tuple(scanner._rest), scanner._rest_any)
    return words


class Phrases:
    """What is no single word, in glin-profanity one expression that tries each phrase at every place of a text: two
    thirds of all its time. Whether a phrase can be in the text is found out first, by the words of both. It changes no
    verdict: the expression finds phrases as they stand, between the bounds of words, so that each of a phrase's words
    is then one of the text's."""

    def __init__(self, phrases: tuple[str, ...], expression: re.Pattern[str]) -> None:
        self.phrases, self.expression = tuple(phrase.lower() for phrase in phrases), expression
        self.by_word: dict[str, list[str]] = {}
        self.without_words: list[str] = []
        for phrase in self.phrases:
            words = ASCII_WORD.findall(phrase)
            place = self.by_word.setdefault(max(words, key=len), []) if words else self.without_words
            place.append(phrase)
        self.words = frozenset(self.by_word)

    def search(self, lowered: str) -> re.Match[str] | None:
        met = self.words.intersection(ASCII_WORD.findall(lowered))
        possible = [phrase for word in met for phrase in self.by_word[word]] + self.without_words
        is_there = any(phrase in lowered for phrase in possible)
        return self.expression.search(lowered) if is_there else None


def is_profane(words: Filter, text: str) -> bool:
    """glin-profanity's verdict. It looks at a text as it is, with leetspeak read, with doubled letters as one, and put
    together again where it is taken apart; of plain prose all that is the same but for the doubled letters."""
    scanner = words._scanner
    if scanner is not None and text.isascii() and PROSE.fullmatch(text) and not HIDDEN.search(text):
        once = DOUBLED.sub(r"\1", text)
        if not scanner._has_candidate(text) and (once == text or not scanner._has_candidate(once)):
            return False
    return bool(words.is_profane(text))


def is_offensive(text: str) -> bool:
    """By the words of the settings."""
    text = plain(text)[:MAX_LENGTH]
    given = settings.OFFENSIVE_LANGUAGES, settings.OFFENSIVE_WORDS, settings.ALLOWED_WORDS
    signs, words, words_of_ascii = _looked_for(*map(tuple, given))
    if any(sign in text for sign in signs):
        return True
    return is_profane(words_of_ascii if text.isascii() else words, text)


@lru_cache(maxsize=8)
def _looked_for(
    languages: tuple[str, ...], more: tuple[str, ...], allowed: tuple[str, ...]
) -> tuple[list[str], Filter, Filter]:
    """Signs that are no words; and words, for any text and for one of ASCII alone."""
    languages, more, allowed = _words(languages), _words(more), (*HARMLESS, *_words(allowed))
    signs = [sign for sign in (*SIGNS, *more) if not WORD.search(sign) and sign not in allowed]
    any_text, ascii_text = (word_filter(languages, more, allowed, is_ascii=one) for one in (False, True))
    return signs, any_text, ascii_text


def _words(given: Iterable[str]) -> tuple[str, ...]:
    """A list in the environment may have a space after each comma."""
    return tuple(word.strip().lower() for word in given if word.strip())


class OffensiveLanguage(Guard):
    def check(self, request: HttpRequest) -> None:
        if settings.OFFENSIVE_LANGUAGE == "off" or request.method == "GET":  # by GET no mutation is run
            return
        for field, text in stored_texts(operation_of(request)):
            if is_offensive(text):
                raise Refused("The text holds an offensive word.", status=None, code="OFFENSIVE_LANGUAGE", field=field)
