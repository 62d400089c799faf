"""Which part of an Authorization header is the token."""

import pytest

from config.middleware.authentication import bearer_token


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer abc", "abc"),
        ("BEARER abc", "abc"),
        ("Bearer   abc  ", "abc"),
        ("Bearer abc def", "abc def"),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("", None),
        ("abc", None),
        ("Basic YWxpY2U6eA==", None),
        ("JWT abc", None),
        ("Bearer:abc", None),
        ("Bearerabc", None),
        ("Bearer\tabc", None),
        (" Bearer abc", None),
    ],
)
def test_the_token_of_a_header(header, token):
    assert bearer_token(header) == token


def test_the_token_is_for_graphql_alone(alice):
    response = alice.client.get("/admin/", headers={"Authorization": f"Bearer {alice.token}"})
    assert response.status_code == 302
    assert "/login/" in response["Location"]
