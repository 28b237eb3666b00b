"""The procedure of an agreement as a table: from which states, by which verb, to which state, by whom, with which facts.

Three gates (intent, text, entry) and the side states of field description 4.3. Only the table; `actions` writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.roles import BOUND_TO_REGIONS, CENTRE, OFFICES, Role

from .models import SIGNED_STATES, State

WORKERS = frozenset({*OFFICES, *BOUND_TO_REGIONS, *CENTRE})
GATEKEEPERS = frozenset({Role.COORDINATOR, Role.LEGAL})
UNSIGNED = (
    State.IDEA,
    State.INTENT_NOTIFIED,
    State.INTENT_CLEARED,
    State.DRAFTING,
    State.IN_CLEARANCE,
    State.RETURNED,
    State.CLEARED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step: `needs` are the facts asked for and recorded, `reason` whether it must be said why."""

    verb: str
    label: str | Promise
    sources: tuple[State, ...]
    target: State
    roles: frozenset[Role]
    needs: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    reason: bool = False
    next_step: bool = True


TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        verb="notify_intent",
        label=_("Notify the intent"),
        sources=(State.IDEA,),
        target=State.INTENT_NOTIFIED,
        roles=WORKERS,
        needs=("intent_notified_on",),
        required=("intent_notified_on",),
    ),
    Transition(
        verb="clear_intent",
        label=_("Clear the intent"),
        sources=(State.INTENT_NOTIFIED,),
        target=State.INTENT_CLEARED,
        roles=GATEKEEPERS,
        needs=("intent_cleared_on",),
        required=("intent_cleared_on",),
    ),
    Transition(
        verb="prohibit_intent",
        label=_("Prohibit the intent"),
        sources=(State.INTENT_NOTIFIED,),
        target=State.INTENT_PROHIBITED,
        roles=GATEKEEPERS,
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="start_drafting",
        label=_("Start drafting"),
        sources=(State.IDEA, State.INTENT_CLEARED),
        target=State.DRAFTING,
        roles=WORKERS,
    ),
    Transition(
        verb="submit_text",
        label=_("Submit the text for clearance"),
        sources=(State.DRAFTING, State.RETURNED),
        target=State.IN_CLEARANCE,
        roles=WORKERS,
        needs=("submitted_on",),
        required=("submitted_on",),
    ),
    Transition(
        verb="return_text",
        label=_("Return the text for change"),
        sources=(State.IN_CLEARANCE,),
        target=State.RETURNED,
        roles=GATEKEEPERS,
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="clear_text",
        label=_("Clear the text"),
        sources=(State.IN_CLEARANCE,),
        target=State.CLEARED,
        roles=GATEKEEPERS,
        needs=("cleared_on",),
        required=("cleared_on",),
    ),
    Transition(
        verb="sign",
        label=_("Record the signature"),
        sources=(State.CLEARED,),
        target=State.SIGNED,
        roles=WORKERS,
        needs=("signed_on", "signed_at", "in_force_rule", "in_force_from"),
        required=("signed_on",),
    ),
    Transition(
        verb="sign_without_clearance",
        label=_("Record a signature without clearance"),
        sources=(
            State.IDEA,
            State.INTENT_NOTIFIED,
            State.INTENT_CLEARED,
            State.INTENT_PROHIBITED,
            State.DRAFTING,
            State.IN_CLEARANCE,
            State.RETURNED,
        ),
        target=State.SIGNED_WITHOUT_CLEARANCE,
        roles=WORKERS,
        needs=("signed_on", "signed_at", "in_force_rule", "in_force_from"),
        required=("signed_on",),
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="notify_signature",
        label=_("Notify the signature"),
        sources=(State.SIGNED, State.SIGNED_WITHOUT_CLEARANCE),
        target=State.NOTIFIED,
        roles=WORKERS,
        needs=("notified_on",),
        required=("notified_on",),
    ),
    Transition(
        verb="register",
        label=_("Register"),
        sources=(State.SIGNED, State.NOTIFIED, State.REGISTRATION_REFUSED),
        target=State.REGISTERED,
        roles=GATEKEEPERS,
        needs=("registered_on", "register_number"),
        required=("registered_on",),
    ),
    Transition(
        verb="refuse_registration",
        label=_("Refuse registration"),
        sources=(State.SIGNED, State.NOTIFIED, State.SIGNED_WITHOUT_CLEARANCE),
        target=State.REGISTRATION_REFUSED,
        roles=GATEKEEPERS,
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="withdraw",
        label=_("Withdraw"),
        sources=UNSIGNED,
        target=State.WITHDRAWN,
        roles=WORKERS,
        needs=("withdrawn_on",),
        required=("withdrawn_on",),
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="supersede",
        label=_("Mark as superseded"),
        sources=SIGNED_STATES,
        target=State.SUPERSEDED,
        roles=WORKERS,
        needs=("superseded_on",),
        required=("superseded_on",),
        reason=True,
        next_step=False,
    ),
    Transition(
        verb="archive",
        label=_("Archive"),
        sources=(*SIGNED_STATES, State.WITHDRAWN, State.SUPERSEDED, State.INTENT_PROHIBITED),
        target=State.ARCHIVED,
        roles=WORKERS,
        needs=("archived_on", "original_kept_at"),
        required=("archived_on",),
        next_step=False,
    ),
)

# What must be true of a signed agreement again when a withdrawn or archived one is taken back is decided by hand, so there is no
# verb that leads out of ARCHIVED; a mistake is corrected by `change` with a reason.


def allowed_from(state: str) -> tuple[Transition, ...]:
    """The steps that lead out of a state."""
    return tuple(t for t in TRANSITIONS if state in t.sources)
