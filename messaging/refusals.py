"""The refusals a client must tell apart, beside those of accounts/refusals.py."""

from django.core.exceptions import ValidationError


class Conflict(ValidationError):
    """What was asked is well formed and allowed, but the state of things forbids it."""


class LimitExceeded(ValidationError):
    """More than a bound of this server."""


class IdempotencyKeyReused(ValidationError):
    """This key was used before, for something else."""
