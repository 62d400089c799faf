"""Everything that changes people and their sessions: one function for each verb."""

from accounts.services.blocking import unblock_user
from accounts.services.people import change_password, register, update_profile
from accounts.services.sessions import (
    SignedIn,
    refresh_token,
    revoke_all_sessions,
    revoke_session,
    revoke_token,
    token_auth,
    verify_token,
)

__all__ = [
    "SignedIn",
    "change_password",
    "refresh_token",
    "register",
    "revoke_all_sessions",
    "revoke_session",
    "revoke_token",
    "token_auth",
    "unblock_user",
    "update_profile",
    "verify_token",
]
