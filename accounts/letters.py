"""Letters: what is sent by e-mail. In the background where TASKS says so: then nobody can measure who has an account.

What a task is told is kept in the database until it is done, and longer; so it is told a primary key, and no address
and no token: the token is made where the letter is.
"""

import logging

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django_tasks import task
from limits import RateLimitItemPerHour

from accounts import throttle
from accounts.email_tokens import LIFETIMES, Purpose, end_older, make_token
from accounts.models import User

logger = logging.getLogger("parley.letters")

LETTERS = RateLimitItemPerHour(5)  # of a kind, to one person
SUBJECTS = {
    Purpose.VERIFICATION: "Your e-mail address at {site}",
    Purpose.PASSWORD_RESET: "A new password for {site}",
}
PAGES = {Purpose.VERIFICATION: "verify-email", Purpose.PASSWORD_RESET: "reset-password"}
NOWHERE = "django.core.mail.backends.dummy.EmailBackend"


def may_be_sent(person: User, purpose: Purpose) -> bool:
    """Whether the person has not had too many of this kind; counts one more."""
    return throttle.take(LETTERS, *_counted(person, purpose))


def seconds_until_next(person: User, purpose: Purpose) -> int:
    return throttle.seconds_until_free(LETTERS, *_counted(person, purpose))


@task()
def send_letter(person_id: int | None, purpose: str) -> None:
    """Sends a token to the address that this person has by now. For nobody nothing is done, so that the one who asks
    waits as long as for somebody."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is not None:
        _send(person, Purpose(purpose))


@task()
def send_reset_letter(person_id: int | None) -> None:
    """The same for who has asked without signing in, and so is not told that they ask too often."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is not None and may_be_sent(person, Purpose.PASSWORD_RESET):
        _send(person, Purpose.PASSWORD_RESET)


def _send(person: User, purpose: Purpose) -> None:
    """A letter that cannot be sent leaves nothing behind: the older one's token stays good."""
    token, text = make_token(person, purpose)
    try:
        write(person, purpose, text).send()
    except Exception as failure:  # whatever a mail server, or the package that talks to it, may think of
        token.delete()
        # Neither its words nor a traceback: mail servers repeat the address.
        reason = {"reason": type(failure).__name__, "code": getattr(failure, "smtp_code", None)}
        logger.error("a letter could not be sent", extra={"letter": purpose.value, **reason})
        return
    end_older(token)
    if settings.EMAIL_BACKEND == NOWHERE:
        logger.warning("a letter was sent nowhere: EMAIL_URL is not set", extra={"letter": purpose.value})


def write(person: User, purpose: Purpose, token: str) -> EmailMessage:
    """Of the person only the username is in it, which cannot be a sentence: whoever registers with somebody else's
    address must not write to them by it."""
    text = render_to_string(
        f"letters/{purpose.lower()}.txt",
        {
            "username": person.username,
            "site": settings.SITE_NAME,
            "token": token,
            "link": link_to(PAGES[purpose], token),
            "hours": int(LIFETIMES[purpose].total_seconds() // 3_600),
        },
    )
    subject = " ".join(SUBJECTS[purpose].format(site=settings.SITE_NAME).split())  # one line, whatever the name is
    return EmailMessage(subject, text, to=[person.email])


def link_to(page: str, token: str) -> str:
    """A page of the front end; empty where none is known. What stands behind `#` is in no server's log, and no page is
    told of it by the next one's `Referer`."""
    return f"{settings.FRONTEND_URL.rstrip('/')}/{page}#token={token}" if settings.FRONTEND_URL else ""


def _counted(person: User, purpose: Purpose) -> tuple[str, str, str]:
    return "letters", purpose.value, f"person {person.pk}"
