"""`config.wsgi:application`: HTTP for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from config.checks import refuse_unsafe_settings
from config.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
application = tolerant(get_wsgi_application())
