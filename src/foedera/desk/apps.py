"""The desk as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    name = "foedera.desk"
    label = "desk"

    def ready(self) -> None:
        from foedera.platform.pages.navigation import Entry, register

        register(Entry(10, _("Desk"), "desk:home", "desk"))
