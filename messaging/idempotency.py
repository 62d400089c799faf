"""Idempotency keys: a key is unique for its person, and a retry is recognised by a hash of what was asked first."""

import hashlib
import json

from django.core.exceptions import ValidationError

from messaging.refusals import IdempotencyKeyReused

MAX_KEY_LENGTH = 100


def hash_input(*values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode("utf-8", "surrogatepass")).hexdigest()


def check_key(key: str | None) -> None:
    if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise ValidationError({"idempotency_key": f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters."})


def check_same_input(first_hash: str, this_hash: str) -> None:
    if first_hash != this_hash:
        raise IdempotencyKeyReused({"idempotency_key": "This key was used before, for another input."})
