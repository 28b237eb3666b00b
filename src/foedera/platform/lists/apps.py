"""Lists as a Django app: search entries follow the descriptions after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ListsConfig(AppConfig):
    name = "foedera.platform.lists"
    label = "platform_lists"

    def ready(self) -> None:
        from .search_entries import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="search entries")
