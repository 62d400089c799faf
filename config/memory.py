"""How often the processes that serve look for garbage."""

import gc

NEW_OBJECTS = 20_000  # more than those that went; a page of an inbox makes some thousands


def collect_seldom() -> None:
    """For the entry points, once everything is loaded: what is there now stays, and is not looked through again.

    Rows and answers go when they are no longer needed, without being looked for. With Python's own threshold of 700 the
    collector came several times within a request, and took a fifth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
