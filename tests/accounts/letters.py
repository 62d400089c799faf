"""What arrives by e-mail, and what is done with it."""

import re
from typing import Any

from django.core import mail

from tests.conftest import Door
from tests.operations import ERRORS

REQUEST_VERIFICATION = f"mutation {{ requestEmailVerification {{ ok {ERRORS} }} }}"
VERIFY = f"""mutation($input: VerifyEmailInput!) {{
  verifyEmail(input: $input) {{ user {{ username isEmailVerified }} {ERRORS} }}
}}"""
REQUEST_RESET = f"""mutation($input: RequestPasswordResetInput!) {{
  requestPasswordReset(input: $input) {{ ok id {ERRORS} }}
}}"""
RESET = f"mutation($input: ResetPasswordInput!) {{ resetPassword(input: $input) {{ ok {ERRORS} }} }}"
NEW = "another fine battery"
OK = {"ok": True, "errors": []}


def request_verification(door: Door) -> Any:
    return door.ask(REQUEST_VERIFICATION)["requestEmailVerification"]


def request_reset(door: Door, email: str = "alice@example.com") -> Any:
    return door.ask(REQUEST_RESET, input={"email": email})["requestPasswordReset"]


def verify(door: Door, token: str) -> Any:
    return door.ask(VERIFY, input={"token": token})["verifyEmail"]


def reset(door: Door, token: str, password: str = NEW) -> Any:
    return door.ask(RESET, input={"token": token, "newPassword": password})["resetPassword"]


def newest_token() -> str:
    """What the newest letter carries: alone on its line."""
    (token,) = re.findall(r"^([\w-]{43})$", mail.outbox[-1].body, re.MULTILINE)
    return token


def verification_for(door: Door) -> str:
    assert request_verification(door) == OK
    return newest_token()


def reset_for(door: Door) -> str:
    assert request_reset(Door(), door.person.email)["ok"]
    return newest_token()
