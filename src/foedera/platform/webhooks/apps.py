"""Webhooks as a Django app: the trigger of the outbox is installed anew after every migration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    name = "foedera.platform.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        """Registers policy and actions, and the entry of the navigation."""
        from foedera.platform.pages.navigation import Entry, register

        from . import actions  # noqa: F401 - registers policy and actions
        from .access import sees_webhooks
        from .triggers import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self, dispatch_uid="outbox of webhooks")
        register(Entry(94, _("Webhooks"), "webhooks:list", "arrows", sees_webhooks))
