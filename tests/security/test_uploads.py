"""Files that are made to do harm: refused with a reason, or made harmless; never stored as they came."""

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms, PngImagePlugin

from accounts import images
from messaging.models import Attachment
from tests.conftest import Door
from tests.files import a_file, picture, stored, try_upload, upload
from tests.messaging.operations import key
from tests.operations import refusals

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>alert(document.domain)</script>"


def kept(attachment: Any) -> bytes:
    """What lies in the storage."""
    with Attachment.objects.get(pk=key(attachment["id"])).file.open() as file:
        return file.read()


def refused(door: Door, content: bytes, name: str = "a.png", content_type: str = "image/png") -> list[Any]:
    """(code, field) of each reason; nothing is stored."""
    payload = try_upload(door, a_file(content, name, content_type))
    assert (stored(), Attachment.objects.count()) == ([], 0)
    return refusals(payload)


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def zipped(**files: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────

REFUSED = {
    "HTML": b"<!DOCTYPE html><html>" + SCRIPT,
    "HTML without a head": b"\n \t<p onclick=alert(1)>x</p>",
    "HTML behind a byte order mark": b"\xef\xbb\xbf<html>" + SCRIPT,
    "HTML in UTF-16": ("<html>" + SCRIPT.decode()).encode("utf-16"),
    "a comment": b"<!-- x --><img src=x onerror=alert(1)>",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "SVG behind a declaration": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "XML": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "nothing": b"",
    "a program of Windows": b"MZ\x90\0\3\0\0\0" + b"\0" * 200,
    "a program of Linux": b"\x7fELF\2\1\1" + b"\0" * 200,
    "Flash": b"FWS\x09" + b"\0" * 100,
    "bytes": bytes(range(256)),
    "BMP": picture("BMP"),
    "TIFF": picture("TIFF"),
    "ICO": picture("ICO"),
    "half a PNG": picture()[:50],
    "half a JPEG": picture("JPEG")[:200],
    "a GIF that is PostScript": b"GIF89a%!PS-Adobe-3.0 EPSF-3.0\0\n%%BoundingBox: 0 0 9 9\n",
    "a GIF that is JavaScript": b"GIF89a/*" + b"\0" * 8 + b"*/=1;alert(1)",
    "a WebP that is none": b"RIFF\x24\0\0\0WEBPVP8 " + b"\0" * 24,
    "Matroska": b"\x1aE\xdf\xa3\x93B\x82\x88matroskaB\x87\x81\x04" + b"\0" * 100,
}


@pytest.mark.row(32)
@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_whatever_it_is_called_it_is_refused(alice, content):
    assert refused(alice, content) == [("BAD_USER_INPUT", "file")]


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def gif_of(width: int, height: int, frames: int) -> bytes:
    """A whole GIF, a few bytes for each frame however large it says it is."""
    frame = b"\x21\xf9\4\0\1\0\0\0,\0\0\0\0" + struct.pack("<HH", width, height) + b"\0\2\2\x4c\1\0"
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0\0\0\0\xff\xff\xff"
    return head + frame * frames + b";"


def animation(size: tuple[int, int], count: int) -> bytes:
    first, *others = (Image.new("P", size, number % 256) for number in range(count))
    return saved(first, "GIF", save_all=True, append_images=others, duration=10)


BOMBS = {
    "50,000 by 50,000": png_header(50_000, 50_000),
    "a little too many": png_header(6_000, 5_001),
    "one line": png_header(2_000_000_000, 1),
    "GIF": gif_of(60_000, 60_000, 1),
    "an animation of large frames": animation((1_000, 1_000), 31),
    "an animation of many frames": gif_of(1, 1, 501),
    "an animation of half a million frames": gif_of(1, 1, 450_000),
}


@pytest.mark.row(32)
@pytest.mark.parametrize("content", BOMBS.values(), ids=BOMBS)
def test_a_bomb_of_pixels_is_refused(alice, content):
    assert refused(alice, content) == [("LIMIT_EXCEEDED", "file")]


@pytest.mark.row(32)
def test_a_bomb_is_refused_before_anything_is_decoded(monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(images.TooLarge):
        images.open_picture(BytesIO(png_header(50_000, 50_000)))


@pytest.mark.row(32)
def test_eleven_mb_are_refused(alice):
    limit = 10 * 1024 * 1024
    assert refused(alice, b"x" * (limit + 1), "a.txt") == [("LIMIT_EXCEEDED", "file")]
    assert upload(alice, b"x" * limit, "a.txt")["size"] == limit


# ── what is made harmless ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.row(32)
@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP"])
def test_what_is_hidden_behind_a_picture_is_gone(alice, format):
    for tail in (SCRIPT, zipped(**{"META-INF/MANIFEST.MF": b"x"}), b"%PDF-1.4"):
        content = picture(format) + tail
        found = upload(alice, content)
        assert tail[:12] not in kept(found)
        assert found["contentType"] == f"image/{format.lower()}"


@pytest.mark.row(32)
def test_what_is_written_beside_the_pixels_is_gone(alice):
    exif = Image.Exif()
    exif[0x010F] = SCRIPT.decode()
    exif.get_ifd(0x8825)[1] = "N"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SCRIPT.decode())
    texts.add_text("XML:com.adobe.xmp", SCRIPT.decode())
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.new("RGB", (40, 30), "red")
    files = [
        saved(image, "JPEG", exif=exif, comment=SCRIPT, icc_profile=profile, xmp=SCRIPT),
        saved(image, "PNG", exif=exif, pnginfo=texts, icc_profile=profile),
        saved(image, "WEBP", exif=exif, xmp=SCRIPT, icc_profile=profile),
        saved(image, "GIF", comment=SCRIPT),
    ]
    for content in files:
        assert b"script" in content
        drawn = kept(upload(alice, content))
        again = Image.open(BytesIO(drawn))
        assert b"script" not in drawn
        assert not again.getexif()
        assert not {"icc_profile", "comment", "xmp", "exif", "Comment"}.intersection(again.info)


def test_a_picture_stands_as_it_was_taken(alice):
    image = Image.new("RGB", (40, 30), "red")
    image.paste("blue", (0, 0, 10, 30))  # on the left
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned to the right, so that it is above
    found = upload(alice, saved(image, "JPEG", exif=exif, quality=95))
    assert (found["width"], found["height"]) == (30, 40)
    drawn = Image.open(BytesIO(kept(found)))
    assert drawn.getpixel((15, 3))[2] > 200
    assert drawn.getpixel((15, 30))[0] > 200


def test_colours_of_another_space_are_those_of_srgb(alice):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    content = saved(Image.new("RGB", (9, 9), (90, 90, 90)), "PNG", icc_profile=profile.tobytes())
    broken = saved(Image.new("RGB", (9, 9), (90, 90, 90)), "PNG", icc_profile=b"no profile")
    assert upload(alice, content)
    drawn = Image.open(BytesIO(kept(upload(alice, broken))))
    assert drawn.getpixel((4, 4)) == (90, 90, 90)


@pytest.mark.parametrize("format", ["GIF", "WEBP"])
def test_an_animation_goes_on_moving(alice, format):
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "green", "blue")]
    content = saved(frames[0], format, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)
    drawn = Image.open(BytesIO(kept(upload(alice, content))))
    assert (drawn.format, drawn.n_frames, drawn.info["loop"]) == (format, 3, 0)
    seen = []
    for frame in range(3):
        drawn.seek(frame)
        drawn.load()
        seen.append((drawn.info["duration"], max(range(3), key=drawn.convert("RGB").getpixel((9, 9)).__getitem__)))
    assert seen == [(100, 0), (200, 1), (300, 2)]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_drawn(alice, mode):
    found = upload(alice, saved(Image.new(mode, (9, 9)), "PNG"))
    assert Image.open(BytesIO(kept(found))).size == (9, 9)


