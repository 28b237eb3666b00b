"""Lists as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ListsConfig(AppConfig):
    name = "foedera.platform.lists"
    label = "platform_lists"

    def ready(self) -> None:
        from foedera.platform.access import policies
        from foedera.platform.pages.navigation import Entry, register

        from .bulk.access import WORKERS, BulkPolicy
        from .bulk.models import BulkRun
        from .delivering.access import SIGNED_IN, RunPolicy, SchedulePolicy
        from .delivering.models import ExportRun, ExportSchedule
        from .importing.running import imports_anything
        from .saving.access import FirstViewPolicy, ViewPolicy
        from .saving.models import FirstView, SavedView

        policies.register(SavedView, ViewPolicy())
        policies.register(FirstView, FirstViewPolicy())
        policies.register(ExportRun, RunPolicy())
        policies.register(ExportSchedule, SchedulePolicy())
        policies.register(BulkRun, BulkPolicy())
        register(Entry(80, _("Import"), "lists:imports", "upload", imports_anything))
        register(Entry(82, _("Exports"), "exports:mine", "download", lambda actor: actor.role in SIGNED_IN))
        register(Entry(81, _("Steps on many"), "list:bulk_runs", "checks", lambda actor: actor.role in WORKERS))
