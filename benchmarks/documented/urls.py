"""The stock view."""

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import GraphQLView

from benchmarks.documented.schema import schema

urlpatterns = [
    path("graphql", csrf_exempt(GraphQLView.as_view(schema=schema))),
    path("health/ready", lambda _: HttpResponse()),
]
