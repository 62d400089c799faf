"""The refusals a client must tell apart. Each is raised with a sentence, or with `{field: sentence}`."""

from django.core.exceptions import PermissionDenied, ValidationError


class NotFound(ValidationError):
    """An id in an input names nothing that the viewer may see."""


class Taken(ValidationError):
    """Somebody else has this username or e-mail address."""


class TooLarge(ValidationError):
    """A file has more bytes, or a picture more pixels, than this server takes."""


class InvalidCredentials(ValidationError):
    """Unknown name or wrong password; which of the two is never said."""


class Blocked(PermissionDenied):
    """The viewer has blocked this person, and must unblock them first."""


class AlreadyVerified(ValidationError):
    """The e-mail address has been shown to be one's own."""


class TooOften(PermissionDenied):
    """`retry_after` seconds to wait."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class LockedOut(TooOften):
    """Too many failed log-ins."""


class TokenInvalid(PermissionDenied):
    """The token is not one of ours, or what it stands for has ended: a session, an address."""


class TokenExpired(TokenInvalid):
    """The token was ours, and its time is over."""


class TokenReused(TokenInvalid):
    """The token of a letter was used before; or a refresh token long after it had been rotated: somebody has a copy,
    and its session is revoked."""
