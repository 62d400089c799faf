"""`config.asgi:application`: HTTP for any ASGI server."""

import os

from django.core.asgi import get_asgi_application

from config.checks import refuse_unsafe_settings
from config.database import serve_in_time
from config.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
serve_in_time()
application = tolerant(get_asgi_application())
