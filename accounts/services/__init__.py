"""Everything that changes people and their sessions: one function for each verb."""

from accounts.services.people import register
from accounts.services.sessions import SignedIn, refresh_token, revoke_token, token_auth

__all__ = ["SignedIn", "refresh_token", "register", "revoke_token", "token_auth"]
