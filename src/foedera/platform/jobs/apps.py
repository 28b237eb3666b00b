from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Jobs of each room stand in its `jobs.py`; they are all read here, so that every worker knows them."""

    name = "foedera.platform.jobs"
    label = "jobs"
    verbose_name = _("Background work")

    def ready(self) -> None:
        """Reads the jobs of all rooms."""
        from foedera.platform.pages.navigation import Entry, register

        from .declaring import sees_jobs

        autodiscover_modules("jobs")
        register(Entry(95, _("Background work"), "jobs:overview", "gear", sees_jobs))
