"""Everything that changes people and their sessions: one function for each verb."""

from accounts.services.blocking import unblock_user
from accounts.services.emails import (
    request_email_verification,
    request_password_reset,
    reset_password,
    verify_email,
)
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
    "request_email_verification",
    "request_password_reset",
    "reset_password",
    "revoke_all_sessions",
    "revoke_session",
    "revoke_token",
    "token_auth",
    "unblock_user",
    "update_profile",
    "verify_email",
    "verify_token",
]
