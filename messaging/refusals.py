"""The refusals a client must tell apart, beside those of accounts/refusals.py."""

from django.core.exceptions import PermissionDenied, ValidationError


class Conflict(ValidationError):
    """What was asked is well formed and allowed, but the state of things forbids it."""


class LimitExceeded(ValidationError):
    """More than a bound of this server."""


class IdempotencyKeyReused(ValidationError):
    """This key was used before, for something else."""


class EditWindowClosed(PermissionDenied):
    """The message is one's own, and too old to edit."""


class LastOwner(PermissionDenied):
    """A group of several people needs an owner: hand over first."""
