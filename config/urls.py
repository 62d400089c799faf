"""Which path leads where."""

from django.contrib import admin
from django.urls import path, re_path

from config.admin import change_own_password
from schema.view import graphql

handler500 = "schema.faults.answer"
urlpatterns = [
    re_path(r"^graphql/?$", graphql, name="graphql"),  # both: a redirect would lose the body of a POST
    path("admin/password_change/", admin.site.admin_view(change_own_password)),
    path("admin/", admin.site.urls),
]
