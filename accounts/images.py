"""Pictures from outside: looked at before they are decoded, and never kept as they came.

What is kept is drawn anew from the pixels, upright and in sRGB: where it was taken, by whom and with what, and whatever
else was hidden in the file, is gone.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from io import BytesIO
from itertools import islice
from typing import IO, Any, ParamSpec, TypeVar

from django.core.exceptions import ValidationError
from PIL import Image, ImageCms, ImageOps, ImageSequence

from accounts.refusals import TooLarge

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
ANIMATED = ("GIF", "WEBP")
MAX_PIXELS = 30_000_000  # of all frames together: a photo of 24 megapixels, 120 MB of memory
MAX_FRAMES = 500
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
SAVED_AS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 4},
    "WEBP": {"quality": 85, "method": 0},  # with more method it takes five times as long for the same size
    "GIF": {},
}

# A frame may be larger than the header says: Pillow asks again by this number.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

P = ParamSpec("P")
T = TypeVar("T")


def refusing_what_is_broken(read: Callable[P, T]) -> Callable[P, T]:
    """A picture made to do harm raises whatever its bytes make Pillow raise: all of it means that it cannot be read."""

    @wraps(read)
    def read_or_refuse(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except ValidationError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise too_many_pixels() from None
        except Exception:
            raise ValidationError("This picture is broken, or of another kind than PNG, JPEG, GIF and WebP.") from None

    return read_or_refuse


@refusing_what_is_broken
def open_picture(file: IO[bytes]) -> Image.Image:
    """Its header alone is read. Raises ValidationError, TooLarge."""
    image = Image.open(file, formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:
        raise too_many_pixels()
    return image


@refusing_what_is_broken
def frames_of(image: Image.Image) -> list[Image.Image]:
    """The frames of an animation, else the one picture: nothing but pixels. Raises ValidationError, TooLarge."""
    if image.format not in ANIMATED or not getattr(image, "is_animated", False):
        return [plain(ImageOps.exif_transpose(image))]
    # One by one: to ask how many there are would be to read them all.
    most = min(MAX_FRAMES, MAX_PIXELS // (image.width * image.height))
    frames = list(islice(_frames(image), most + 1))
    if len(frames) > most:
        raise too_many_pixels()
    return frames


@refusing_what_is_broken
def encode(frames: list[Image.Image], format: str) -> bytes:
    """A file of this format, with everything else in it made by us."""
    first, *others = frames
    options = dict(SAVED_AS[format])
    if others:
        # A frame that is transparent somewhere must not show the one before it there.
        disposal = {"disposal": 2} if format == "GIF" and first.mode == "RGBA" else {}
        durations = [frame.info.pop("duration", 100) for frame in frames]
        loops = first.info.pop("loop", None)
        options |= {"save_all": True, "append_images": others, "duration": durations, **disposal}
        options |= {} if loops is None else {"loop": loops}
    file = BytesIO()
    first.save(file, format, **options)
    return file.getvalue()


def plain(image: Image.Image) -> Image.Image:
    """The same without anything beside its pixels, in sRGB, in a mode that every format can be made of."""
    image = _in_srgb(image)
    mode = "L" if image.mode in ("1", "L", "I;16", "I") else "RGBA" if image.has_transparency_data else "RGB"
    if mode == "L" and image.mode.startswith("I"):
        image = image.point(lambda value: value / 256)
    if image.mode != mode or image.info:
        image = image.convert(mode) if image.mode != mode else image.copy()
        image.info = {}
    return image


def too_many_pixels() -> TooLarge:
    return TooLarge(
        f"A picture has at most {MAX_PIXELS // 1_000_000} million pixels, all frames of an animation together,"
        f" and an animation {MAX_FRAMES} frames."
    )


def _frames(image: Image.Image) -> Iterator[Image.Image]:
    loops = image.info.get("loop")
    for frame in ImageSequence.Iterator(image):
        frame.load()  # before it, a WebP does not know for how long it is shown
        duration = frame.info.get("duration", 100)
        drawn = plain(frame)
        if drawn is frame:
            drawn = frame.copy()
        drawn.info = {"duration": duration, "loop": loops}
        yield drawn


def _in_srgb(image: Image.Image) -> Image.Image:
    """Phones take pictures in wider colours and say so beside the pixels, which is not kept."""
    profile = image.info.get("icc_profile")
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        mode = "RGB" if image.mode == "CMYK" else image.mode
        try:
            own = ImageCms.ImageCmsProfile(BytesIO(profile))
            return ImageCms.profileToProfile(image, own, SRGB, outputMode=mode) or image
        except (ImageCms.PyCMSError, OSError):  # what it says makes no sense
            return image
    return image
