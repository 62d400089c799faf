"""Files of messages: uploaded, sent, shown, handed out to who may see them, and gone with their message."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone
from PIL import Image

from accounts.models import User
from messaging.models import Attachment, Conversation, Message
from tests.conftest import PASSWORD, Door
from tests.files import PDF, UPLOAD, a_file, picture, send_form, stored, try_upload, upload
from tests.messaging.operations import (
    HISTORY,
    TIMELINE,
    bodies,
    do,
    document,
    done,
    gather,
    gid,
    global_id,
    key,
    refused,
    say,
    send_message,
    statements,
    talk,
)
from tests.operations import refusals
from tests.races import again, at_once, on_postgresql

OF_MESSAGE = "attachments { id filename contentType size width height url thumbnailUrl }"
LOOK = f"query($id: ID!) {{ message(id: $id) {{ body {OF_MESSAGE} }} }}"


def files_of(door: Door, message: str) -> Any:
    return door.ask(LOOK, id=message)["message"]["attachments"]


def get(door: Door, url: str, **headers: str) -> Any:
    """What the server answers to a link, without a header unless one is given."""
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    return Door().client.get(f"{parts.path}?{parts.query}", **headers)


def bearer(door: Door) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {door.token}"}


def send(door: Door, conversation: str, *attachments: Any, **fields: Any) -> str:
    ids = [one["id"] for one in attachments]
    return send_message(door, conversation, fields.pop("body", ""), attachmentIds=ids, **fields)


# ── uploading ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_picture_is_kept_measured_and_has_a_thumbnail(alice):
    found = upload(alice, picture(size=(800, 600)), "Beach.PNG")
    assert (found["filename"], found["contentType"]) == ("Beach.PNG", "image/png")
    assert (found["width"], found["height"]) == (800, 600)
    response = get(alice, found["url"])
    assert len(response.content) == found["size"]
    assert Image.open(BytesIO(response.content)).size == (800, 600)
    small = get(alice, found["thumbnailUrl"])
    assert small["Content-Type"] == "image/webp"
    assert Image.open(BytesIO(small.content)).size == (480, 360)


def test_any_other_file_is_kept_as_it_is(alice):
    found = upload(alice, PDF, "report.pdf")
    assert found | {"id": None, "url": None} == {
        "id": None,
        "filename": "report.pdf",
        "contentType": "application/pdf",
        "size": len(PDF),
        "width": None,
        "height": None,
        "url": None,
        "thumbnailUrl": None,
    }
    assert get(alice, found["url"]).content == PDF


def test_an_upload_is_found_by_its_id_and_by_nobody_else(alice, bob, charlie, direct):
    id = upload(alice)["id"]
    node = "query($id: ID!) { node(id: $id) { ... on Attachment { filename url } } }"
    assert alice.ask(node, id=id)["node"]["filename"] == "note.txt"
    assert bob.ask(node, id=id)["node"] is None
    send_message(alice, direct, attachmentIds=[id])
    assert bob.ask(node, id=id)["node"]["filename"] == "note.txt"
    assert charlie.ask(node, id=id)["node"] is None


def test_twenty_files_wait_and_no_more(alice, direct):
    waiting = [upload(alice) for _ in range(20)]
    assert refusals(try_upload(alice, a_file())) == [("LIMIT_EXCEEDED", "file")]
    assert len(stored()) == 20
    send(alice, direct, *waiting[:10])
    assert upload(alice)


def test_a_storage_that_breaks_off_leaves_nothing(alice, monkeypatch):
    """A fault from outside: it has taken the picture, and has no room for its thumbnail."""
    save = default_storage.save

    def fail(name: str, content: Any) -> str:
        if name.endswith("-thumbnail"):
            raise OSError("no space left on device")
        return save(name, content)

    monkeypatch.setattr(default_storage._wrapped, "save", fail)
    assert fault(alice) == "INTERNAL_SERVER_ERROR"
    assert (stored(), Attachment.objects.count()) == ([], 0)


def test_a_database_that_breaks_off_leaves_nothing(alice):
    """A fault from outside: the files are stored, and then it does not answer."""

    def fail(execute: Any, sql: str, *args: Any) -> Any:
        if sql.startswith('UPDATE "messaging_attachment"'):
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, *args)

    with connection.execute_wrapper(fail):
        assert fault(alice) == "UNAVAILABLE"
    assert (stored(), Attachment.objects.count()) == ([], 0)


def fault(door: Door) -> str:
    """The code of a fault that an upload meets."""
    operations = {"query": UPLOAD, "variables": {"input": {"file": None}}}
    answer = send_form(door, operations, {"a": ["variables.input.file"]}, a=a_file(picture())).json()
    return answer["errors"][0]["extensions"]["code"]


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_brings_its_files_in_the_order_in_which_they_are_named(alice, bob, direct):
    one, two, three = (upload(alice, name=f"{name}.txt") for name in ("one", "two", "three"))
    sent = send(alice, direct, two, three, one, body="look")
    assert [file["filename"] for file in files_of(bob, sent)] == ["two.txt", "three.txt", "one.txt"]


def test_with_a_file_the_body_may_be_empty(alice, bob, direct):
    assert refused(alice, "sendMessage", conversationId=direct, body=" ") == [("BAD_USER_INPUT", "body")]
    sent = send(alice, direct, upload(alice))
    assert bob.ask(LOOK, id=sent)["message"]["body"] == ""


def test_its_body_may_be_edited_away(alice, direct):
    with_file, without = send(alice, direct, upload(alice), body="look"), say(alice, direct)
    assert done(alice, "editMessage", messageId=with_file, body="")["body"] == ""
    assert refused(alice, "editMessage", messageId=without, body="") == [("BAD_USER_INPUT", "body")]


def test_ten_at_most(alice, direct):
    ids = [upload(alice)["id"] for _ in range(11)]
    given = {"conversationId": direct, "body": "x", "attachmentIds": ids}
    assert refused(alice, "sendMessage", **given) == [("LIMIT_EXCEEDED", "attachmentIds")]
    assert Message.objects.count() == 0


def test_what_is_not_ones_own_is_not_found(alice, bob, direct):
    own, others = upload(alice)["id"], upload(bob)["id"]
    sent_by_bob = upload(bob)
    send(bob, direct, sent_by_bob)
    ids = [own, others, sent_by_bob["id"], global_id("Attachment", 999_999), gid(alice.person), "x", ""]
    given = {"conversationId": direct, "body": "x", "attachmentIds": ids}
    assert refused(alice, "sendMessage", **given) == [("NOT_FOUND", f"attachmentIds.{place}") for place in range(1, 7)]
    assert Attachment.objects.get(pk=key(own)).message is None


def test_a_file_is_sent_once(alice, direct):
    one, two = upload(alice)["id"], upload(alice)["id"]
    send_message(alice, direct, attachmentIds=[one])
    given = {"conversationId": direct, "body": "x"}
    used = refused(alice, "sendMessage", **given, attachmentIds=[two, one])
    assert used == [("CONFLICT", "attachmentIds.1")]
    twice = refused(alice, "sendMessage", **given, attachmentIds=[two, two])
    assert twice == [("CONFLICT", "attachmentIds.1")]
    assert Message.objects.count() == 1


def test_the_same_key_returns_the_message_with_its_files(alice, direct):
    given = {"conversationId": direct, "body": "", "attachmentIds": [upload(alice)["id"]], "idempotencyKey": "k"}
    first, second = done(alice, "sendMessage", **given), done(alice, "sendMessage", **given)
    assert first["id"] == second["id"]
    other = given | {"attachmentIds": [upload(alice)["id"]]}
    assert refused(alice, "sendMessage", **other) == [("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")]


def test_null_and_an_empty_list_are_no_files(alice, direct):
    assert send_message(alice, direct, attachmentIds=None)
    assert send_message(alice, direct, attachmentIds=[])


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_filter_finds_messages_with_files_and_without(alice, direct):
    send(alice, direct, upload(alice), body="with")
    say(alice, direct, "without")
    for has, expected in ((True, ["with"]), (False, ["without"]), (None, ["with", "without"])):
        given = {"filters": {"hasAttachment": has}}
        assert sorted(bodies(alice.ask(TIMELINE, **given)["messages"])) == expected
        assert bodies(alice.ask(HISTORY, id=direct, **given)["conversation"]["messages"]) == expected


@pytest.mark.parametrize("size", [1, 30])
def test_the_files_of_a_page_are_one_statement(alice, direct, size):
    for _ in range(size):
        send(alice, direct, upload(alice, picture()), upload(alice))
    query = (
        f"query($id: ID!, $n: Int) {{ conversation(id: $id) {{ messages(last: $n) {{ nodes {{ {OF_MESSAGE} }} }} }} }}"
    )
    assert len(statements(alice, query, id=direct, n=size)) == 3 + 1


def test_sending_a_file_takes_three_more(alice, direct):
    given = {"conversationId": direct, "body": "hello"}
    plain = len(statements(alice, document("sendMessage", "__typename"), input=given))
    ids = [upload(alice)["id"] for _ in range(3)]
    assert (
        len(statements(alice, document("sendMessage", "__typename"), input=given | {"attachmentIds": ids})) == plain + 3
    )


# ── downloading ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def sent(alice, bob, direct) -> Any:
    """A file that alice has sent, as bob sees it."""
    message = send(alice, direct, upload(alice, PDF, 'Grüße "1".pdf'))
    return files_of(bob, message)[0]


def test_a_link_needs_no_header_and_is_a_download(bob, sent):
    response = get(bob, sent["url"])
    assert (response.status_code, response.content) == (200, PDF)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%20%221%22.pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"].endswith("; sandbox")
    assert response["Cache-Control"] == "private, no-cache"


def test_who_has_it_already_is_told_so(bob, sent):
    etag = get(bob, sent["url"])["ETag"]
    response = get(bob, sent["url"], HTTP_IF_NONE_MATCH=etag)
    assert (response.status_code, response.content) == (304, b"")


@pytest.mark.row(33)
def test_signed_in_as_somebody_else_one_is_refused(alice, bob, charlie, sent):
    assert get(bob, sent["url"], **bearer(bob)).status_code == 200
    for door in (alice, charlie):
        assert get(door, sent["url"], **bearer(door)).status_code == 403
        browser = Door()
        browser.client.force_login(door.person)
        parts = urlsplit(sent["url"])
        assert browser.client.get(f"{parts.path}?{parts.query}").status_code == 403
    assert get(bob, sent["url"], HTTP_AUTHORIZATION="Bearer stale").status_code == 403


@pytest.mark.row(33)
@pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 403)])
def test_a_link_is_good_for_an_hour(bob, sent, minutes, status):
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
        assert get(bob, sent["url"]).status_code == status


@pytest.mark.row(33)
def test_nobody_makes_a_link_themselves(bob, sent):
    link = sent["url"].partition("link=")[2]
    head, tail = link[:10], link[10:]
    for wrong in ("", "x", link[:-1], head + "AAAA" + tail, link + "A", "a:b:c"):
        assert get(bob, f"http://testserver/files?link={wrong}").status_code == 403
    assert get(bob, "http://testserver/files?other=1").status_code == 403


@pytest.mark.row(23, 33)
def test_who_may_not_see_the_message_any_more_gets_nothing(alice, bob, group):
    message = send(alice, group, upload(alice, picture()))
    (file,) = files_of(bob, message)
    assert get(bob, file["thumbnailUrl"]).status_code == 200
    done(alice, "removeParticipant", conversationId=group, userId=gid(bob))
    assert get(bob, file["url"]).status_code == get(bob, file["thumbnailUrl"]).status_code == 404


def test_nor_does_who_was_disabled(bob, sent):
    User.objects.filter(pk=bob.person.pk).update(is_active=False)
    assert get(bob, sent["url"]).status_code == 403


def test_nor_anybody_outside_access_hours(bob, sent, settings):
    now = timezone.now()
    settings.ACCESS_HOURS = f"{now + timedelta(hours=2):%H:%M}-{now + timedelta(hours=3):%H:%M}"
    assert get(bob, sent["url"]).status_code == 403


def test_a_link_is_only_to_be_read(bob, sent):
    parts = urlsplit(sent["url"])
    assert Door().client.post(f"{parts.path}?{parts.query}").status_code == 405
    assert Door().client.head(f"{parts.path}?{parts.query}").content == b""


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_deleting_a_message_deletes_its_files(alice, bob, direct, django_capture_on_commit_callbacks):
    message = send(alice, direct, upload(alice, picture()), body="look")
    other = send(alice, direct, upload(alice), body="stays")
    (file,) = files_of(bob, message)
    assert len(stored()) == 3
    with django_capture_on_commit_callbacks(execute=True):
        done(alice, "deleteMessage", messageId=message)
    assert files_of(bob, message) == []
    assert len(files_of(bob, other)) == len(stored()) == Attachment.objects.count() == 1
    assert get(bob, file["url"]).status_code == 404


def test_before_the_commit_nothing_is_removed(alice, direct):
    message = send(alice, direct, upload(alice))
    done(alice, "deleteMessage", messageId=message)  # in the transaction of this test, which does not commit
    assert len(stored()) == 1
    assert Attachment.objects.get().uploader is None


def test_a_group_that_ends_takes_its_files_along(alice, bob, group, django_capture_on_commit_callbacks):
    for _ in range(3):
        send(alice, group, upload(alice, picture()), upload(alice))
    kept = gather(alice, bob, title="other")
    send(alice, kept, upload(alice))
    with django_capture_on_commit_callbacks(execute=True):
        done(alice, "deleteConversation", conversationId=group)
    assert len(stored()) == Attachment.objects.count() == 1


def test_an_account_that_goes_takes_along_what_it_did_not_send(alice, bob, direct, django_capture_on_commit_callbacks):
    message = send(alice, direct, upload(alice), body="look")
    upload(alice, picture())
    with django_capture_on_commit_callbacks(execute=True):
        done(alice, "deleteAccount", password=PASSWORD)
    (file,) = files_of(bob, message)
    assert get(bob, file["url"]).content == b"hello"
    assert len(stored()) == 1


def test_what_was_not_sent_for_a_day_is_cleaned_up(alice, direct, capsys):
    send(alice, direct, upload(alice))
    late, fresh = upload(alice, picture()), upload(alice)
    a_day_ago = timezone.now() - timedelta(days=1, minutes=1)
    Attachment.objects.exclude(pk=key(fresh["id"])).update(created_at=a_day_ago)
    call_command("clean_up")
    assert "1 files removed" in capsys.readouterr().out
    assert len(stored()) == Attachment.objects.count() == 2
    given = {"conversationId": direct, "body": "x", "attachmentIds": [late["id"]]}
    assert refused(alice, "sendMessage", **given) == [("NOT_FOUND", "attachmentIds.0")]


def test_what_could_not_be_removed_is_cleaned_up_later(alice, monkeypatch):
    """A fault from outside, which no request can bring about."""
    upload(alice)
    Attachment.objects.update(created_at=timezone.now() - timedelta(days=2))

    def fail(name: str) -> None:
        raise OSError("the storage does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(default_storage._wrapped, "delete", fail)
        call_command("clean_up")
    assert (len(stored()), Attachment.objects.get().uploader) == (1, None)
    call_command("clean_up")
    assert (stored(), Attachment.objects.count()) == ([], 0)


# ── two at once ──────────────────────────────────────────────────────────────────────────────────────────────────────


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_two_messages_at_once_with_one_file(alice, bob):
    first, second = talk(alice, bob), gather(alice, bob)
    id = upload(alice)["id"]
    payloads = at_once(
        *(
            lambda where=where: do(again(alice), "sendMessage", conversationId=where, body="x", attachmentIds=[id])
            for where in (first, second, first, second)
        )
    )
    codes = sorted(one["errors"][0]["code"] if one["errors"] else "done" for one in payloads)
    assert codes == ["CONFLICT", "CONFLICT", "CONFLICT", "done"]
    assert Message.objects.count() == 1
    assert sorted(Conversation.objects.values_list("last_sequence", flat=True)) == [0, 1]


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_wait_however_many_come_at_once(alice):
    for _ in range(18):
        upload(alice)
    payloads = at_once(*[lambda: try_upload(again(alice), a_file(picture()))] * 6)
    assert sorted(bool(one["errors"]) for one in payloads) == [False] * 2 + [True] * 4
    assert Attachment.objects.filter(uploader=alice.person).count() == Attachment.objects.count() == 20
    assert len(stored()) == 18 + 2 * 2
