"""Files from apollo-upload-client, urql and plain curl, to both servers, and back by their links."""

# ruff: noqa: S603, S607 - curl, with arguments written here

import json
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import needs_npm, run_script
from tests.operations import REGISTER

CLIENTS = Path(__file__).with_name("clients.mjs")
UPLOAD = """mutation($file: Upload!) {
  uploadAttachment(input: {file: $file}) { attachment { filename contentType size width url } errors { code } }
}"""
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not there")


def register(address: str, username: str) -> str:
    """The access token of a new person."""
    given = {"username": username, "email": f"{username}@example.com", "password": "correct horse battery"}
    body = json.dumps({"query": REGISTER, "variables": {"input": given}}).encode()
    request = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return json.load(response)["data"]["register"]["token"]


def curl(*arguments: str) -> bytes:
    done = subprocess.run(["curl", "--silent", "--show-error", *arguments], capture_output=True, check=True, timeout=60)
    return done.stdout


def send(address: str, token: str, file: Path, *more: str) -> Any:
    """As docs/files.md does."""
    headers = ["-H", f"Authorization: Bearer {token}", "-H", "Apollo-Require-Preflight: true"]
    operations = json.dumps({"query": UPLOAD, "variables": {"file": None}})
    form = ["-F", f"operations={operations}", "-F", 'map={"0": ["variables.file"]}', "-F", f"0=@{file}"]
    return json.loads(curl(f"{address}/graphql", *headers, *form, *more))


@needs_npm
def test_files_of_clients(address: str) -> None:
    answers = run_script(CLIENTS, f"{address}/graphql", register(address, "clients"))
    for name, answer in answers.items():
        content = f"from {name}"
        expected = {"filename": f"{name}.txt", "contentType": "text/plain; charset=utf-8", "size": len(content)}
        assert {**expected, "content": content} == {one: answer[one] for one in (*expected, "content")}


@needs_curl
def test_a_file_of_curl(address: str, tmp_path: Path) -> None:
    file = tmp_path / "large.pdf"
    file.write_bytes(b"%PDF-1.4\n\xff" + bytes(9 * 1024 * 1024))
    token = register(address, "curl")
    answer = send(address, token, file)["data"]["uploadAttachment"]
    assert answer["errors"] == []
    assert (answer["attachment"]["filename"], answer["attachment"]["size"]) == ("large.pdf", file.stat().st_size)
    assert curl(answer["attachment"]["url"]) == file.read_bytes()


@needs_curl
def test_too_much_of_curl(address: str, tmp_path: Path) -> None:
    file = tmp_path / "larger.txt"
    file.write_bytes(b"x" * (10 * 1024 * 1024 + 1))
    answer = send(address, register(address, "too_much"), file)["data"]["uploadAttachment"]
    assert answer == {"attachment": None, "errors": [{"code": "LIMIT_EXCEEDED"}]}
