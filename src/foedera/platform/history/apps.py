"""History as a Django app: triggers and views of the past are installed anew after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class HistoryConfig(AppConfig):
    name = "foedera.platform.history"
    label = "platform_history"

    def ready(self) -> None:
        from . import past_rows, personal, triggers

        pre_migrate.connect(past_rows.forget_views, sender=self, dispatch_uid="views of the past")
        post_migrate.connect(triggers.install_after_migrate, sender=self, dispatch_uid="history triggers")
        post_migrate.connect(past_rows.install_after_migrate, sender=self, dispatch_uid="rows of the past")
        post_migrate.connect(personal.install_after_migrate, sender=self, dispatch_uid="personal values")
