"""What is an emoji: exactly one of Unicode's list, in one spelling."""

from django.core.exceptions import ValidationError
from emoji import EMOJI_DATA, STATUS

VARIATION = "\ufe0f"
"""Asks for the colourful form. Keyboards put it in or leave it out, and both show the same (Unicode TS #51, 1.4.3)."""

FULL = {
    emoji.replace(VARIATION, ""): emoji
    for emoji, data in EMOJI_DATA.items()
    if data["status"] == STATUS["fully_qualified"]
}
"""Each emoji as Unicode recommends to write it, by its spelling without variations: one for each (emoji-test.txt)."""


def clean_emoji(text: str) -> str:
    """The emoji in its full spelling, so that the same one is equal. Flags, keycaps, skin tones and families are one.

    Raises ValidationError for what is none, or several, or a mere part of one.
    """
    found = FULL.get(text.strip().replace(VARIATION, ""))
    if found is None:
        raise ValidationError({"emoji": "A reaction is exactly one emoji."})
    return found
