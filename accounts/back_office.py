"""How the admin works in this house: quick on large tables, and every change is made by a service.

A ModelAdmin says in `save_model` and `delete_model` which service; what that refuses is shown as an error of the form.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import User

if TYPE_CHECKING:  # Django's own classes take no parameters when the program runs
    AnyAdmin = admin.ModelAdmin[Any]
    AnyForm = forms.ModelForm[Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin, AnyForm, AnyPaginator = admin.ModelAdmin, forms.ModelForm, Paginator

MOST_ROWS = 1_000
Refusal = ValidationError | PermissionDenied | ObjectDoesNotExist
REFUSALS = (ValidationError, PermissionDenied, ObjectDoesNotExist)


class NewestRows(AnyPaginator):
    """Pages through the newest rows, however many there are: no COUNT, and no deep OFFSET."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows.values_list("pk")[:MOST_ROWS])


class TickedRows(ActionForm):
    """An action is for the ticked rows; "all of them" could be a million changes in one request."""

    def clean_select_across(self) -> bool:
        return False


class ServedForm(AnyForm):
    """A form whose change a service makes; `refusal` is what the service said when it was sent."""

    refusal: ClassVar[Refusal | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.refusal is not None:
            self._show(self.refusal)
        return cleaned

    def _show(self, refusal: Refusal) -> None:
        for name, sentences in sentences_of(refusal).items():
            self.add_error(name if name in self.fields else None, sentences)


class BackOffice(AnyAdmin):
    form = ServedForm
    paginator = NewestRows
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0
    ordering = ("-pk",)
    sortable_by = ()
    action_form = TickedRows
    actions_selection_counter = False
    lookups: tuple[str, ...] = ()
    """By what a list may be narrowed in its address. Django allows every column, with a scan of the table for each."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        subtitle = f"The newest {MOST_ROWS:,} at most; what is older is found by searching"
        return super().changelist_view(request, {"subtitle": subtitle, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)  # a class made for this request alone
        form.refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]
        return form

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Django makes the change in one transaction: what was refused has left nothing behind, and is shown again."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except REFUSALS as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
        return super().changeform_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().delete_view(request, *args, **kwargs)
        except (ValidationError, ObjectDoesNotExist) as refusal:  # Django answers PermissionDenied
            self.tell(request, refusal)
        return HttpResponseRedirect(request.path)

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> Any:
        """All of an action, or nothing of it."""
        try:
            with transaction.atomic():
                return super().response_action(request, queryset, *args)
        except REFUSALS as refusal:
            self.tell(request, refusal)
        return None

    def tell(self, request: HttpRequest, refusal: Refusal) -> None:
        for sentences in sentences_of(refusal).values():
            self.message_user(request, " ".join(sentences), messages.ERROR)

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        """These rows alone: Django would collect everything that goes with them, which may be a million messages."""
        rows = list(objs)
        names = self.opts.verbose_name, self.opts.verbose_name_plural
        forbidden = {names[0]} if any(not self.has_delete_permission(request, row) for row in rows) else set()
        return [str(row) for row in rows], {names[1]: len(rows)}, forbidden, []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Refused where no service is named: Django itself would write the row, and nobody would be told."""
        raise PermissionDenied("Nothing here makes this change.")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        raise PermissionDenied("Nothing here deletes this.")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            self.delete_model(request, row)


class ReadOnly:
    """Pages that show, and change nothing."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def staff_of(request: HttpRequest) -> User:
    """Who asks: the admin lets in nobody else."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def number(text: str) -> int:
    """The primary key that somebody searches for; 0, which no row has, for what is no number."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def sentences_of(refusal: Refusal) -> dict[str, list[str]]:
    if isinstance(refusal, ObjectDoesNotExist):
        return {NON_FIELD_ERRORS: ["It is gone: somebody else was faster."]}
    if isinstance(refusal, PermissionDenied):
        return {NON_FIELD_ERRORS: [str(refusal) or "You may not do that."]}
    return refusal.message_dict if hasattr(refusal, "error_dict") else {NON_FIELD_ERRORS: refusal.messages}
