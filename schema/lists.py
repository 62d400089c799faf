"""The root lists: how each is ordered, and so what its cursors are made of."""

from datetime import datetime

from django.db.models.functions import Lower

from accounts.models import User
from accounts.selectors import people_for
from messaging import selectors
from schema.connections import Order, Rows

LAST_ACTIVITY = Order("LAST_ACTIVITY", "last_activity_at", datetime, descending=True)
USERNAME = Order("USERNAME", "username_key", str)


def list_users(viewer: User) -> Rows:
    return Rows(people_for(viewer).annotate(username_key=Lower("username")), USERNAME)


def list_conversations(viewer: User) -> Rows:
    return Rows(selectors.conversations_for(viewer), LAST_ACTIVITY)
