"""The audits of the GraphQL-over-HTTP specification (the npm package graphql-http), asked of both real servers."""

from pathlib import Path

import pytest

from tests.clients.conftest import needs_npm, run_script

AUDITS = Path(__file__).with_name("audits.mjs")

pytestmark = needs_npm


@pytest.mark.parametrize("path", ["/graphql", "/graphql/"])
def test_all_audits_are_passed(address: str, path: str) -> None:
    found = run_script(AUDITS, address + path)
    assert [audit for audit in found if audit["status"] != "ok"] == []
    assert len(found) == 61
