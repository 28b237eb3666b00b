"""Tags as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TagsConfig(AppConfig):
    name = "foedera.platform.tags"
    label = "platform_tags"
    verbose_name = _("Tags")

    def ready(self) -> None:
        from foedera.platform.access.policies import register
        from foedera.platform.lists import lookups
        from foedera.platform.lists.description import accompany_every_type
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.pages.navigation import Entry
        from foedera.platform.pages.navigation import register as show

        from . import actions
        from .access import SIGNED_IN, TagPolicy
        from .accompanying import beside
        from .column import tag_column
        from .models import Tag
        from .queries import find_tags

        register(Tag, TagPolicy())
        accompany_every_type(tag_column, actions.offer_tags)
        lookups.register("tags", find_tags)
        accompany_with(beside)
        show(Entry(83, _("Tags"), "tags:mine", "bookmark", lambda actor: actor.role in SIGNED_IN))
