"""Following as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowingConfig(AppConfig):
    name = "foedera.platform.following"
    label = "following"
    verbose_name = _("Following")

    def ready(self) -> None:
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.lists.pages.keeping import offer_for_lists
        from foedera.platform.pages.navigation import Entry, register

        from . import access, actions  # noqa: F401 - registers policies and actions
        from .accompanying import beside, list_steps

        accompany_with(beside)
        offer_for_lists(list_steps)
        register(Entry(77, _("Following"), "following:mine", "bookmark", lambda actor: actor.role in access.FOLLOWERS))
