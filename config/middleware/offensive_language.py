"""Offensive language: every text that a mutation would store is looked at before anything is done.

Words come from glin-profanity's list of each of `OFFENSIVE_LANGUAGES`, with `OFFENSIVE_WORDS` added and
`ALLOWED_WORDS` taken out; it sees through leetspeak and look-alike letters, and lets "Scunthorpe" pass.
"""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from glin_profanity import Filter

from config.middleware.guard import Guard
from schema.documents import operation_of
from schema.responses import Refused
from schema.texts import stored_texts

# On the list, and said every day by people who mean no harm: nobody's "how to kill a process" is refused.
EVERYDAY = (
    "big black", "bondage", "bs", "busty", "butt", "domination", "escort", "fecal", "fingering", "girl on",
    "hard core", "hardcore", "hoe", "hooker", "how to kill", "jelly donut", "lolita", "octopussy", "playboy", "scat",
    "simp", "skeet", "snatch", "suck", "sucks", "tainted love", "taste my", "tied up", "tongue in a", "twinkie", "xx",
    "xxx",
)  # fmt: skip
MAX_LENGTH = 10_000  # no field takes more, and looking costs time


@lru_cache(maxsize=8)
def word_filter(languages: tuple[str, ...], more: tuple[str, ...], allowed: tuple[str, ...]) -> Filter:
    return Filter(
        {
            "languages": list(languages),
            "custom_words": list(more),
            "ignore_words": list(allowed),
            "whitelist": list(allowed),
            "detect_leetspeak": True,
        }
    )


def is_offensive(text: str) -> bool:
    """By the words of the settings."""
    words = word_filter(
        tuple(settings.OFFENSIVE_LANGUAGES), tuple(settings.OFFENSIVE_WORDS), (*EVERYDAY, *settings.ALLOWED_WORDS)
    )
    return bool(words.check_profanity(text[:MAX_LENGTH])["contains_profanity"])


class OffensiveLanguage(Guard):
    def check(self, request: HttpRequest) -> None:
        if settings.OFFENSIVE_LANGUAGE == "off":
            return
        for field, text in stored_texts(operation_of(request)):
            if is_offensive(text):
                raise Refused("The text holds an offensive word.", status=None, code="OFFENSIVE_LANGUAGE", field=field)
