"""The documents that several tests send, and how their refusals are read."""

from typing import Any

ERRORS = "errors { code field message }"
TOKENS = f"token refreshToken expiresAt refreshExpiresAt user {{ id username }} {ERRORS}"

REGISTER = f"mutation Register($input: RegisterInput!) {{ register(input: $input) {{ {TOKENS} }} }}"
TOKEN_AUTH = f"mutation TokenAuth($input: TokenAuthInput!) {{ tokenAuth(input: $input) {{ {TOKENS} }} }}"
REFRESH_TOKEN = f"mutation RefreshToken($input: RefreshTokenInput!) {{ refreshToken(input: $input) {{ {TOKENS} }} }}"
VERIFY_TOKEN = f"""mutation VerifyToken($input: VerifyTokenInput!) {{
  verifyToken(input: $input) {{ isValid expiresAt user {{ id username }} {ERRORS} }}
}}"""
REVOKE_TOKEN = f"""mutation RevokeToken($input: RevokeTokenInput!) {{
  revokeToken(input: $input) {{ revokedSessionIds {ERRORS} }}
}}"""
ME = "query Me { me { id username } }"
USERS = """query Users($first: Int, $after: String, $last: Int, $before: String) {
  users(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { username } } nodes { username } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


def refusals(payload: dict[str, Any]) -> list[tuple[str, str | None]]:
    """(code, field) of every error; each comes with a sentence, and with nothing of what would be there on success."""
    assert all(error["message"] for error in payload["errors"])
    assert not any(value for name, value in payload.items() if name != "errors")
    return [(error["code"], error["field"]) for error in payload["errors"]]
