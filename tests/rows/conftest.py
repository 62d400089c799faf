"""What people have said to each other, as in tests/messaging."""

from tests.messaging.conftest import direct, group

__all__ = ["direct", "group"]
