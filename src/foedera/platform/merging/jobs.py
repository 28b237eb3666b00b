"""Background work of merging."""

from django.utils.translation import gettext_lazy as _

from foedera.platform.jobs.declaring import describe

from .separating import carry_out_merge

__all__ = ["carry_out_merge"]

describe(
    "merging.carry_out",
    _("Merge two records, or take a merge back"),
    _("Everything that refers to one record moves to the other, also what only others see."),
    by_hand=False,
)
