from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Tags, register

from config.checks import check_production, check_search_index, check_values, wrong_watchers


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        register(check_production, Tags.security)
        register(check_values, Tags.security)
        register(check_search_index, Tags.database)
        if settings.SENTRY_DSN and not list(wrong_watchers()):  # else the checks say so
            from config import sentry

            sentry.begin()
