"""Who joins, and what they say about themselves."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Session, User
from accounts.refusals import Taken
from accounts.services.sessions import SignedIn, start_session
from accounts.validators import check_field

MAX_PASSWORD_LENGTH = 1_000  # hashing reads all of it: an unbounded one is a way to burn a processor


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
    person = User(
        username=username,
        email=User.objects.normalize_email(email),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        phone_number=phone_number,
    )
    check_person(person, password=password)
    check_field(Session, "device", device)
    person.set_password(password)
    with transaction.atomic():
        save_person(person)
        return start_session(person, device=device, ip_address=ip_address)


def check_person(person: User, *, password: str | None = None) -> None:
    """Raises ValidationError for every field that is wrong at once; then Taken, if the name or address is."""
    wrong: dict[str, list[ValidationError]] = {}
    try:
        person.clean_fields(exclude=["password"])
    except ValidationError as errors:
        wrong.update(errors.error_dict)
    if password is not None:
        try:
            check_password_strength(password, person)
        except ValidationError as errors:
            wrong["password"] = errors.error_list
    if wrong:
        raise ValidationError(wrong)
    check_free(person)


def check_password_strength(password: str, person: User) -> None:
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValidationError(f"A password has at most {MAX_PASSWORD_LENGTH:,} characters.")
    validate_password(password, person)


def check_free(person: User) -> None:
    others = User.objects.exclude(pk=person.pk)
    taken = {
        field: sentence
        for field, sentence in (
            ("username", "This username is taken."),
            ("email", "This e-mail address is taken."),
        )
        if others.filter(**{f"{field}__lower": getattr(person, field).lower()}).exists()
    }
    if taken:
        raise Taken(taken)


def save_person(person: User) -> None:
    """Saves, and says Taken when somebody took the name between the check and now."""
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        check_free(person)
        raise
