"""Who may ask: a refusal says why this request is refused, whatever others are asking at the same time."""

import pytest
from graphql import GraphQLError

from accounts.refusals import TokenInvalid
from schema.context import AnyoneWithGoodToken, Context, SignedIn


class Asking:
    """What a permission gets to see of a field."""

    def __init__(self, refused_token: TokenInvalid | None = None) -> None:
        self.context = Context(operation=None, address=None, refused_token=refused_token)


@pytest.mark.parametrize("permission", [SignedIn(), AnyoneWithGoodToken()])
def test_a_permission_keeps_nothing_of_who_has_asked(permission):
    """One object stands at a field for all threads."""
    with pytest.raises(GraphQLError, match="That was revoked") as refusal:
        permission.has_permission(None, Asking(TokenInvalid("That was revoked.")))
    assert refusal.value.extensions == {"code": "UNAUTHENTICATED"}
    assert vars(permission) == {}


def test_whoever_shows_no_token_is_asked_to_sign_in():
    with pytest.raises(GraphQLError, match="Sign in first"):
        SignedIn().has_permission(None, Asking())
    assert AnyoneWithGoodToken().has_permission(None, Asking())
