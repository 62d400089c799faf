"""The demo data: loaded through the services, once, and completed when it was left half-loaded."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import User
from accounts.services import token_auth
from config.management import demo
from config.management.commands.start import Command
from messaging.models import Conversation, Message, Participant
from tests.conftest import join, sign_in

pytestmark = pytest.mark.django_db


def counts() -> list[int]:
    return [model.objects.count() for model in (User, Conversation, Participant, Message)]


def test_a_dozen_people_have_said_a_few_hundred_things() -> None:
    assert demo.load() == Message.objects.count() >= 250
    assert User.objects.count() == len(demo.PEOPLE) == 12
    assert set(Conversation.objects.values_list("kind", flat=True)) == {"DIRECT", "GROUP"}
    assert Message.objects.exclude(reply_to=None).count() >= 20


def test_loading_twice_changes_nothing() -> None:
    demo.load()
    first, newest = counts(), Message.objects.latest("pk").created_at
    assert demo.load() == 0
    assert counts() == first
    assert Message.objects.latest("pk").created_at == newest


def test_a_half_loaded_demo_is_completed() -> None:
    people = {person.username: demo.find_or_register(person) for person in demo.PEOPLE[:6]}
    whole = demo.TALKS[0]
    demo.load_talk(demo.Talk(whole.people, whole.title, whole.lines[:5]), [people[name] for name in whole.people])
    half = Message.objects.count()
    assert half == 5
    assert demo.load() == sum(len(talk.lines) for talk in demo.TALKS) - half
    conversation = Message.objects.earliest("pk").conversation
    sequences = list(conversation.messages.order_by("sequence").values_list("sequence", "body"))
    assert sequences == [(place, line.body) for place, line in enumerate(whole.lines, 1)]


def test_demo_people_log_in_with_the_printed_password() -> None:
    demo.load()
    for person in demo.PEOPLE:
        assert token_auth(username=person.username, password=demo.PASSWORD).session.user.username == person.username


def test_one_of_them_may_use_the_admin() -> None:
    demo.load()
    assert list(User.objects.filter(is_superuser=True, is_staff=True).values_list("username", flat=True)) == ["maya"]


def test_nobody_else_is_made_to_speak() -> None:
    """A person of one's own who has the name of a demo person keeps it, and says nothing."""
    join("Maya")
    with pytest.raises(demo.NameTaken, match="maya belongs to somebody else"):
        demo.load()
    assert Message.objects.count() == 0


def test_in_production_the_public_password_is_refused() -> None:
    with pytest.raises(CommandError, match="password is public"):
        Command().load_demo()
    assert User.objects.count() == 0


def test_every_demo_person_finds_something_in_their_inbox() -> None:
    demo.load()
    for person in User.objects.all():
        door = sign_in_to_demo(person)
        nodes = door.ask("{ conversations { nodes { lastMessage { body } } } }")["conversations"]["nodes"]
        assert nodes, person.username
        assert all(node["lastMessage"]["body"] for node in nodes)


def sign_in_to_demo(person: User):  # type: ignore[no-untyped-def]
    person.set_password("correct horse battery")
    person.save()
    return sign_in(person)


def test_the_script_names_nobody_who_takes_no_part() -> None:
    for talk in demo.TALKS:
        assert {line.sender for line in talk.lines} <= set(talk.people)
        assert all(line.answers is None or 0 <= line.answers < place for place, line in enumerate(talk.lines))


def test_every_line_of_the_script_is_understood() -> None:
    written = [
        line
        for line in demo.SCRIPT.read_text(encoding="utf-8").splitlines()
        if line and not line.startswith(("#", "==", "person: "))
    ]
    assert len(written) == sum(len(talk.lines) for talk in demo.TALKS)


def test_the_database_is_current_after_start_has_migrated() -> None:
    Command().migrate()
    call_command("migrate", check_unapplied=True, verbosity=0)
