from django.apps import AppConfig
from django.core.checks import Tags, register

from config.checks import check_production, check_search_index, check_values


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        register(check_production, Tags.security)
        register(check_values, Tags.security)
        register(check_search_index, Tags.database)
