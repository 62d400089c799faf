"""What nobody can see is no text, no title and no name; within a text it may do its work."""

import unicodedata

import pytest

from accounts.validators import is_visible
from tests.messaging.operations import done, gid, refused, say

INVISIBLE = {
    "empty": "",
    "blanks": " \t\n\u00a0\u2003\u3000\u1680",
    "controls": "\0\x1b\x7f\x85",
    "zero width": "\u200b\u200c\u200d\ufeff",
    "word joiner": "\u2060",
    "invisible operators": "\u2061\u2062\u2063\u2064",
    "soft hyphens": "\xad\xad",
    "directions": "\u200e\u200f\u061c\u202e\u2066\u2069",
    "Hangul fillers": "\u115f\u1160\u3164\uffa0",
    "Khmer inherent vowels": "\u17b4\u17b5",
    "Mongolian selectors": "\u180b\u180e\u180f",
    "grapheme joiner": "\u034f",
    "variation selectors": "\ufe00\ufe0f\U000e0100\U000e01ef",
    "tags": "\U000e0001\U000e0061\U000e007f",
    "shorthand controls": "\U0001bca0",
    "musical controls": "\U0001d173",
    "an empty Braille cell": "\u2800",
    "all of it": " \u200b\u3164\u2800\ufe0f ",
}
VISIBLE = {
    "a letter": "x",
    "a family": "👩‍👩‍👧‍👦",
    "a flag of tags": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a heart with a selector": "❤️",
    "Persian with a non-joiner": "می‌خواهم",
    "Hangul": "안녕",
    "Khmer": "សួស្តី",
    "Braille": "⠓⠑⠇⠇⠕",
    "Mongolian": "ᠮᠣᠩᠭᠣᠯ",
    "a dot among zero widths": "\u200b.\u200b",
}
seen = pytest.mark.parametrize("text", VISIBLE.values(), ids=VISIBLE)
unseen = pytest.mark.parametrize("text", INVISIBLE.values(), ids=INVISIBLE)


@seen
def test_what_can_be_seen(text):
    assert is_visible(text)


@unseen
def test_what_cannot_be_seen(text):
    assert not is_visible(text)


def test_every_format_character_and_blank_is_invisible_but_those_that_are_drawn():
    """Cf has a few that one sees: signs written under or around Arabic and Kaithi numbers, and Egyptian scaffolding."""
    drawn = {"ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN"}
    for code in range(0x110000):
        char = chr(code)
        if unicodedata.category(char) in {"Cf", "Cc", "Zs", "Zl", "Zp"}:
            name = unicodedata.name(char, "")
            assert not is_visible(char) or name.split()[0] in drawn, name


@pytest.mark.django_db
@unseen
def test_a_message_that_cannot_be_seen_is_refused(alice, direct, text):
    empty = [("BAD_USER_INPUT", "body")]
    message = say(alice, direct)
    if "\0" in text:  # which is refused with the document
        text = text.replace("\0", "")
    assert refused(alice, "sendMessage", conversationId=direct, body=text) == empty
    assert refused(alice, "editMessage", messageId=message, body=text) == empty


@pytest.mark.django_db
@seen
def test_a_message_that_can_be_seen_is_kept_as_it_is(alice, direct, text):
    assert done(alice, "sendMessage", conversationId=direct, body=text)["body"] == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [INVISIBLE[name] for name in ("zero width", "word joiner", "Hangul fillers", "all of it")]
)
def test_a_title_or_name_that_cannot_be_seen_is_refused(alice, bob, group, text):
    assert refused(alice, "createConversation", title=text, participantIds=[gid(bob)]) == [("BAD_USER_INPUT", "title")]
    assert refused(alice, "updateConversation", conversationId=group, title=text) == [("BAD_USER_INPUT", "title")]
    query = "mutation($name: String) { updateProfile(input: {firstName: $name}) { errors { code field } } }"
    assert alice.ask(query, name=text)["updateProfile"]["errors"] == [{"code": "BAD_USER_INPUT", "field": "firstName"}]
