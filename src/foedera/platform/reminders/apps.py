"""Reminders as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RemindersConfig(AppConfig):
    name = "foedera.platform.reminders"
    label = "reminders"
    verbose_name = _("Reminders")

    def ready(self) -> None:
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.pages.navigation import Entry, register

        from . import access, actions  # noqa: F401 - registers the policy and the actions
        from .accompanying import beside

        accompany_with(beside)
        register(Entry(76, _("Reminders"), "reminders:list", "clock", lambda actor: actor.role in access.REMINDED))
