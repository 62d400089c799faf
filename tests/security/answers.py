"""How an attack is answered: in the words of docs/security.md, "E" in both media types."""

import json
from typing import Any

from tests.conftest import Door

MEDIA_TYPES = {"application/json": 200, "application/graphql-response+json": 400}
"""Media type of the answer → status of a request that was not run."""


def assert_refused(door: Door, code: str, query: str, variables: dict[str, Any] | None = None, **body: Any) -> Any:
    """E: errors of this code and no data, 200 in application/json and 400 in the newer type. The first error."""
    authorization = {"Authorization": f"Bearer {door.token}"} if door.token else {}
    for accept, status in MEDIA_TYPES.items():
        response = door.client.post(
            "/graphql",
            json.dumps({"query": query, "variables": variables or {}, **body}),
            content_type="application/json",
            headers={"Accept": accept, **authorization},
        )
        answer = response.json()
        assert (response.status_code, response["Content-Type"].partition(";")[0]) == (status, accept), answer
        assert "data" not in answer
        assert {error["extensions"]["code"] for error in answer["errors"]} == {code}
    return answer["errors"][0]
