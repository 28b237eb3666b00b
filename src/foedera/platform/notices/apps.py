"""Notices as a Django app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    """What each room tells stands in its `notices.py`, the days for calendars in its `feeds.py`; they are all read here."""

    name = "foedera.platform.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        """Reads the kinds of all rooms, and puts the count into the frame."""
        from foedera.platform.pages.navigation import count_inbox_with

        from . import access  # noqa: F401 - registers the policies
        from .queries import unread_count

        autodiscover_modules("notices", "feeds")
        count_inbox_with(unread_count, "notices:inbox")
