"""When the processes that serve look for garbage: between two requests, rather than in the middle of one."""

import gc
from typing import Any

from django.core.signals import request_finished

NEW_OBJECTS = 20_000  # beyond which it is looked for all the same: a page of an inbox makes some thousands
LEFT_BEHIND = 1_000  # objects that are worth a look
OFTEN = 10  # looks at what is young, after which what outlived them is looked at, too


def collect_between_requests() -> None:
    """For the entry points, once everything is loaded: what is there now stays, and is not looked through again.

    The rows of a GraphQL request part and go by themselves (`rows/pages.py`); of what else is done, in the admin and by
    the ORM, something is left that knows itself. Python's own collector comes when enough is new, which is in the
    middle of a request: it finds everything in use, lays it by as old, and finds it again much later. Between two
    requests nearly nothing is in use: it takes no more time, and a worker holds ten MiB less.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, OFTEN, OFTEN)
    request_finished.connect(collect_what_is_left)


def collect_what_is_left(**_: Any) -> None:
    """As far as it is worth it; older generations in their turn, as Python would."""
    young, middle, old = gc.get_count()
    if young > LEFT_BEHIND:
        gc.collect(2 if old > OFTEN else 1 if middle > OFTEN else 0)
