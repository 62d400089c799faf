"""Files in a request: the GraphQL multipart request specification
(https://github.com/jaydenseric/graphql-multipart-request-spec).

`operations` is what would be the body, with null where a file belongs; `map` says which file belongs where; then come
the files. A page of any other site can send such a form, cookies and all, without asking first; so a header is wanted
that makes browsers ask (CORS preflight). Django writes the files to disk as they arrive, those of 2.5 MB or less apart.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from schema.responses import Refused

MULTIPART = "multipart/form-data"
PREFLIGHT = ("Apollo-Require-Preflight", "X-Apollo-Operation-Name", "GraphQL-Preflight", "X-Requested-With")
ROOT = "variables"


def check_can_upload(request: HttpRequest) -> None:
    """Before a byte of it is read. Raises Refused."""
    if not any(request.headers.get(name, "").strip() for name in PREFLIGHT):
        raise Refused(
            f"A multipart request needs the header {PREFLIGHT[0]}: true. Without files send application/json.",
            status=415,
            code="UNSUPPORTED_MEDIA_TYPE",
        )
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        sentence = str(getattr(request, "refused_token", None) or "Sign in first.")
        raise Refused(sentence, status=None, code="UNAUTHENTICATED")
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > settings.MULTIPART_MAX_SIZE:
        raise RequestDataTooBig


def read_fields(request: HttpRequest) -> tuple[bytes, bytes, dict[str, UploadedFile[bytes]]]:
    """`operations`, `map` and the files by their names in the form. Raises Refused."""
    try:
        fields, files = request.POST, request.FILES
    except MultiPartParserError:
        raise Refused("The form could not be read.") from None
    for name in ("operations", "map"):
        if name not in fields:
            raise Refused(f"The form has no field `{name}`.")
    return (
        fields["operations"].encode(),
        fields["map"].encode(),
        {name: file for name, file in files.items() if isinstance(file, UploadedFile)},
    )


def put_in_place(params: Any, places: Any, files: dict[str, UploadedFile[bytes]]) -> Any:
    """What `operations` says, with the files where `map` says. Raises Refused."""
    if not isinstance(params, dict):
        raise Refused("`operations` must be one JSON object; batches are not accepted.")
    if not isinstance(places, dict) or not all(is_list_of_texts(paths) for paths in places.values()):
        raise Refused("`map` must be a JSON object of lists of paths.")
    if sum(len(paths) for paths in places.values()) > settings.DATA_UPLOAD_MAX_NUMBER_FILES:
        raise Refused(f"A request has at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files.")
    if places.keys() != files.keys():
        raise Refused("`map` must name the files that come with it: each of them, and no other.")
    for name, paths in places.items():
        for path in paths:
            put(params, path, files[name])
    return params


def put(params: dict[str, Any], path: str, file: UploadedFile[bytes]) -> None:
    """A file in the place of a null below `variables`. Raises Refused."""
    first, *steps = path.split(".")
    place = Place(params, first)
    for step in steps:
        place = Place(place.value, step)
    if first != ROOT or not steps or not place.is_null:
        raise Refused("Every path of `map` leads to a null in the variables, for example variables.input.file.")
    place.parent[place.index] = file


class Place:
    """A place in an object or a list, whether it is there or not."""

    def __init__(self, parent: Any, step: str) -> None:
        self.parent = parent
        self.index: Any = None
        if isinstance(parent, dict) and step in parent:
            self.index = step
        elif isinstance(parent, list) and step in map(str, range(len(parent))):
            self.index = int(step)

    @property
    def value(self) -> Any:
        return None if self.index is None else self.parent[self.index]

    @property
    def is_null(self) -> bool:
        return self.index is not None and self.parent[self.index] is None


def is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
