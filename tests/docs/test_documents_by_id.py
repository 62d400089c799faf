"""docs/documents-by-id.md is true: its example is run, its codes and numbers are those of the code."""

import json
import re
from pathlib import Path
from typing import Any

from django.conf import settings as real

from config import settings as defaults
from schema import persisted
from schema.errors import ErrorCode
from tests.conftest import Door

PAGE = (Path(real.BASE_DIR) / "docs" / "documents-by-id.md").read_text()
(DOCUMENT,) = re.findall(r"```graphql\n(.*?)\n```", PAGE, re.DOTALL)
(REQUEST,) = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))


def test_the_example_is_run_from_a_manifest(alice: Door, settings: Any, tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"People": DOCUMENT}))
    settings.PERSISTED_DOCUMENTS, settings.PERSISTED_DOCUMENTS_FILE = "only", str(manifest)
    headers = {"Authorization": f"Bearer {alice.token}"}
    response = alice.client.post("/graphql", json.dumps(REQUEST), content_type="application/json", headers=headers)
    assert response.json() == {"data": {"users": {"nodes": [{"username": "alice"}]}}}


def test_the_codes_are_codes() -> None:
    named = set(re.findall(r"`(PERSISTED_QUERY_[A-Z_]+)`", PAGE))
    assert named == {code.name for code in ErrorCode if code.name.startswith("PERSISTED_QUERY_")}


def test_the_modes_and_numbers_are_those_of_the_code() -> None:
    assert set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE)) == set(persisted.MODES)
    assert f"`{defaults.PERSISTED_DOCUMENTS}`, the default" in PAGE
    assert f"{persisted.PLACES:,} places" in PAGE
    assert f"{persisted.MAX_BYTES // 1024} KiB" in PAGE
    assert persisted.KEPT_FOR == 24 * 60 * 60
