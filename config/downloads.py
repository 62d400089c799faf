"""Files on their way out: attachments to those who may see their message, avatars to everybody.

Whatever the storage is, a file goes through here: the same check and the same headers, and a bucket stays closed. Files
are small (10 MiB), and the proxy takes them off our hands at once.
"""

from django.core.files.storage import default_storage
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, quote_etag
from django.views.decorators.http import require_safe

from accounts import avatars
from accounts.selectors import active_person
from config.middleware.access_hours import closed_until
from config.middleware.headers import NOTHING
from messaging import files, links, selectors
from messaging.models import Attachment

ASK_EACH_TIME = "private, no-cache"  # a browser keeps it, and asks whether it may still show it
FOR_EVER = "public, max-age=31536000, immutable"  # a new avatar has a new name


@require_safe
def attachment(request: HttpRequest) -> HttpResponse:
    """403 for a link that is bad, expired or somebody else's; 404 once its person may not see the message."""
    try:
        link = links.read(request.GET.get("link", ""))
    except BadSignature:
        return refusal(403, "This link is not good, or not any more: ask for a new one.")
    if not is_for(request, link.viewer_id):
        return refusal(403, "This link is for somebody else.")
    viewer = active_person(link.viewer_id)
    if viewer is None or closed_until(viewer, timezone.now()):
        return refusal(403, "This link is not good now.")
    try:
        found = selectors.attachment_for(viewer, link.attachment_id)
        return answer(request, *shown(found, link.is_thumbnail), ASK_EACH_TIME)
    except (Attachment.DoesNotExist, FileNotFoundError):
        return refusal(404, "Not found.")


@require_safe
def avatar(request: HttpRequest, name: str) -> HttpResponse:
    """Whoever knows the name gets it."""
    if not avatars.FILE_NAME.fullmatch(name):
        return refusal(404, "Not found.")
    try:
        return answer(request, f"{avatars.FOLDER}/{name}", avatars.CONTENT_TYPE, name, FOR_EVER)
    except FileNotFoundError:
        return refusal(404, "Not found.")


def is_for(request: HttpRequest, viewer_id: int) -> bool:
    """A link needs nobody signed in; but whoever is, by token or by cookie, is the one it was made for."""
    if request.refused_token is not None:  # type: ignore[attr-defined]
        return False
    return not request.user.is_authenticated or request.user.pk == viewer_id


def shown(attachment: Attachment, is_thumbnail: bool) -> tuple[str, str, str]:
    """Where it is stored, its type, and what a browser is to call it."""
    if is_thumbnail:
        return attachment.thumbnail.name or "", files.THUMBNAIL_TYPE, f"{attachment.filename}.webp"
    return attachment.file.name or "", attachment.content_type, attachment.filename


def answer(request: HttpRequest, path: str, content_type: str, filename: str, caching: str) -> HttpResponse:
    """Raises FileNotFoundError."""
    etag = quote_etag(path)
    response = get_conditional_response(request, etag=etag) or HttpResponse(read(path), content_type=content_type)
    response["ETag"] = etag
    response["Cache-Control"] = caching
    response["Content-Security-Policy"] = f"{NOTHING}; sandbox"
    if not isinstance(response, HttpResponseNotModified):
        response["Content-Disposition"] = content_disposition_header(True, filename) or "attachment"
    return response


def read(path: str) -> bytes:
    with default_storage.open(path) as file:
        content: bytes = file.read()
        return content


def refusal(status: int, sentence: str) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8", headers=headers)
