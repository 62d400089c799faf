"""Links to files in what a live connection tells: for whoever is told, and to where they reach us."""

import json
from typing import Any
from urllib.request import Request, urlopen

from django.test.client import encode_multipart

from tests.files import PDF, UPLOAD, a_file
from tests.live.process import Person, Process

EVENTS = """subscription($after: String!) { events(after: $after) { __typename
  ... on MessageSent { message { attachments { filename url thumbnailUrl } } } } }"""


def upload(person: Person) -> str:
    """The id of a new file."""
    operations = json.dumps({"query": UPLOAD, "variables": {"input": {"file": None}}})
    form = {"operations": operations, "map": '{"0": ["variables.input.file"]}', "0": a_file(PDF, "report.pdf")}
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Apollo-Require-Preflight": "1", **person.header}
    with open_url(f"{person.process.address}/graphql", encode_multipart("b", form), headers) as response:
        return json.load(response)["data"]["uploadAttachment"]["attachment"]["id"]


def open_url(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Any:
    return urlopen(Request(url, body, headers or {}))  # noqa: S310 - our own server's


def test_an_event_brings_links_that_work(process: Process) -> None:
    alice, bob = process.register("alice"), process.register("bob")
    conversation, cursor = alice.gather(bob), bob.cursor()
    given = {"conversationId": conversation, "body": "", "attachmentIds": [upload(alice)]}
    alice.do("sendMessage", "message { id }", **given)
    with bob.dial() as line:
        line.subscribe(query=EVENTS, after=cursor)
        (file,) = line.event()["message"]["attachments"]
    assert file["filename"] == "report.pdf"
    assert file["url"].startswith(f"{process.address}/files?link=")
    with open_url(file["url"]) as response:
        assert response.read() == PDF
