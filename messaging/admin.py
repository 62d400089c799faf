"""Conversations, participants and messages in the admin, and the end of an account."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import Truncator

from accounts.admin import PersonAdmin
from accounts.back_office import MOST_ROWS, BackOffice, ReadOnly, number, staff_of
from accounts.models import User
from messaging import services
from messaging.models import Conversation, Message, Participant, Revision
from messaging.services import moderation

if TYPE_CHECKING:
    RevisionInline = admin.TabularInline[Revision, Message]
else:
    RevisionInline = admin.TabularInline

CONVERSATION = "conversation:"


@admin.register(User)
class WholePersonAdmin(PersonAdmin):
    """With the deletion, which accounts/ cannot know: groups pass on, messages lose their sender, people are told."""

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        services.erase_account(person=obj)


@admin.register(Conversation)
class ConversationAdmin(BackOffice):
    list_display = ("__str__", "kind", "participant_count", "last_sequence", "created_at", "last_activity_at")
    list_filter = ("kind",)
    lookups = ("kind__exact",)
    search_fields = ("title",)
    search_help_text = "A part of the title, or the number of a conversation"
    fields = (
        "title",
        "kind",
        "created_by",
        ("people", "messages"),
        ("direct_low", "direct_high"),
        ("participant_count", "last_sequence", "last_event_sequence"),
        ("created_at", "updated_at", "last_activity_at"),
    )
    all_but_title = (
        "kind",
        "created_by",
        "people",
        "messages",
        "direct_low",
        "direct_high",
        "participant_count",
        "last_sequence",
        "last_event_sequence",
        "created_at",
        "updated_at",
        "last_activity_at",
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        text = search_term.strip()
        return (queryset.filter(Q(title__icontains=text) | Q(pk=number(text))) if text else queryset), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        return super().get_queryset(request).select_related("created_by", "direct_low", "direct_high")

    def get_readonly_fields(self, request: HttpRequest, obj: Conversation | None = None) -> tuple[str, ...]:
        return ("title", *self.all_but_title) if obj and obj.is_direct else self.all_but_title

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # staff take no part, and whoever starts a conversation does

    @admin.display(description="People")
    def people(self, conversation: Conversation) -> str:
        return _link(Participant, conversation, str(conversation.participant_count))

    @admin.display(description="Messages")
    def messages(self, conversation: Conversation) -> str:
        return _link(Message, conversation, str(conversation.last_sequence))

    def save_model(self, request: HttpRequest, obj: Conversation, form: Any, change: bool) -> None:
        if "title" in form.changed_data:
            moderation.rename_conversation(staff=staff_of(request), conversation=obj, title=obj.title)

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        moderation.end_conversation(staff=staff_of(request), conversation=obj)


@admin.register(Participant)
class ParticipantAdmin(BackOffice):
    list_display = ("id", "user", "conversation", "role", "joined_at", "last_read_sequence", "last_read_at")
    list_display_links = ("id", "user")
    list_select_related = ("user", "conversation")
    list_filter = ("role",)
    lookups = ("role__exact",)
    raw_id_fields = ("conversation", "user")
    search_fields = ("user",)
    search_help_text = f"A username, or the number of a conversation; {CONVERSATION}15 for the conversation alone"
    fields = (
        "conversation",
        "user",
        "role",
        "joined_at",
        ("last_read_sequence", "last_read_at"),
    )
    read_only = ("joined_at", "last_read_sequence", "last_read_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Participant], search_term: str
    ) -> tuple[QuerySet[Participant], bool]:
        text = search_term.strip()
        there = Participant.objects.filter(conversation=number(text.removeprefix(CONVERSATION)))
        theirs = Participant.objects.filter(user__username__lower=text.lower()).order_by("-pk")
        return (queryset.filter(pk__in=[*_keys(there), *_keys(theirs)]) if text else queryset), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Participant]:
        return super().get_queryset(request).select_related("user", "conversation")

    def get_fields(self, request: HttpRequest, obj: Participant | None = None) -> Any:
        return self.fields if obj else ("conversation", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Participant | None = None) -> tuple[str, ...]:
        return ("conversation", "user", *self.read_only) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.conversation.is_direct)

    def has_delete_permission(self, request: HttpRequest, obj: Participant | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.conversation.is_direct)

    def save_model(self, request: HttpRequest, obj: Participant, form: Any, change: bool) -> None:
        if change:
            moderation.change_role(staff=staff_of(request), participant=obj, role=obj.role)
            return
        obj.pk = moderation.add_participant(
            staff=staff_of(request), conversation=obj.conversation, person=obj.user, role=obj.role
        ).pk

    def delete_model(self, request: HttpRequest, obj: Participant) -> None:
        moderation.remove_participant(staff=staff_of(request), participant=obj)


class Revisions(ReadOnly, RevisionInline):
    """What it said before it was edited."""

    model = Revision
    fields = readonly_fields = ("body", "edited_by", "edited_at")
    can_delete = False
    ordering = ("pk",)


@admin.register(Message)
class MessageAdmin(ReadOnly, BackOffice):
    """To read, and to delete: a tombstone stays. Bodies are not searched: that would be a scan of the table."""

    inlines = (Revisions,)
    list_display = ("id", "conversation", "sequence", "sender", "beginning", "created_at", "deleted_at")
    list_select_related = ("conversation", "sender")
    search_fields = ("conversation",)
    search_help_text = f"The number of a message or of a conversation; {CONVERSATION}15 for the conversation alone"
    fields = (
        ("conversation", "sequence"),
        "sender",
        "body",
        "reply_to",
        ("created_at", "edited_at", "deleted_at"),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Message], search_term: str
    ) -> tuple[QuerySet[Message], bool]:
        text = search_term.strip()
        # By sequence, which only one index has: by primary key the planner may walk the whole table backwards.
        there = Message.objects.filter(conversation=number(text.removeprefix(CONVERSATION))).order_by("-sequence")
        return (queryset.filter(pk__in=[number(text), *_keys(there)]) if text else queryset), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).select_related("conversation", "sender")

    @admin.display(description="Message")
    def beginning(self, message: Message) -> str:
        return Truncator(message.body).chars(80)

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        moderation.delete_message(staff=staff_of(request), message=obj)


def _link(model: type[Participant] | type[Message], conversation: Conversation, text: str) -> str:
    """To the list of what belongs to one conversation."""
    address = reverse(f"admin:messaging_{model._meta.model_name}_changelist")
    return format_html('<a href="{}?q={}{}">{}</a>', address, CONVERSATION, conversation.pk, text)


def _keys(rows: QuerySet[Any]) -> list[int]:
    """Asked for first, and few: an OR over two indexes would use neither."""
    return list(rows.values_list("pk", flat=True)[:MOST_ROWS])
