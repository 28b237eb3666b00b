"""The register of agreements as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "foedera.agreements"
    label = "agreements"

    def ready(self) -> None:
        from foedera.platform.lists import lookups
        from foedera.platform.pages.navigation import Entry, register

        from . import (  # noqa: F401 - registers policies, record types and their actions
            access,
            lists,
            merging,
        )
        from .importing import agreements, ties  # noqa: F401 - registers what can be imported
        from .queries import find_agreements
        from .review import actions  # noqa: F401 - registers the actions of the review

        lookups.register("agreements", find_agreements)
        register(Entry(20, _("Agreements"), "agreements:list", "documents"))
        register(Entry(25, _("Ties"), "agreements:ties", "rings"))
        register(Entry(30, _("Review"), "review:desk", "review", lambda actor: not actor.is_public))
        register(Entry(35, _("Coverage"), "coverage:overview", "map"))
