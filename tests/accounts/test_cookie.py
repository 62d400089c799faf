"""The session cookie of the admin at /graphql: good for everything, with the CSRF token and not without."""

import base64

import pytest
from django.contrib.auth import SESSION_KEY, get_user
from django.test import Client

from accounts.models import User
from accounts.services import moderation
from tests.conftest import PASSWORD, Door, enter, join
from tests.operations import ME

SEND = """mutation($id: ID!) { startDirectConversation(input: {userId: $id}) { conversation {
  id viewerCanSend viewerParticipant { user { username email } } } errors { code } } }"""
CHANGE = f"""mutation {{
  changePassword(input: {{currentPassword: "{PASSWORD}", newPassword: "another fine battery"}}) {{
  errors {{ code }} }} }}"""
DELETE = f'mutation {{ deleteAccount(input: {{password: "{PASSWORD}"}}) {{ ok errors {{ code }} }} }}'


class CookieDoor(Door):
    """Brings the CSRF token from the cookie that the page set, as GraphiQL does."""

    def post(self, query, variables=None, **headers):
        cookie = self.client.cookies.get("csrftoken")
        return super().post(query, variables, **({"HTTP_X_CSRFTOKEN": cookie.value} if cookie else {}), **headers)


@pytest.fixture
def client(db) -> Client:
    client = Client(enforce_csrf_checks=True)
    join("dora", is_staff=True)
    client.get("/graphql", HTTP_ACCEPT="text/html")
    return client


@pytest.fixture
def dora(client, settings) -> CookieDoor:
    settings.GRAPHIQL = True
    client.get("/graphql", HTTP_ACCEPT="text/html")
    client.force_login(User.objects.get(username="dora"))
    return CookieDoor(client=client)


def test_who_is_signed_in_by_cookie_is_signed_in(dora):
    assert dora.ask(ME)["me"]["username"] == "dora"


@pytest.mark.parametrize("query", [ME, "mutation { revokeAllSessions(input: {}) { errors { code } } }"])
def test_without_the_csrf_token_it_is_403(dora, query):
    answer = Door(client=dora.client).post(query)
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert "data" not in answer.json()


def test_a_wrong_csrf_token_is_no_better(dora):
    assert Door(client=dora.client).post(ME, HTTP_X_CSRFTOKEN="x" * 32).status_code == 403


def test_with_an_access_token_no_csrf_token_is_needed_and_the_cookie_is_not_looked_at(dora, alice):
    door = Door(client=dora.client, token=alice.token)
    assert door.ask(ME)["me"]["username"] == "alice"


def test_a_bad_access_token_is_not_saved_by_the_cookie(dora):
    assert Door(client=dora.client, token="bad").refused(ME) == "UNAUTHENTICATED"


def test_everything_works_by_cookie(dora, bob):
    theirs = base64.b64encode(f"User:{bob.person.pk}".encode()).decode()
    started = dora.ask(SEND, id=theirs)["startDirectConversation"]
    assert started["errors"] == []
    assert started["conversation"]["viewerParticipant"]["user"] == {"username": "dora", "email": "dora@example.com"}
    say = 'mutation($id: ID!) { sendMessage(input: {conversationId: $id, body: "hi"}) { message { body isRead } } }'
    sent = dora.ask(say, id=started["conversation"]["id"])["sendMessage"]["message"]
    assert sent == {"body": "hi", "isRead": True}
    assert dora.ask("{ me { sessions { isCurrent } unreadCount } }")["me"] == {"sessions": [], "unreadCount": 0}


def test_changing_the_password_keeps_this_browser_signed_in(dora):
    assert dora.ask(CHANGE)["changePassword"]["errors"] == []
    assert dora.ask(ME)["me"]["username"] == "dora"


def test_a_password_changed_elsewhere_ends_it(dora):
    person = User.objects.get(username="dora")
    person.set_password("another fine battery")
    person.save()
    assert dora.ask(ME)["me"] is None


REVOKE_ALL = """mutation($input: RevokeAllSessionsInput!) {
  revokeAllSessions(input: $input) { errors { code } } }"""


def test_signing_out_all_devices_from_a_phone_ends_it(dora):
    phone = enter(User.objects.get(username="dora"))
    phone.ask(REVOKE_ALL, input={})
    assert dora.ask(ME)["me"] is None
    assert phone.ask(ME)["me"]["username"] == "dora"


@pytest.mark.parametrize("except_current", [True, False])
def test_signing_out_all_devices_from_a_browser(dora, except_current):
    """The other browser's cookie ends; one's own, if one says so."""
    other = Client()
    other.force_login(User.objects.get(username="dora"))
    assert dora.ask(REVOKE_ALL, input={"exceptCurrent": except_current})["revokeAllSessions"]["errors"] == []
    assert (dora.ask(ME)["me"] is not None) == except_current
    assert not get_user(other).is_authenticated


def test_a_cookie_from_after_that_is_good(dora):
    dora.ask(REVOKE_ALL, input={"exceptCurrent": False})
    dora.client.force_login(User.objects.get(username="dora"))
    assert dora.ask(ME)["me"]["username"] == "dora"


def test_who_is_signed_out_by_staff_is_signed_out_here_too(dora):
    boss = join("boss", is_staff=True, is_superuser=True)
    moderation.sign_out(staff=boss, person=User.objects.get(username="dora"))
    assert dora.ask(ME)["me"] is None


def test_a_disabled_person_is_signed_out(dora):
    User.objects.filter(username="dora").update(is_active=False)
    assert dora.ask(ME)["me"] is None
    assert SESSION_KEY in dora.client.session


def test_a_deleted_account_is_signed_out(dora):
    gone = dora.ask(DELETE)
    assert gone["deleteAccount"] == {"ok": True, "errors": []}
    assert dora.ask(ME)["me"] is None
