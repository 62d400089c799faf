"""People and their sessions in the admin. Who deletes an account deletes what hangs on it: messaging/admin.py."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.forms import SetPasswordMixin
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import services
from accounts.back_office import BackOffice, ReadOnly, ServedForm, staff_of
from accounts.models import Session, User
from accounts.permissions import can_edit_profile
from accounts.services import moderation

if TYPE_CHECKING:
    SessionInline = admin.TabularInline[Session, User]
    Passwords = SetPasswordMixin[User]
else:
    SessionInline, Passwords = admin.TabularInline, SetPasswordMixin

PROFILE = ("username", "email", "first_name", "last_name", "phone_number", "bio")
RANK = ("is_staff", "is_superuser")
RIGHTS = ("groups", "user_permissions")
NEW_PASSWORD = ("new_password", "new_password_again")


class PersonForm(Passwords, ServedForm):
    new_password, new_password_again = SetPasswordMixin.create_password_fields("New password", "New password again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NEW_PASSWORD:
            self.fields[name].required = self.instance.pk is None

    def clean(self) -> dict[str, Any]:
        one, other = (self.cleaned_data.get(name) for name in NEW_PASSWORD)
        if one != other:
            self.add_error("new_password_again", self.error_messages["password_mismatch"])
        return super().clean()


class Sessions(ReadOnly, SessionInline):
    """Where a person is signed in; never a token. One is ended on its own page."""

    model = Session
    fields = readonly_fields = ("device", "ip_address", "created_at", "last_used_at", "expires_at")
    can_delete = False
    show_change_link = True
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).live(timezone.now())  # type: ignore[attr-defined,no-any-return]


class PersonAdmin(BackOffice):
    """All of a person but the deletion."""

    form = PersonForm
    inlines = (Sessions,)
    list_display = ("username", "display_name", "email", "is_active", "is_staff", "last_seen_at", "created_at")
    list_filter = ("is_active", "is_staff")
    lookups = ("is_active__exact", "is_staff__exact")
    search_fields = ("username",)
    search_help_text = "The beginning of a username, a first or last name, or an e-mail address"
    filter_horizontal = RIGHTS
    actions = ("sign_out_everywhere",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        text = search_term.strip().lower()
        names = Q(first_name__istartswith=text) | Q(last_name__istartswith=text) | Q(username__lower__startswith=text)
        found = Q(email__lower__startswith=text) if "@" in text else names | Q(email__lower__startswith=text)
        return (queryset.filter(found) if text else queryset), False

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        password = ("Password", {"fields": NEW_PASSWORD, "description": "A new one signs out every device."})
        if obj is None:
            return [(None, {"fields": PROFILE}), password]
        shown = [
            (None, {"fields": (*PROFILE, "is_email_verified")}),
            ("Access", {"fields": ("is_active", *RANK, *RIGHTS)}),
            ("Times", {"fields": ("created_at", "updated_at", "last_seen_at", "last_login")}),
        ]
        return [*shown, password] if self.has_change_permission(request, obj) else shown

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        always = ("is_email_verified", "created_at", "updated_at", "last_seen_at", "last_login")
        return always if staff_of(request).is_superuser else (*always, *RANK, *RIGHTS)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "user_permissions":
            field.queryset = Permission.objects.select_related("content_type")  # each is named with it
        return field

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_edit(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_edit(request, obj)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        staff, given = staff_of(request), {name: form.cleaned_data[name] for name in form.changed_data}
        profile: Any = {name: given[name] for name in PROFILE if name in given}
        if not change:
            obj.pk = moderation.create_person(staff=staff, password=given["new_password"], **profile).pk
            return
        person = User.objects.get(pk=obj.pk)  # as it is; `obj` is already what the form wants
        if profile:
            services.update_profile(viewer=staff, person=person, **profile)
        if "new_password" in given:
            moderation.set_password(staff=staff, person=person, new_password=given["new_password"])
        if "is_active" in given:
            moderation.set_active(staff=staff, person=person, is_active=given["is_active"])
        if not given.keys().isdisjoint(RANK):
            rank = {name: getattr(obj, name) for name in RANK}
            moderation.set_rank(staff=staff, person=person, **rank)

    @admin.action(permissions=["change"], description="Sign out everywhere")
    def sign_out_everywhere(self, request: HttpRequest, people: QuerySet[User]) -> None:
        for person in people:
            moderation.sign_out(staff=staff_of(request), person=person)
            self.log_change(request, person, "Signed out everywhere.")
        self.message_user(request, "They have to sign in again, on every device.")


@admin.register(Session)
class SessionAdmin(ReadOnly, BackOffice):
    """Live sessions. Deleting one is signing that device out."""

    list_display = ("__str__", "user", "ip_address", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    fields = ("user", "device", "ip_address", "created_at", "last_used_at", "expires_at")
    search_fields = ("user",)
    search_help_text = "A username or an e-mail address"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).live(timezone.now()).select_related("user")  # type: ignore[attr-defined,no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Session], search_term: str
    ) -> tuple[QuerySet[Session], bool]:
        text = search_term.strip().lower()
        found = Q(user__username__lower=text) | Q(user__email__lower=text)
        return (queryset.filter(found) if text else queryset), False

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_edit(request, obj.user if obj else None)

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        moderation.sign_out(staff=staff_of(request), person=obj.user, session=obj)


def _may_edit(request: HttpRequest, person: User | None) -> bool:
    """None: people in general."""
    return person is None or can_edit_profile(staff_of(request), person)
