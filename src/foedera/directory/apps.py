"""The directory as a Django app: it tells the platform what a body covers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "foedera.directory"
    label = "directory"

    def ready(self) -> None:
        from foedera.platform.access.actors import resolve_territories_with
        from foedera.platform.lists import lookups
        from foedera.platform.pages import navigation
        from foedera.platform.search.naming import name_partners_with

        from . import access, actions, lists, loading  # noqa: F401 - registers policies, actions and record types
        from .importing import bodies  # noqa: F401 - registers what can be imported
        from .queries import find_bodies, find_territories, territories_of_bodies, territories_of_body
        from .territories import territory_ids, territory_labels

        lookups.register("bodies", find_bodies)
        lookups.register("territories", find_territories)
        navigation.register(navigation.Entry(50, _("Directory"), "directory:bodies", "building"))
        resolve_territories_with(territories_of_body, territories_of_bodies)
        name_partners_with(territory_labels, territory_ids)
