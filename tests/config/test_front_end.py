"""A built front end at `/`: only where FRONTEND_FILES names one, within its policy, and beside everything else."""

from typing import Any

import pytest
from django.test import Client

from config.front_end import EXAMPLE, POLICY
from config.middleware.headers import ALWAYS
from tests.operations import ME

pytestmark = pytest.mark.django_db


@pytest.fixture
def front_end(settings: Any) -> None:
    settings.WHITENOISE_ROOT = EXAMPLE


@pytest.mark.parametrize("path", ["/", "/index.html", "/favicon.svg"])
def test_by_itself_nothing_is_there(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_its_page_has_a_policy_of_its_own_and_is_asked_for_each_time(client: Client, front_end: None) -> None:
    page = client.get("/")
    assert b"<title>Parley</title>" in page.getvalue()
    assert page["Content-Type"].startswith("text/html")
    assert page["Content-Security-Policy"] == POLICY
    assert page["Cache-Control"] == "no-cache"
    assert {name: page.headers.get(name) for name in ALWAYS} == ALWAYS
    page.close()


def test_a_page_that_a_browser_has_kept_keeps_its_policy(client: Client, front_end: None) -> None:
    """The headers of a 304 replace those that were kept."""
    page = client.get("/")
    again = client.get("/", headers={"If-None-Match": page["ETag"]})
    page.close()
    assert again.status_code == 304
    assert "Content-Security-Policy" not in again


def test_nothing_inline_and_nothing_from_elsewhere_is_let_in() -> None:
    sources = {source for rule in POLICY.split("; ") for source in rule.split(" ")[1:]}
    assert sources <= {"'none'", "'self'", "data:"}
    assert "script-src 'self';" in POLICY


def test_everything_else_is_where_it_was(client: Client, front_end: None) -> None:
    assert client.get("/graphql", {"query": ME}).json() == {"data": {"me": None}}
    assert client.get("/admin/").status_code == 302
    assert client.get("/assets/").status_code == 404
    assert client.get("/nowhere").status_code == 404
    assert client.get("/../pyproject.toml").status_code == 404
