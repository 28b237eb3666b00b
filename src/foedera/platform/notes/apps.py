"""Notes as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotesConfig(AppConfig):
    name = "foedera.platform.notes"
    label = "notes"
    verbose_name = _("Notes")

    def ready(self) -> None:
        from foedera.platform.lists.pages.accompanying import accompany_with

        from . import access, actions, lists  # noqa: F401 - registers the policy, the actions and the record type
        from .accompanying import beside

        accompany_with(beside)
