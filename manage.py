#!/usr/bin/env python3
"""Parley's commands: `python3 manage.py start`, `python3 manage.py test`, and Django's.

This file is kept readable for old Pythons, so that one gets a sentence instead of a syntax error.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - too old a Python is the one this is for
    sys.exit("Parley needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

from config.bootstrap import main

if __name__ == "__main__":
    main(sys.argv)
