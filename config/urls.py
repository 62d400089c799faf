"""Which path leads where; but `/graphql`, which config/middleware/endpoint.py answers."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import downloads
from config.admin import change_own_password
from schema.types import attachments, people


def no_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask every site for one, by themselves."""
    return HttpResponse(status=204, headers={"Cache-Control": "public, max-age=86400"})


handler500 = "schema.faults.answer"
urlpatterns = [
    path(attachments.PATH[1:], downloads.attachment),
    path(f"{people.AVATARS_PATH[1:]}/<str:name>", downloads.avatar),
    path("favicon.ico", no_icon),
    path("admin/password_change/", admin.site.admin_view(change_own_password)),
    path("admin/", admin.site.urls),
]
