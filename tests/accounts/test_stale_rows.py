"""A row that was read a moment ago is not written back whole."""

from accounts.models import User
from accounts.services import change_password, update_profile
from tests.conftest import PASSWORD, Door


def test_a_profile_saved_from_an_older_row_keeps_the_new_password(alice: Door) -> None:
    older = User.objects.get(pk=alice.person.pk)
    change_password(viewer=alice.person, current_password=PASSWORD, new_password="a horse of another battery")
    update_profile(viewer=older, person=older, first_name="Alicia")
    alice.person.refresh_from_db()
    assert alice.person.first_name == "Alicia"
    assert alice.person.check_password("a horse of another battery")
