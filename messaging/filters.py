"""What narrows a list of conversations or messages that the viewer may see."""

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.filters import check_search, matching_names
from accounts.models import User
from messaging.models import Attachment, Conversation, Message, Participant


def with_everybody(conversations: QuerySet[Conversation], user_ids: list[int]) -> QuerySet[Conversation]:
    """Those in which all of these people take part: counted, as a hundred conditions would take seconds to plan."""
    wanted = set(user_ids)
    if not wanted:
        return conversations
    there = _participants().filter(user__in=wanted).order_by().values("conversation").annotate(count=Count("pk"))
    return conversations.alias(there=Subquery(there.values("count"))).filter(there=len(wanted))


def matching(conversations: QuerySet[Conversation], text: str, viewer: User) -> QuerySet[Conversation]:
    """Those whose title, or the name of somebody else in them, holds the text. Raises ValidationError."""
    check_search(text)
    somebody = _participants().exclude(user=viewer).filter(matching_names(text, "user__"))
    return conversations.filter(Q(title__icontains=text.strip()) | Exists(somebody))


def unread(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return conversations.filter(Q(mine__last_read_sequence__lt=F("last_sequence")))


def archived(conversations: QuerySet[Conversation], is_archived: bool) -> QuerySet[Conversation]:
    """A message newer than the archiving has brought a conversation back."""
    # Without a negation, of which Django makes two subqueries for each conversation, and by the join that is there.
    marked = conversations.alias(archived=F("mine__archived_at_sequence"))
    if is_archived:
        return marked.filter(archived__gte=F("last_sequence"))
    return marked.filter(Q(archived=None) | Q(archived__lt=F("last_sequence")))


def with_attachment(messages: QuerySet[Message], has_attachment: bool) -> QuerySet[Message]:
    """Those with a file, or those without."""
    there = Exists(Attachment.objects.filter(message=OuterRef("pk")))
    return messages.filter(there if has_attachment else ~there)


def _participants() -> QuerySet[Participant]:
    return Participant.objects.filter(conversation=OuterRef("pk"))
