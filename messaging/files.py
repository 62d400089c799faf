"""What a file is: said by its content, never by its name or its sender. Pictures are drawn anew (accounts/images.py).

puremagic knows signatures, and what is not in KINDS is refused. That a file begins like a video makes it no safe one:
it is handed out as a download (config/downloads.py), which no browser runs.
"""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from typing import NamedTuple

import puremagic
from django.core.exceptions import ValidationError
from django.core.files.base import File
from PIL import Image

from accounts import images
from accounts.refusals import TooLarge
from accounts.validators import BIDIRECTIONAL_CONTROLS, FORBIDDEN_CATEGORIES, is_visible

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME_LENGTH = 255
THUMBNAIL = 480  # pixels of its longer side
THUMBNAIL_TYPE = "image/webp"


class Kind(NamedTuple):
    """A type, and the endings that a name may have for it; another name gets the first of them."""

    content_type: str
    endings: tuple[str, ...]


OOXML = "application/vnd.openxmlformats-officedocument"
ODF = "application/vnd.oasis.opendocument"
MPEG = Kind("audio/mpeg", ("mp3",))
# By the ending that puremagic gives; of those that fit equally well the first.
KINDS = {
    ".png": Kind("image/png", ("png",)),
    ".jpg": Kind("image/jpeg", ("jpg", "jpeg", "jfif")),
    ".gif": Kind("image/gif", ("gif",)),
    ".webp": Kind("image/webp", ("webp",)),
    ".pdf": Kind("application/pdf", ("pdf",)),
    ".m4a": Kind("audio/mp4", ("m4a", "mp4")),
    ".mp4": Kind("video/mp4", ("mp4", "m4v")),
    ".mov": Kind("video/quicktime", ("mov",)),
    ".webm": Kind("video/webm", ("webm", "weba")),
    ".mp3": MPEG,
    ".mpga": MPEG,
    ".ogg": Kind("audio/ogg", ("ogg", "oga", "opus")),
    ".wav": Kind("audio/wav", ("wav",)),
    ".zip": Kind("application/zip", ("zip",)),
}
ZIP = b"PK\x03\x04"
WEBM = b"\x42\x82\x84webm"
# What else is a ZIP, by what stands in it uncompressed.
ARCHIVES = {
    b"word/document.xml": Kind(f"{OOXML}.wordprocessingml.document", ("docx",)),
    b"xl/workbook.xml": Kind(f"{OOXML}.spreadsheetml.sheet", ("xlsx",)),
    b"ppt/presentation.xml": Kind(f"{OOXML}.presentationml.presentation", ("pptx",)),
    b"mimetypeapplication/vnd.oasis.opendocument.text": Kind(f"{ODF}.text", ("odt",)),
    b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet": Kind(f"{ODF}.spreadsheet", ("ods",)),
    b"mimetypeapplication/vnd.oasis.opendocument.presentation": Kind(f"{ODF}.presentation", ("odp",)),
}
TEXT = Kind(
    "text/plain; charset=utf-8",
    (
        *("txt", "md", "csv", "tsv", "log", "json", "yaml", "yml", "toml", "ini", "diff", "patch", "srt", "ics", "vcf"),
        *("tex", "py", "rb", "go", "rs", "c", "h", "cpp", "java", "kt", "swift", "ts", "sql", "graphql", "css"),
    ),
)
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
NO_TEXT = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<[a-zA-Z!?/]")
KNOWN = (
    "PNG, JPEG, GIF and WebP pictures, PDF, plain text, ZIP, Office and OpenDocument files, MP4, MOV, WebM, MP3, Ogg"
    " and WAV"
)


class Examined(NamedTuple):
    """A file as it is to be kept."""

    filename: str
    content_type: str
    content: bytes
    thumbnail: bytes | None = None
    width: int | None = None
    height: int | None = None


def examine(file: File[bytes]) -> Examined:
    """Raises ValidationError for what is not taken, TooLarge."""
    if (file.size or 0) > MAX_BYTES:
        raise TooLarge(f"A file has at most {MAX_BYTES // 1024**2} MiB.")
    file.seek(0)
    content = file.read()
    kind = kind_of(content)
    filename = clean_name(file.name or "", kind)
    if kind.content_type in PICTURES:
        return _redraw(content, filename, kind)
    return Examined(filename, kind.content_type, content)


def kind_of(content: bytes) -> Kind:
    """By its content alone. Raises ValidationError for what is none of KINDS."""
    if not content:
        raise ValidationError("The file is empty.")
    if MARKUP.match(content):
        raise ValidationError("HTML, SVG and XML are not taken.")
    kind = _by_signature(content)
    if kind is not None and (kind.content_type == "application/pdf" or not is_text(content)):
        return kind
    if is_text(content):
        return TEXT
    raise ValidationError(f"Files of this kind are not taken: {KNOWN} are.")


def is_text(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return NO_TEXT.search(content) is None


def clean_name(name: str, kind: Kind) -> str:
    """How a file is shown: one visible line without folders, with an ending that tells what it is. Nothing on disk is
    called so."""
    name = re.split(r"[/\\]", name)[-1]
    name = "".join(
        letter
        for letter in unicodedata.normalize("NFC", name)
        if unicodedata.category(letter) not in FORBIDDEN_CATEGORIES and letter not in BIDIRECTIONAL_CONTROLS
    ).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in kind.endings:
        stem, ending = name, kind.endings[0]
    if not is_visible(stem):
        stem = "file"
    return f"{stem[: MAX_NAME_LENGTH - len(ending) - 1]}.{ending}"


def _by_signature(content: bytes) -> Kind | None:
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return None
    best = [one.extension for one in found if one.confidence == found[0].confidence]
    if ".webm" in best and WEBM not in content[:100]:  # Matroska begins as it does
        return None
    if ".zip" in best or content.startswith(ZIP):
        return next((kind for name, kind in ARCHIVES.items() if name in content), KINDS[".zip"])
    return next((KINDS[one] for one in best if one in KINDS), None)


def _redraw(content: bytes, filename: str, kind: Kind) -> Examined:
    image = images.open_picture(BytesIO(content))
    if Image.MIME.get(image.format or "") != kind.content_type and image.format != "MPO":
        raise ValidationError("This picture is not what it seems to be.")
    frames = images.frames_of(image)
    drawn = images.encode(frames, image.format if image.format in images.SAVED_AS else "JPEG")
    return Examined(filename, kind.content_type, drawn, _thumbnail(frames[0]), *frames[0].size)


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL, THUMBNAIL))
    return images.encode([small], "WEBP")
