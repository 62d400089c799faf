"""The admin as a whole: its name, and one's own password changed by the same service as everywhere."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse_lazy

from accounts.services import change_password

admin.site.site_header = admin.site.site_title = "Parley"
admin.site.site_url = "/graphql"


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's, which would leave every other device signed in."""

    def save(self, commit: bool = True) -> Any:
        given = self.cleaned_data
        return change_password(
            viewer=self.user, current_password=given["old_password"], new_password=given["new_password1"]
        )


def change_own_password(request: HttpRequest) -> HttpResponseBase:
    view = PasswordChangeView.as_view(
        form_class=OwnPasswordForm,
        success_url=reverse_lazy("admin:password_change_done"),
        extra_context=admin.site.each_context(request),
    )
    return view(request)
