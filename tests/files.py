"""Uploads as front ends send them, and the files that they send."""

import json
from io import BytesIO
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.conftest import Door
from tests.operations import ERRORS

ATTACHMENT = "attachment { id filename contentType size width height url thumbnailUrl }"
UPLOAD = f"""mutation Upload($input: UploadAttachmentInput!) {{
  uploadAttachment(input: $input) {{ {ATTACHMENT} {ERRORS} }}
}}"""
PREFLIGHT = {"HTTP_APOLLO_REQUIRE_PREFLIGHT": "true"}
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF"


def a_file(content: bytes = b"hello", name: str = "note.txt", content_type: str = "application/octet-stream") -> Any:
    return SimpleUploadedFile(name, content, content_type)


def picture(format: str = "PNG", size: tuple[int, int] = (40, 30), color: Any = "red", **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, color).save(file, format, **options)
    return file.getvalue()


def send_form(door: Door, operations: Any, places: Any, headers: dict[str, str] = PREFLIGHT, **files: Any) -> Any:
    """The whole HTTP response to a multipart request."""
    fields = {"operations": json.dumps(operations), "map": json.dumps(places), **files}
    given = {"HTTP_AUTHORIZATION": f"Bearer {door.token}"} if door.token else {}
    return door.client.post("/graphql", fields, **given, **headers)


def ask_with(door: Door, query: str, variables: dict[str, Any], **files: tuple[str, Any]) -> Any:
    """The data of an operation with files, each given as (path, file)."""
    places = {name: [path] for name, (path, _) in files.items()}
    forms = {name: file for name, (_, file) in files.items()}
    answer = send_form(door, {"query": query, "variables": variables}, places, **forms).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


def try_upload(door: Door, file: Any) -> Any:
    """The payload of `uploadAttachment`, refused or not."""
    found = ask_with(door, UPLOAD, {"input": {"file": None}}, a=("variables.input.file", file))
    return found["uploadAttachment"]


def upload(door: Door, content: bytes = b"hello", name: str = "note.txt") -> Any:
    """The attachment of an upload that must succeed."""
    payload = try_upload(door, a_file(content, name))
    assert payload["errors"] == []
    return payload["attachment"]


def stored(folder: str = "attachments") -> list[str]:
    """The names of all files below a folder of the storage."""
    if not default_storage.exists(folder):
        return []
    folders, files = default_storage.listdir(folder)
    return [f"{folder}/{name}" for name in files] + [one for name in folders for one in stored(f"{folder}/{name}")]
