"""`config.wsgi:application`: HTTP for any WSGI server."""

import os

from django.core.wsgi import get_wsgi_application

from config.checks import refuse_unsafe_settings
from config.database import serve_in_time
from config.memory import collect_between_requests
from config.requests import tolerant

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
refuse_unsafe_settings()
serve_in_time()
application = tolerant(get_wsgi_application())
collect_between_requests()
