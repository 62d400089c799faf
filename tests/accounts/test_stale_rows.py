"""A row that was read a moment ago is not written back whole, and nobody waits for somebody else's hash."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection

from accounts.models import User
from accounts.services import change_password, register, update_profile
from tests.conftest import PASSWORD, Door


def test_a_profile_saved_from_an_older_row_keeps_the_new_password(alice: Door) -> None:
    older = User.objects.get(pk=alice.person.pk)
    change_password(viewer=alice.person, current_password=PASSWORD, new_password="a horse of another battery")
    update_profile(viewer=older, person=older, first_name="Alicia")
    alice.person.refresh_from_db()
    assert alice.person.first_name == "Alicia"
    assert alice.person.check_password("a horse of another battery")


@pytest.mark.django_db(transaction=True)
def test_a_password_is_hashed_outside_of_any_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite has one writer: a transaction that hashes would keep everybody else from writing."""
    in_transaction: list[bool] = []
    encode = MD5PasswordHasher.encode

    def watched(hasher: MD5PasswordHasher, password: str, salt: str) -> str:
        in_transaction.append(connection.in_atomic_block)
        return encode(hasher, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", watched)
    person = register(username="dora", email="dora@example.com", password=PASSWORD).session.user
    change_password(viewer=person, current_password=PASSWORD, new_password="a horse of another battery")
    assert in_transaction
    assert not any(in_transaction)
