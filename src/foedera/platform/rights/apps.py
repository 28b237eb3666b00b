"""Who may take which step, as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    name = "foedera.platform.rights"
    label = "platform_rights"
    verbose_name = _("Who may do what")

    def ready(self) -> None:
        from foedera.platform.lists.pages.accompanying import accompany_with

        from .accompanying import beside

        accompany_with(beside)
