"""Avatars: square pictures in four sizes, public under names that nobody can guess."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps

from accounts import images
from accounts.models import User
from accounts.refusals import TooLarge

logger = logging.getLogger("parley.accounts")

SIZES = (64, 128, 256, 512)
FORGOTTEN_AFTER = timedelta(days=1)
MAX_BYTES = 10 * 1024 * 1024
FOLDER = "avatars"
CONTENT_TYPE = "image/webp"
FILE_NAME = re.compile(r"[A-Za-z0-9_-]{43}-(64|128|256|512)\.webp")


def draw(file: File[bytes]) -> dict[int, bytes]:
    """The picture in all sizes, cropped to the middle. Raises ValidationError for what is no picture, TooLarge."""
    if file.size > MAX_BYTES:
        raise TooLarge(f"An avatar has at most {MAX_BYTES // 1024**2} MiB.")
    file.seek(0)
    image = images.open_picture(file)
    image.draft("RGB", (2 * SIZES[-1], 2 * SIZES[-1]))  # a photo need not be decoded larger than that
    return _squares(image)


@images.refusing_what_is_broken
def _squares(image: Image.Image) -> dict[int, bytes]:
    picture = images.plain(ImageOps.exif_transpose(image))
    largest = ImageOps.fit(picture, (SIZES[-1], SIZES[-1]))
    return {size: _encode(ImageOps.fit(largest, (size, size))) for size in SIZES}


def _encode(picture: Image.Image) -> bytes:
    file = BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()


def store(squares: dict[int, bytes]) -> str:
    """The name under which the sizes lie now: all of them, or none."""
    name = secrets.token_urlsafe(32)
    try:
        for size, content in squares.items():
            default_storage.save(path(name, size), ContentFile(content))
    except Exception:
        remove(name)
        raise
    return name


def path(name: str, size: int) -> str:
    return f"{FOLDER}/{file_name(name, size)}"


def file_name(name: str, size: int) -> str:
    return f"{name}-{size}.webp"


def file_name_for(person: User, wanted: int) -> str | None:
    """Of the next larger of the sizes there are, else the largest; None without an avatar. Raises ValidationError."""
    if wanted < 1:
        raise ValidationError({"size": "A size is at least 1."})
    size = next((size for size in SIZES if size >= wanted), SIZES[-1])
    return file_name(person.avatar, size) if person.avatar else None


def remove_after_commit(name: str) -> None:
    """For an avatar that nobody has any more, once that is certain."""
    if name:
        transaction.on_commit(lambda: remove(name))


def remove(name: str) -> None:
    """What cannot be removed now is found by `manage.py clean_up`."""
    for size in SIZES if name else ():
        try:
            default_storage.delete(path(name, size))
        except Exception:
            logger.exception("An avatar could not be removed from the storage.")


def remove_forgotten(now: datetime) -> Iterator[int]:
    """Removes what is nobody's since yesterday, because something broke between the storage and the database."""
    try:
        _, found = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # nobody has had one yet
        return
    there = set(found)
    names = {file.rpartition("-")[0] for file in found if FILE_NAME.fullmatch(file)}
    names -= set(User.objects.exclude(avatar="").values_list("avatar", flat=True))
    old = [name for name in names if _is_old(name, there, now)]
    for name in old:
        remove(name)
        yield 1


def _is_old(name: str, there: set[str], now: datetime) -> bool:
    one = next(path(name, size) for size in SIZES if file_name(name, size) in there)
    try:
        return default_storage.get_modified_time(one) < now - FORGOTTEN_AFTER
    except (
        Exception
    ):  # of whatever storage: somebody else has cleaned it up meanwhile; if not, tomorrow's look finds it
        return False