def test_a_jpeg_for_printing_is_drawn_for_screens(alice):
    found = upload(alice, saved(Image.new("CMYK", (9, 9)), "JPEG"))
    assert Image.open(BytesIO(kept(found))).mode == "RGB"


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────

NAMES = {
    "../../etc/passwd": "passwd.txt",
    "..\\..\\boot.ini": "boot.ini",
    "/etc/cron.d/x.txt": "x.txt",
    "....": "file.txt",
    ".htaccess": "htaccess.txt",
    "evil.html": "evil.html.txt",
    "photo.png": "photo.png.txt",
    "exe\u202etxt.scr": "exetxt.scr.txt",
    "line\u2028break.txt": "linebreak.txt",
    "CON": "CON.txt",
    "\u3164.txt": "file.txt",
    "Übersicht 1.TXT": "Übersicht 1.TXT",
    "a" * 300 + ".txt": None,
}


@pytest.mark.row(30, 32)
@pytest.mark.parametrize(("given", "shown"), NAMES.items(), ids=range(len(NAMES)))
def test_a_name_is_one_line_without_folders_and_tells_what_it_is(alice, given, shown):
    file = SimpleUploadedFile("x", b"hello")
    file._name = given  # which Django itself would clean, too
    found = try_upload(alice, file)["attachment"]["filename"]
    assert found == shown or (shown is None and found == found[:255] and found.endswith("a.txt"))


