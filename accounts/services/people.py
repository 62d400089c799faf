"""Who joins, and what they say about themselves."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import avatars, permissions
from accounts.email_tokens import end_resets
from accounts.models import Session, User
from accounts.passwords import check_own_password, check_strength
from accounts.refusals import Taken
from accounts.services.sessions import SignedIn, start_session
from accounts.validators import check_field

TRIMMED = ("first_name", "last_name", "bio")


class Profile(TypedDict, total=False):
    """What is left out stays as it is."""

    username: str
    email: str
    first_name: str
    last_name: str
    bio: str
    phone_number: str


def register(
    *,
    username: str,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    phone_number: str = "",
    device: str = "",
    ip_address: str | None = None,
) -> SignedIn:
    """Makes an account and signs its person in. Raises ValidationError for each field that is wrong, or Taken."""
    person = _new_person(
        password=password,
        username=username,
        email=email,
        first_name=first_name,
        last_name=last_name,
        phone_number=phone_number,
    )
    check_field(Session, "device", device)
    person.last_seen_at = timezone.now()  # who registers is here
    with transaction.atomic():
        _save(person)
        return start_session(person, device=device, ip_address=ip_address)


def update_profile(
    *,
    viewer: User,
    person: User,
    avatar: File[bytes] | None = None,
    remove_avatar: bool = False,
    **profile: Unpack[Profile],
) -> User:
    """Changes one's own profile; staff may change others'. A changed e-mail address is unverified again.

    Raises PermissionDenied, ValidationError for each field that is wrong, Taken, TooLarge.
    """
    if not permissions.can_edit_profile(viewer, person):
        raise PermissionDenied("You may change only your own profile.")
    drawn = _draw(avatar, remove_avatar)
    email_before = person.email
    # Not the whole row, which may have got another password since it was read.
    fields = [*profile, *(["is_email_verified"] if "email" in profile else []), "updated_at"]
    try:
        _describe(person, **profile)
        if person.email.lower() != email_before.lower():
            person.is_email_verified = False
        _check(person)
        if drawn is None:
            _save(person, fields)
        else:
            _save_with_avatar(person, fields, drawn)
    except ValidationError:
        person.refresh_from_db(fields=fields)  # the next field of the document may show or save the same object
        raise
    return person


def change_password(*, viewer: User, current_password: str, new_password: str) -> User:
    """Sets a new password and signs out every other session. Raises InvalidCredentials, LockedOut, ValidationError."""
    check_own_password(viewer, current_password, "current_password")
    put_password(viewer, new_password)
    with transaction.atomic():
        viewer.save(update_fields=["password", "updated_at"])
        end_resets(viewer)
        others = viewer.sessions.live(timezone.now())
        if viewer.session is not None:
            others = others.exclude(pk=viewer.session.pk)
        others.update(revoked_at=timezone.now())
    return viewer


def make_person(*, password: str, **profile: Unpack[Profile]) -> User:
    """A new account. Raises ValidationError for each field that is wrong, or Taken."""
    person = _new_person(password=password, **profile)
    _save(person)
    return person


def put_password(person: User, new_password: str) -> None:
    """On the row, to be saved: hashing takes long, and must not hold up others in a transaction. Whoever asks has shown
    that they may. Raises ValidationError."""
    try:
        check_strength(new_password, person)
    except ValidationError as weak:
        raise ValidationError({"new_password": weak.error_list}) from None
    person.set_password(new_password)


def _new_person(*, password: str, **profile: Unpack[Profile]) -> User:
    """Not saved yet, for the same reason."""
    person = User()
    _describe(person, **profile)
    _check(person, password=password)
    person.set_password(password)
    return person


def _describe(person: User, **profile: Unpack[Profile]) -> None:
    for field, text in profile.items():
        setattr(person, field, str(text).strip() if field in TRIMMED else text)
    person.email = User.objects.normalize_email(person.email)


def _check(person: User, *, password: str | None = None) -> None:
    """Raises ValidationError for every field that is wrong at once; then Taken, if the name or address is."""
    wrong: dict[str, list[ValidationError]] = {}
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError as errors:
        wrong.update(errors.error_dict)
    if password is not None:
        try:
            check_strength(password, person)
        except ValidationError as weak:
            wrong["password"] = weak.error_list
    if wrong:
        raise ValidationError(wrong)
    _check_free(person)


def _check_free(person: User) -> None:
    others = User.objects.exclude(pk=person.pk)
    names = {"username": "This username is taken.", "email": "This e-mail address is taken."}
    taken = {
        field: sentence
        for field, sentence in names.items()
        if others.filter(**{f"{field}__lower": getattr(person, field).lower()}).exists()
    }
    if taken:
        raise Taken(taken)


def _draw(avatar: File[bytes] | None, remove_avatar: bool) -> dict[int, bytes] | None:
    """All sizes of the new avatar; none of them, where it is to be removed; None, where nothing is to be changed."""
    if avatar is None:
        return {} if remove_avatar else None
    if remove_avatar:
        raise ValidationError({"remove_avatar": "Give a new avatar, or remove the one there is."})
    try:
        return avatars.draw(avatar)
    except ValidationError as refusal:
        raise type(refusal)({"avatar": refusal.messages}) from None


def _save_with_avatar(person: User, fields: list[str], drawn: dict[int, bytes]) -> None:
    """The new files are there before the row names them, and the old ones until it does no more."""
    name = avatars.store(drawn) if drawn else ""
    before = person.avatar
    try:
        with transaction.atomic():
            others = User.objects.select_for_update(no_key=True).values_list("avatar", flat=True)
            avatars.remove_after_commit(others.get(pk=person.pk))
            person.avatar = name
            _save(person, [*fields, "avatar"])
    except BaseException:
        person.avatar = before
        avatars.remove(name)
        raise


def _save(person: User, fields: list[str] | None = None) -> None:
    """Saves, and says Taken when somebody took the name between the check and now."""
    try:
        with transaction.atomic():
            person.save(update_fields=fields)
    except IntegrityError:
        _check_free(person)
        raise
