"""Who people are: a person, the devices they are signed in on, and the refresh tokens of each device."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxLengthValidator, MinLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from accounts.validators import no_control_characters, only_ascii
from rows import Row


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, viewer: User) -> UserQuerySet:
        """Everybody: people find each other to talk. What is private about them is said by accounts/permissions.py."""
        return self.all()


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> User:
        """The person with this username or e-mail address, in any case. Raises DoesNotExist."""
        person: User | None = self.by_natural_key(username or "")
        if person is None:
            raise User.DoesNotExist
        return person

    def by_natural_key(self, name: str) -> User | None:
        """The same, or None. A username never holds an `@`, an e-mail address always does."""
        field = "email" if "@" in name else "username"
        person: User | None = self.filter(**{f"{field}__lower": name.lower()}).first()
        return person

    def create_user(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        person: User = self.model(username=username, email=email, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, username: str, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(username, email, password, is_staff=True, is_superuser=True, **fields)


DETAILS = (
    "password", "last_login", "is_superuser", "is_email_verified", "phone_number", "is_staff", "signed_out_at",
)  # fmt: skip
"""What is shown of somebody else to hardly anybody: left out of rows that come with others, read when asked for."""


def details_of(path: str) -> list[str]:
    """What to `defer` of a person at this path."""
    return [f"{path}__{name}" for name in DETAILS]


class User(Row, AbstractBaseUser, PermissionsMixin):
    """A person. The username is how others find them, the e-mail address and phone number are private."""

    username = models.CharField(
        max_length=30,
        validators=[
            MinLengthValidator(3, "A username has 3 to 30 characters."),
            RegexValidator(r"\A[A-Za-z0-9._-]*\Z", "A username is made of letters, digits, '.', '_' and '-'."),
        ],
    )
    email = models.EmailField(validators=[only_ascii, no_control_characters])
    is_email_verified = models.BooleanField(default=False)
    phone_number = PhoneNumberField(blank=True)
    first_name = models.CharField(max_length=50, blank=True, validators=[no_control_characters])
    last_name = models.CharField(max_length=50, blank=True, validators=[no_control_characters])
    bio = models.TextField(max_length=500, blank=True, validators=[MaxLengthValidator(500)])
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    signed_out_at = models.DateTimeField(null=True, editable=False)
    """When all devices were last signed out: session cookies from before are not accepted."""
    avatar = models.CharField(max_length=100, blank=True, editable=False)
    """Where its sizes lie in the storage, under a name that cannot be guessed; empty for none."""
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    objects = UserManager()

    session: Session | None = None
    """The session by which this row was found or signed in: whoever holds its token is this person."""

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                Lower("username"), name="user_username_unique", violation_error_message="This username is taken."
            ),
            models.UniqueConstraint(
                Lower("email"), name="user_email_unique", violation_error_message="This e-mail address is taken."
            ),
        ]
        indexes = [
            models.Index("created_at", "id", name="user_by_age"),
            models.Index("last_seen_at", name="user_by_last_seen"),
        ]

    def __str__(self) -> str:
        return self.username

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What Django writes into a cookie's session, and compares: it changes with the password, and here."""
        by_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{by_password} {self.signed_out_at.isoformat()}" if self.signed_out_at else by_password

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


# `username__lower="alice"` uses the index of the constraint above; `iexact` would compare UPPER() and scan the table.
for field in (User.username.field, User.email.field):
    field.register_lookup(Lower)


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, viewer: User) -> SessionQuerySet:
        """One's own, while they last, each with its person."""
        return self.live(timezone.now()).filter(user=viewer).select_related("user")

    def live(self, now: datetime) -> SessionQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now)


class Session(Row):
    """One signed-in device: a family of refresh tokens, and the access tokens made from them."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    device = models.CharField(max_length=100, blank=True, validators=[no_control_characters])
    ip_address = models.GenericIPAddressField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = SessionQuerySet.as_manager()

    token_expires_at: datetime | None = None
    """When the access token ends by which this row was found."""

    class Meta:
        base_manager_name = "objects"

    def __str__(self) -> str:
        return self.device or "unnamed device"


class RefreshToken(Row):
    """A refresh token, of which only the hash is kept. All stay as long as their session, to recognise a thief."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="refresh_tokens")
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    rotated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"refresh token {self.pk}"


class Block(Row):
    """Somebody wants to have nothing to do with somebody else, who is not told."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    blocked = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~models.Q(blocker=models.F("blocked")), name="block_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"block {self.pk}"


class EmailToken(Row):
    """What a letter carries to prove that somebody reads an address. Used once, and only its hash is kept."""

    class Purpose(models.TextChoices):
        VERIFICATION = "VERIFICATION"
        PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=14, choices=Purpose)
    email = models.EmailField()
    """The address it was sent to: when the person has another one by now, it proves nothing."""
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"e-mail token {self.pk}"

    def proves(self, email: str) -> bool:
        """Whether this is the address that it was sent to."""
        return self.email.lower() == email.lower()
