"""Production's settings, but for the folder of the static files: that of the repository is left alone."""

import os

from config.settings import *  # noqa: F403

STATIC_ROOT = os.environ["STATIC_ROOT"]
