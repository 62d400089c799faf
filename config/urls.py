"""Which path leads where."""

from django.contrib import admin
from django.urls import path, re_path

from config import downloads
from config.admin import change_own_password
from schema.types import attachments, people
from schema.view import graphql

handler500 = "schema.faults.answer"
urlpatterns = [
    re_path(r"^graphql/?$", graphql, name="graphql"),  # both: a redirect would lose the body of a POST
    path(attachments.PATH[1:], downloads.attachment),
    path(f"{people.AVATARS_PATH[1:]}/<str:name>", downloads.avatar),
    path("admin/password_change/", admin.site.admin_view(change_own_password)),
    path("admin/", admin.site.urls),
]
