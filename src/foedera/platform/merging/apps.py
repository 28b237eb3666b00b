"""Merging as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MergingConfig(AppConfig):
    name = "foedera.platform.merging"
    label = "platform_merging"
    verbose_name = _("Merging")

    def ready(self) -> None:
        from foedera.platform.access.policies import register
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.pages.moved import find_moved_with

        from . import separating  # noqa: F401 - registers the asking for merges
        from .access import MergePolicy
        from .accompanying import beside
        from .models import Merge
        from .queries import moved_to

        register(Merge, MergePolicy())
        accompany_with(beside)
        find_moved_with(moved_to)
