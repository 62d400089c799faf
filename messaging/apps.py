from django.apps import AppConfig
from django.db.backends.signals import connection_created

from messaging.search import know_fold


class MessagingConfig(AppConfig):
    name = "messaging"

    def ready(self) -> None:
        connection_created.connect(know_fold, dispatch_uid="parley.fold")
