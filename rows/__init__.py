"""How rows come out of the database: made without ceremony, by statements that are compiled once.

Nothing here knows what the rows mean; everything above may use it (docs/decisions/0008-rows.md).
"""

from rows.models import Row
from rows.statements import Statement

__all__ = ["Row", "Statement"]
