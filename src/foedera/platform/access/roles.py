"""The roles a person may hold in a body. What a role may do stands with each action; which rows it sees, in each room's policy."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    """A role held in a body for a time (field description, section 2)."""

    ADMINISTRATOR = "administrator", _("Administrator")
    COORDINATOR = "coordinator", _("Coordinator at the centre")
    LEGAL = "legal", _("Legal department")
    DESK = "desk", _("Desk of the ministry")
    OFFICE_HEAD = "office_head", _("Head of a regional office")
    OFFICE_OFFICER = "office_officer", _("Officer of a regional office")
    REGION = "region", _("Regional government")
    AGENCY = "agency", _("Regional agency")
    MUNICIPALITY = "municipality", _("Municipality")
    MISSION = "mission", _("Mission abroad")
    INSPECTOR = "inspector", _("Inspector")
    AUDITOR = "auditor", _("Auditor")
    PUBLIC = "public", pgettext_lazy("role", "Public")


# Roles whose work is the whole country: every record but the restricted ones of other bodies.
READS_EVERYTHING = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.LEGAL, Role.INSPECTOR, Role.AUDITOR})
# Roles bound to territories of their own state, by the jurisdictions of their body.
BOUND_TO_REGIONS = frozenset({Role.OFFICE_HEAD, Role.OFFICE_OFFICER, Role.REGION, Role.AGENCY, Role.MUNICIPALITY})
# Roles bound to partner states, by the jurisdictions of their body.
BOUND_TO_PARTNERS = frozenset({Role.DESK, Role.MISSION})
READS_ONLY = frozenset({Role.INSPECTOR, Role.AUDITOR, Role.PUBLIC})
EVERYONE = frozenset(Role)
# Who may propose a change that he may not make: everybody with a role but the auditor, who judges what others did.
PROPOSERS = EVERYONE - {Role.PUBLIC, Role.AUDITOR}
CENTRE = frozenset({Role.COORDINATOR, Role.LEGAL})
OFFICES = frozenset({Role.OFFICE_HEAD, Role.OFFICE_OFFICER})
