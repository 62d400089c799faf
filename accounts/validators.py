"""What a name may be made of, and what can be seen of a text."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import Model

# Cc: controls; Zl, Zp: line breaks; Cs: lone surrogates, which no database stores. Of Cf only the bidirectional
# overrides, which make one name look like another: emoji and several scripts need the joiners.
FORBIDDEN_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
BIDIRECTIONAL_CONTROLS = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# Blanks, controls, what Unicode calls default-ignorable (joiners, fillers, selectors, tags), and Braille without a dot.
INVISIBLE = (
    r"\s\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
VISIBLE = re.compile(f"[^{INVISIBLE}]")


def is_visible(text: str) -> bool:
    """Whether there is anything to see. Within a text what is invisible has its work: it joins emoji, for example."""
    return VISIBLE.search(text) is not None


def no_control_characters(text: str) -> None:
    """Refuses control characters, line breaks and bidirectional overrides: a name is one visible line."""
    if any(unicodedata.category(char) in FORBIDDEN_CATEGORIES or char in BIDIRECTIONAL_CONTROLS for char in text):
        raise ValidationError("Control characters are not allowed here.", code="control_characters")
    if not is_visible(text):
        raise ValidationError("There is nothing to see here.", code="invisible")


def only_ascii(text: str) -> None:
    """For e-mail addresses: two letters that only look alike, or that one database lowers and another does not, must
    not make two accounts of one address. International domains are written in Punycode."""
    if not text.isascii():
        raise ValidationError("Only ASCII characters are allowed here.", code="not_ascii")


def check_field(model: type[Model], name: str, value: object) -> None:
    """Asks the model's own field whether it takes this value. Raises ValidationError that names the field."""
    try:
        model._meta.get_field(name).clean(value, None)  # type: ignore[union-attr]
    except ValidationError as wrong:
        raise ValidationError({name: wrong.error_list}) from None
