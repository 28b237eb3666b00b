"""The search as a Django app: triggers and entries follow the descriptions of record types after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SearchConfig(AppConfig):
    name = "foedera.platform.search"
    label = "platform_search"

    def ready(self) -> None:
        from .triggers import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="search entries")
