"""Which path leads where."""

from django.contrib import admin
from django.urls import path, re_path

from schema.view import graphql

urlpatterns = [
    re_path(r"^graphql/?$", graphql, name="graphql"),  # both: a redirect would lose the body of a POST
    path("admin/", admin.site.urls),
]
