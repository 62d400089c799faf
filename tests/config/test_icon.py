"""What browsers ask every site for."""

from django.test import Client


def test_that_there_is_no_icon_is_no_fault(client: Client) -> None:
    answer = client.get("/favicon.ico")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"  # and not asked again with each page
