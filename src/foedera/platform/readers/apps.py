"""Named readers as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReadersConfig(AppConfig):
    name = "foedera.platform.readers"
    label = "platform_readers"
    verbose_name = _("Named readers")

    def ready(self) -> None:
        from django.contrib.auth import get_user_model

        from foedera.platform.access.fences import refers, widen
        from foedera.platform.lists.description import offer_on_every_type
        from foedera.platform.lists.pages.accompanying import accompany_with
        from foedera.platform.records.models import NamedReader

        from .accompanying import beside
        from .actions import offer_readers

        offer_on_every_type(offer_readers)
        accompany_with(beside)
        # Whoever works on a record may know whom it names.
        widen(get_user_model(), lambda: refers(NamedReader._meta.db_table, "person_id"))
