"""GraphiQL at /graphql in a browser: who gets the page, what it may load, and that its files are what was published."""

import hashlib
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from graphql import parse, validate

from schema.schema import schema
from tests.conftest import Door

OURS = Path(settings.BASE_DIR) / "config/static/graphiql"
VENDOR = OURS / "vendor"
TEMPLATE = Path(settings.BASE_DIR) / "config/templates/graphql/graphiql.html"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
VERSIONS = json.loads((VENDOR / "versions.json").read_text())
EXAMPLES = re.findall(r"/\* GraphQL \*/ `(.*?)`", (OURS / "parley.js").read_text(), re.DOTALL)


@pytest.fixture(autouse=True)
def graphiql_is_on(settings: Any) -> None:
    settings.GRAPHIQL = True


def open_page(path: str = "/graphql", accept: str = BROWSER) -> Any:
    return Client().get(path, headers={"Accept": accept})


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_a_browser_gets_the_page(path: str) -> None:
    page = open_page(path)
    assert page.status_code == 200
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert f'data-url="{path}"' in page.text


@pytest.mark.row(18)
def test_where_graphiql_is_off_a_browser_finds_nothing(settings: Any) -> None:
    settings.GRAPHIQL = False
    assert open_page().status_code == 404


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/html;q=0.9"])
def test_whoever_does_not_prefer_html_gets_json(accept: str) -> None:
    answer = open_page(accept=accept)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_a_query_in_the_address_is_answered_to_a_browser_too(db: None) -> None:
    assert open_page("/graphql?query={me{id}}").json() == {"data": {"me": None}}


def test_where_graphiql_is_off_a_browser_still_gets_its_query_answered(settings: Any, db: None) -> None:
    settings.GRAPHIQL = False
    assert open_page("/graphql?query={me{id}}").json() == {"data": {"me": None}}


def test_the_page_may_load_nothing_from_elsewhere_and_nothing_inline() -> None:
    page = open_page()
    (nonce,) = re.findall(r'nonce="([^"]+)"', page.text)
    assert page["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )
    assert page["X-Content-Type-Options"] == "nosniff"


def test_the_nonce_is_another_one_each_time_and_not_cached() -> None:
    first, second = open_page(), open_page()
    assert first["Content-Security-Policy"] != second["Content-Security-Policy"]
    assert first["Cache-Control"] == "no-store"
    assert "Accept" in first["Vary"]


def test_every_script_of_the_page_is_a_file() -> None:
    page = open_page().text
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert not re.findall(r"<script[^>]*>[^<]+", page)
    assert "<style" not in page
    assert " style=" not in page


@pytest.mark.django_db  # a file that is closed ends its request, and with it connections
def test_every_file_of_the_page_is_served() -> None:
    names = re.findall(r'(?:src|href)="(/static/[^"]+)"', open_page().text)
    assert len(names) == 9
    for name in names:
        with closing(Client().get(name)) as file:
            assert file.status_code == 200


def test_the_page_sets_the_csrf_cookie_and_says_its_name() -> None:
    page = open_page()
    assert page.cookies["csrftoken"].value
    assert 'data-csrf-cookie="csrftoken"' in page.text


def test_whoever_is_signed_in_by_the_session_cookie_shows_the_csrf_token(alice: Door) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice.person)
    token = client.get("/graphql", headers={"Accept": BROWSER}).cookies["csrftoken"].value
    body = {"query": "{ me { username } }"}
    assert client.post("/graphql", body, "application/json").status_code == 403
    answer = client.post("/graphql", body, "application/json", headers={"X-CSRFToken": token})
    assert answer.json() == {"data": {"me": {"username": "alice"}}}


@pytest.mark.parametrize("entry", VERSIONS, ids=lambda entry: entry["file"])
def test_a_vendored_file_is_what_was_published(entry: dict[str, str]) -> None:
    published = (VENDOR / entry["file"]).read_bytes() + entry.get("removed_end", "").encode()
    assert hashlib.sha256(published).hexdigest() == entry["sha256"]


def test_every_vendored_file_is_listed_and_licensed() -> None:
    beside = {".gitattributes", "LICENSES.txt", "versions.json"}
    assert {path.name for path in VENDOR.iterdir()} - beside == {entry["file"] for entry in VERSIONS}
    licences = (VENDOR / "LICENSES.txt").read_text()
    assert all(entry["package"] in licences for entry in VERSIONS)


@pytest.mark.parametrize("path", [OURS / "parley.js", OURS / "parley.css", TEMPLATE], ids=lambda path: path.name)
def test_our_own_files_name_no_outside_address(path: Path) -> None:
    assert not re.search(r"https?:|wss?:|[\"'(]//", path.read_text())


def test_the_vendored_styles_load_nothing() -> None:
    for path in VENDOR.glob("*.css"):
        text = path.read_text()
        assert "@import" not in text
        assert set(re.findall(r"url\([\"']?([a-z]+:|.)", text)) <= {"data:"}


def test_the_vendored_scripts_point_to_no_source_map() -> None:
    """The storage of static files refuses to collect a file that names a missing one."""
    assert not any("sourceMappingURL" in path.read_text() for path in VENDOR.glob("*.js"))


def test_there_are_examples_and_the_first_logs_in() -> None:
    assert len(EXAMPLES) == 8
    assert "tokenAuth" in EXAMPLES[0]


@pytest.mark.parametrize(
    "example", EXAMPLES, ids=lambda text: re.findall(r"(?:query|mutation|subscription) (\w+)", text)[0]
)
def test_an_example_fits_the_schema(example: str) -> None:
    assert validate(schema._schema, parse(example)) == []
