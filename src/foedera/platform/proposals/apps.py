"""Proposed changes as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProposalsConfig(AppConfig):
    name = "foedera.platform.proposals"
    label = "proposals"
    verbose_name = _("Proposals")

    def ready(self) -> None:
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.pages.navigation import Entry, register

        from . import access, actions  # noqa: F401 - registers the policy and the actions
        from .accompanying import beside

        accompany_with(beside)

        register(Entry(75, _("Proposals"), "proposals:list", "documents", lambda actor: not actor.is_public))
