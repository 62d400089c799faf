"""Apollo Client and urql with automatic persisted queries: the document goes over the wire once."""

from pathlib import Path

from tests.clients.conftest import needs_npm, run_script

CLIENTS = Path(__file__).with_name("clients.mjs")
NOBODY = {"me": None}

pytestmark = needs_npm


def test_the_document_is_sent_once_and_its_hash_from_then_on(address: str) -> None:
    for client, seen in run_script(CLIENTS, f"{address}/graphql").items():
        assert seen["data"] == [NOBODY, NOBODY], client
        assert [(one["document"], one["codes"]) for one in seen["wire"]] == [
            (False, ["PERSISTED_QUERY_NOT_FOUND"]),
            (True, []),
            (False, []),
        ], client
        assert seen["wire"][2]["method"] == client.rpartition(" ")[2], client