@pytest.mark.row(32)
def test_on_disk_nothing_is_called_as_it_was_given(alice):
    upload(alice, b"hello", "../../passwd.txt")
    (name,) = stored()
    assert name.startswith("attachments/")
    assert "passwd" not in name
    assert name.count("/") == 2


@pytest.mark.row(31)
def test_markup_in_the_name_of_a_file_is_text(alice):
    name = "<img src=x onerror=alert(1)>.txt"
    found = upload(alice, b"hello", name)
    assert found["filename"] == name
    response = alice.client.get(found["url"].removeprefix("http://testserver"))
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'


# ── what is told to browsers ─────────────────────────────────────────────────────────────────────────────────────────

GIVEN_OUT = {
    "text": (b"hello <script>", "a.html", "text/plain; charset=utf-8"),
    "PDF": (b"%PDF-1.4\n1 0 obj", "a.pdf", "application/pdf"),
    "ZIP": (zipped(a=b"x"), "a.jar", "application/zip"),
    "Word": (
        zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
        "a.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "OpenDocument": (
        zipped(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
        "a.ods",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    "MP4": (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + b"\0" * 99, "a.mp4", "video/mp4"),
    "WebM": (b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1B\xf2\x81\4B\xf3\x81\x08B\x82\x84webm", "a.webm", "video/webm"),
    "MP3": (b"ID3\4\0\0\0\0\0\x0fTSSE\0\0\0\5\0\0\3abc\0\xff\xfb\x90d" + b"\0" * 99, "a.mp3", "audio/mpeg"),
    "Ogg": (b"OggS\0\2" + b"\0" * 22 + b"\1\x13OpusHead" + b"\0" * 99, "a.opus", "audio/ogg"),
    "WAV": (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0" + b"\0" * 40, "a.wav", "audio/wav"),
}


@pytest.mark.row(32)
@pytest.mark.parametrize(("content", "name", "content_type"), GIVEN_OUT.values(), ids=GIVEN_OUT)
def test_the_type_is_that_of_the_content_and_nothing_is_run(alice, content, name, content_type):
    found = try_upload(alice, a_file(content, name, "text/html"))["attachment"]
    assert found["contentType"] == content_type
    response = alice.client.get(found["url"].removeprefix("http://testserver"))
    assert response["Content-Type"] == content_type
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].startswith("default-src 'none'")
