"""The life of a body as a table: from which states a verb leads where, and who may use it.

That a body whose last day has passed is closed needs nobody's step: `rules.state_on` says so from its dates.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.roles import Role

from .models import BodyState

# Who keeps the record of a body, in his scope.
KEEPERS = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.COORDINATOR,
        Role.DESK,
        Role.OFFICE_HEAD,
        Role.OFFICE_OFFICER,
        Role.REGION,
        Role.MISSION,
    }
)
# Who decides what a body covers, and that it begins or ends.
DECIDERS = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR})
FORMAT_KEEPERS = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.DESK})


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: its verb, from where it may be taken, where it leads, and who takes it."""

    verb: str
    label: str | Promise
    sources: frozenset[BodyState]
    target: BodyState
    roles: frozenset[Role]


ACTIVATE = Transition("activate", _("Confirm"), frozenset({BodyState.DRAFT}), BodyState.ACTIVE, DECIDERS)
# With a successor, and its last day still to come, a closing body is "changing" (see actions.bodies).
CLOSE = Transition(
    "close",
    _("Close"),
    frozenset({BodyState.ACTIVE, BodyState.CHANGING}),
    BodyState.CLOSED,
    DECIDERS,
)
REOPEN = Transition(
    "reopen",
    _("Keep after all"),
    frozenset({BodyState.CHANGING, BodyState.CLOSED}),
    BodyState.ACTIVE,
    DECIDERS,
)
ARCHIVE = Transition("archive", _("Archive"), frozenset({BodyState.CLOSED}), BodyState.ARCHIVED, DECIDERS)
TRANSITIONS = (ACTIVATE, CLOSE, REOPEN, ARCHIVE)
