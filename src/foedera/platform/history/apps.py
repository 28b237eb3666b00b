"""History as a Django app: the triggers are reinstalled after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class HistoryConfig(AppConfig):
    name = "foedera.platform.history"
    label = "platform_history"

    def ready(self) -> None:
        from .triggers import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="history triggers")
