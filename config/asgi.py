"""`config.asgi:application`: HTTP for any ASGI server."""

import os

from django.core.asgi import get_asgi_application

from config.checks import refuse_unsafe_settings
from config.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
application = tolerant(get_asgi_application())
