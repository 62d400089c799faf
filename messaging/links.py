"""Links to files: each is for one person, and good for an hour.

What is signed, with the server's SECRET_KEY and the time: which attachment, for whom, and whether its thumbnail. The
link alone opens nothing: whether that person may see the message is asked at each download.
"""

from typing import NamedTuple

from django.core import signing

GOOD_FOR = 3_600  # seconds
SALT = "parley.links"


class Link(NamedTuple):
    attachment_id: int
    viewer_id: int
    is_thumbnail: bool


def sign(link: Link) -> str:
    return signing.dumps(link, salt=SALT)


def read(text: str) -> Link:
    """Raises BadSignature, SignatureExpired among them."""
    return Link(*signing.loads(text, salt=SALT, max_age=GOOD_FOR))
