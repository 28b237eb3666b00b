"""Asking for merges and for taking them back, and the job that does both: references that the asker does not see are moved too."""

from __future__ import annotations

from typing import Any, Final

import structlog
from django.db import close_old_connections
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from procrastinate.contrib.django import app
from pydantic import Field

from foedera.platform.actions.errors import ActionError, NotFound, Refused
from foedera.platform.actions.performing import (
    Action,
    Reason,
    Run,
    action_named,
    check_version,
    lock,
    perform,
    register,
)
from foedera.platform.actions.performing_many import words_of
from foedera.platform.lists.bulk.access import WORKERS
from foedera.platform.lists.description import RecordType, record_type
from foedera.platform.lists.importing.job import actor_of_duty

from .actions import Chosen, _separate, _why_not, facts_of, looked_at
from .models import Merge, MergeState

QUEUE: Final = "merging"
AT_WORK = frozenset({MergeState.WAITING, MergeState.UNDOING})
logger = structlog.get_logger(__name__)


class AskInput(Chosen):
    """Of which list the two records are, which stays, the version of it that was looked at, and what a merge is given."""

    kind: str = Field(max_length=40, description="The list, such as agreements")
    stays: str = Field(max_length=24, description="Number of the record that stays")
    version: int


def merged_kind(name: str) -> RecordType:
    """The record type of that name, whose records can be merged. Raises NotFound."""
    try:
        action_named(f"{name}.absorb")
        return record_type(name)
    except LookupError:
        raise NotFound() from None


def _ask(run: Run[Merge]) -> Merge:
    given, actor = run.input, run.actor
    kind = merged_kind(given.kind)
    if actor.person_id is None or actor.duty_id is None:
        raise Refused(_("Only people merge records."))
    if actor.record_types is not None and kind.name not in actor.record_types:
        raise NotFound()
    if "\x00" in given.stays:
        raise NotFound()
    from foedera.platform.lists.pages.records import find

    stays = lock(kind.model, actor, [find(kind, given.stays, actor).pk]).popitem()[1]
    allowed, reason = action_named(f"{kind.name}.absorb").verdict(actor, stays)
    if not allowed:
        raise Refused(reason)
    check_version(stays, given.version)
    plan = looked_at(kind, stays, given, actor)
    made = Merge.objects.create(
        **facts_of(plan),
        values={"version": given.version, "other_version": given.other_version, "choose": given.choose},
        reason=run.reason,
        person_id=actor.person_id,
        duty_id=actor.duty_id,
        language=actor.language,
    )
    carry_out_merge.defer(merge_id=made.pk)
    return made


def _ask_back(run: Run[Merge]) -> Merge:
    merge: Merge = run.record
    kind = merged_kind(merge.kind)
    stays = lock(kind.model, run.actor, [merge.stays_id]).get(merge.stays_id)
    assert kind.change is not None
    if stays is None:
        raise NotFound()
    allowed, reason = kind.change.verdict(run.actor, stays)
    if not allowed:
        raise Refused(reason)
    merge.state, merge.reason, merge.error = MergeState.UNDOING, run.reason, ""
    merge.person_id, merge.duty_id, merge.language = run.actor.person_id, run.actor.duty_id, run.actor.language
    merge.save()
    carry_out_merge.defer(merge_id=merge.pk)
    return merge


def merged_on(merge: Merge) -> str:
    """Why a merge cannot be taken back when the record that stayed went in its turn; empty when it did not."""
    if merge.leads_id == merge.stays_id:
        return ""
    return _("%(number)s was merged in its turn; that merge is to be taken back first.") % {
        "number": merge.stays_number
    }


def _why_not_now(merge: Merge) -> str:
    return merged_on(merge) if merge.state == MergeState.DONE else _("There is no merge to take back.")


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    return register(
        Action(
            name=f"merges.{name}",
            label=label,
            model=Merge,
            body=body,
            roles=WORKERS,
            reason=Reason.REQUIRED,
            needs_version=False,
            many=False,
            **more,
        )
    )


ASK = _action("ask", gettext_lazy("Merge"), _ask, input=AskInput, makes_record=True)
ASK_BACK = _action(
    "ask_back",
    gettext_lazy("Take the merge back"),
    _ask_back,
    available=_why_not_now,
)
SEPARATE = _action("separate", gettext_lazy("Take the merge back"), _separate, available=_why_not, listed=False)


@app.task(name="merging.carry_out", queue=QUEUE)
def carry_out_merge(merge_id: int) -> None:
    """Carries out a merge that waits, or takes one back; what was done already is not done again."""
    close_old_connections()
    try:
        work_now(merge_id)
    finally:
        close_old_connections()


def work_now(merge_id: int) -> None:
    """As `carry_out_merge`, in this process. What is refused is kept with the merge and not raised."""
    merge = Merge.objects.filter(pk=merge_id, state__in=AT_WORK).first()
    if merge is None:
        return
    with translation.override(merge.language):
        try:
            _work(merge)
        except ActionError as refused:
            words = " ".join(str(problem.message) for problem in words_of(refused))
            _give_up(merge, words)
            logger.info("a merge was refused", merge=merge_id, reason=words)
        except Exception:
            # Whoever waits for it must not wait for ever; the fault is in the log, and the job is kept as failed.
            _give_up(merge, _("It failed; whoever looks after the register finds the reason in its log."))
            raise


def _give_up(merge: Merge, words: str) -> None:
    state = MergeState.DONE if merge.state == MergeState.UNDOING else MergeState.REFUSED
    Merge.objects.filter(pk=merge.pk, state=merge.state).update(state=state, error=words)


def _work(merge: Merge) -> None:
    actor = actor_of_duty(merge.duty_id, merge.language, merge.person_id) if merge.duty_id is not None else None
    if actor is None:
        raise NotFound(_("The role in which this was asked for has ended; nothing was written."))
    if merge.state == MergeState.UNDOING:
        perform(SEPARATE, actor, record=merge, reason=merge.reason)
        return
    values = {
        "other": merge.goes_number,
        "other_version": merge.values["other_version"],
        "choose": merge.values["choose"],
        "merge": merge.pk,
    }
    absorb = action_named(f"{merge.kind}.absorb")
    perform(absorb, actor, record=merge.stays_id, version=merge.values["version"], values=values, reason=merge.reason)
