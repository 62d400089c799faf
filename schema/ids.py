"""Relay global ids, and what they find for a viewer: by every path the same rule, `visible_to`.

Malformed, of another type, missing and somebody else's are one answer: not found.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

import strawberry
from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.models import Session, User
from accounts.refusals import NotFound
from messaging.models import Attachment, Conversation, Message, Participant
from rows import Statement, pages

NODES: dict[str, type[Model]] = {
    "User": User,
    "Session": Session,
    "Conversation": Conversation,
    "Participant": Participant,
    "Message": Message,
    "Attachment": Attachment,
}
NAMES = {model: name for name, model in NODES.items()}
MAX_IDS = 100
MAX_KEY = 2**63

Found = TypeVar("Found", bound=Model)


def encode(model: type[Model], pk: int) -> strawberry.ID:
    return strawberry.ID(base64.b64encode(f"{NAMES[model]}:{pk}".encode()).decode())


def decode(global_id: str) -> tuple[type[Model], int] | None:
    """The model and primary key that an id names; None for what is no id of ours."""
    try:
        name, _, key = base64.b64decode(global_id.encode(), validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        return None
    if name not in NODES or not key.isascii() or not key.isdigit() or len(key) > 19 or int(key) >= MAX_KEY:
        return None
    return NODES[name], int(key)


def key(model: type[Model], global_id: str) -> int:
    """The primary key in an id of this model; 0, which no row has, for anything else."""
    decoded = decode(global_id)
    return decoded[1] if decoded and decoded[0] is model else 0


def keys(model: type[Model], global_ids: Sequence[str], field: str) -> list[int]:
    """Those of several ids. Raises ValidationError beyond 100."""
    check_length(global_ids, field)
    return [key(model, one) for one in dict.fromkeys(global_ids)]


def key_list(model: type[Model], global_ids: Sequence[str], field: str) -> list[int]:
    """The primary keys in a list of ids of an input's `field`, each in its place. Raises ValidationError beyond 100."""
    check_length(global_ids, field)
    return [key(model, one) for one in global_ids]


def key_given(model: type[Model], global_id: str | None) -> int | None:
    """The primary key in an optional id."""
    return None if global_id is None else key(model, global_id)


def find(viewer: User, model: type[Found], global_id: str, field: str) -> Found:
    """What the id in an input's `field` names. Raises NotFound."""
    return find_all(viewer, model, [global_id], [field])[0]


def find_all(viewer: User, model: type[Found], global_ids: Sequence[str], fields: Sequence[str]) -> list[Found]:
    """What several ids name, in their order; all or nothing. One statement. Raises NotFound with each field."""
    wanted = [key(model, one) for one in global_ids]
    found = find_by_keys(viewer, model, set(wanted))
    missing = {field: "Not found." for pk, field in zip(wanted, fields, strict=True) if pk not in found}
    if missing:
        raise NotFound(missing)
    return [found[pk] for pk in wanted]


def find_list(viewer: User, model: type[Found], global_ids: Sequence[str], field: str) -> list[Found]:
    """What a list of ids in an input's `field` names. Raises NotFound (`userIds.3`), or ValidationError beyond 100."""
    check_length(global_ids, field)
    return find_all(viewer, model, global_ids, [f"{field}.{place}" for place in range(len(global_ids))])


def check_length(global_ids: Sequence[str], field: str) -> None:
    if len(global_ids) > MAX_IDS:
        raise ValidationError({field: f"A list has at most {MAX_IDS} ids."})


def one_of(model: type[Found]) -> Statement[Found]:
    visible: Any = model._default_manager.all()
    return Statement(lambda viewer, pk: visible.visible_to(viewer).filter(pk=pk))


ONE_OF: dict[type[Model], Statement[Any]] = {model: one_of(model) for model in (Conversation, Participant, Message)}
"""For those whose rule of reading asks who the viewer is, and nothing else: not what time it is."""


def find_by_keys(viewer: User, model: type[Found], pks: set[int]) -> dict[Any, Found]:
    """Those of these rows that the viewer may see, by primary key."""
    wanted = pks - {0}
    if not wanted:
        return {}
    if len(wanted) == 1 and model in ONE_OF:
        return {row.pk: row for row in ONE_OF[model](viewer, *wanted)}
    visible: Any = model._default_manager.all()
    return {row.pk: row for row in pages.page(visible.visible_to(viewer).filter(pk__in=wanted))}


def find_or_none(viewer: User, model: type[Found], global_id: str) -> Found | None:
    """What an argument of a query names; None for what the viewer cannot see."""
    pk = key(model, global_id)
    return find_by_keys(viewer, model, {pk}).get(pk)


def find_node(viewer: User, global_id: str) -> Model | None:
    """For `node(id:)`: whatever the viewer may see under this id, else None."""
    decoded = decode(global_id)
    return find_by_keys(viewer, decoded[0], {decoded[1]}).get(decoded[1]) if decoded else None


def find_nodes(viewer: User, global_ids: Sequence[str]) -> list[Model | None]:
    """For `nodes(ids:)`: one statement for each type among them."""
    check_length(global_ids, "ids")
    decoded = [decode(one) for one in global_ids]
    wanted: dict[type[Model], set[int]] = {}
    for one in decoded:
        if one:
            wanted.setdefault(one[0], set()).add(one[1])
    found = {model: find_by_keys(viewer, model, pks) for model, pks in wanted.items()}
    return [found[one[0]].get(one[1]) if one else None for one in decoded]


def find_given(viewer: User, model: type[Found], global_id: str | None, field: str) -> Found | None:
    """What an optional id in an input names. Raises NotFound."""
    return None if global_id is None else find(viewer, model, global_id, field)
