from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    """Jobs of all rooms stand in their `jobs.py`, which procrastinate finds by itself."""

    name = "foedera.platform.jobs"
    label = "jobs"
    verbose_name = _("Background work")
