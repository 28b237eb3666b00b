"""The steps of the procedure and of the life of an agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from psycopg.types.numeric import Int8

from foedera.agreements.deriving import derive
from foedera.agreements.models import (
    SIGNED_STATES,
    Agreement,
    AgreementLink,
    EndGround,
    LinkKind,
    Notice,
    NoticeKind,
    Side,
    State,
    Suspension,
)
from foedera.agreements.transitions import TRANSITIONS, WORKERS, Transition
from foedera.platform.access.database.preparing import prepared_cursor
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Action, Reason, Run, register, save
from foedera.platform.history.queries import before_it_became
from foedera.platform.lists.description import Column, Kind, Reference, choices_of
from foedera.platform.lists.inputs import assign, input_model

if TYPE_CHECKING:
    from foedera.platform.lists.description import RecordType

from foedera.agreements.actions.constraints import AgreementChanged


def register_steps(described: RecordType) -> None:
    """Register the steps of the procedure and of the life of an agreement, their input taken from the description."""
    for transition in TRANSITIONS:
        register(_step(transition, described))
    for action in _life_steps():
        register(action)


def _required(column: Column, required: bool) -> Column:
    from dataclasses import replace

    return replace(column, editable=True, required=required, group="")


def _step(transition: Transition, described: RecordType) -> Action[Agreement]:
    columns = tuple(_required(described.column(n), n in transition.required) for n in transition.needs)
    must = tuple(c for c in columns if c.required)
    may = tuple(c for c in columns if not c.required)

    def body(run: Run[Agreement]) -> Agreement:
        agreement: Agreement = run.record
        assign(agreement, run.input, must, run.actor)
        # A fact that is not given stays as it is.
        assign(agreement, run.input, may, run.actor, only_given=True)
        agreement.state = transition.target
        agreement.state_reason = run.reason if transition.reason else ""
        if transition.target is State.SIGNED_WITHOUT_CLEARANCE:
            agreement.cleared_on = ""
        save(agreement)
        derive([agreement.pk])
        run.tell(AgreementChanged(agreement.pk, f"agreements.{transition.verb}"))
        return agreement

    def available(agreement: Agreement) -> Any:
        if agreement.state in transition.sources:
            return ""
        return _("Not from the state “%(state)s”.") % {"state": State(agreement.state).label}

    return Action(
        name=f"agreements.{transition.verb}",
        label=transition.label,
        model=Agreement,
        body=body,
        roles=transition.roles,
        input=input_model(f"{transition.verb.title().replace('_', '')}Input", columns),
        columns=columns,
        reason=Reason.REQUIRED if transition.reason else Reason.OPTIONAL,
        available=available,
        primary=transition.next_step,
    )


@dataclass(frozen=True, slots=True)
class Parts:
    """Whether an agreement has a notice that stands, a suspension without end, a link to another."""

    standing_notice: bool
    open_suspension: bool
    link: bool


PARTS = """
SELECT EXISTS (SELECT FROM agreements_notice WHERE agreement_id = %(id)s AND withdrawn_on IS NULL),
       EXISTS (SELECT FROM agreements_suspension WHERE agreement_id = %(id)s AND suspended_until IS NULL),
       EXISTS (SELECT FROM agreements_agreementlink WHERE agreement_id = %(id)s)
"""


def parts_of(agreement: Agreement) -> Parts:
    """What the steps ask of an agreement's parts, read once for a loaded agreement."""
    known: Parts | None = agreement.__dict__.get("_parts")
    if known is None:
        with prepared_cursor() as cursor:
            cursor.execute(PARTS, {"id": Int8(agreement.pk)})
            known = Parts(*cursor.fetchone())
        agreement.__dict__["_parts"] = known
    return known


def _signed(agreement: Agreement) -> Any:
    return "" if agreement.state in SIGNED_STATES else _("Only for a signed agreement.")


def _not_archived(agreement: Agreement) -> Any:
    return _("It is archived.") if agreement.state == State.ARCHIVED else ""


AGREEMENT_REFERENCE = Reference(model="agreements.Agreement", keys=("number",), label="number", lookup="agreements")

NOTICE_COLUMNS = (
    Column(name="kind", label=gettext_lazy("Notice"), kind=Kind.CHOICE, choices=choices_of(NoticeKind), required=True),
    Column(name="side", label=gettext_lazy("Given by"), kind=Kind.CHOICE, choices=choices_of(Side), required=True),
    Column(name="dispatched_on", label=gettext_lazy("Sent"), kind=Kind.DATE),
    Column(name="received_on", label=gettext_lazy("Received"), kind=Kind.DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
)

END_COLUMNS = (
    Column(name="terminated_on", label=gettext_lazy("Terminated on"), kind=Kind.PARTIAL_DATE, required=True),
    Column(
        name="end_ground",
        label=gettext_lazy("Ground of the end"),
        kind=Kind.CHOICE,
        choices=choices_of(EndGround),
        required=True,
    ),
)

SUSPEND_COLUMNS = (
    Column(name="suspended_from", label=gettext_lazy("Suspended from"), kind=Kind.DATE, required=True),
    Column(name="suspended_until", label=gettext_lazy("Suspended until"), kind=Kind.DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
)

LINK_COLUMNS = (
    Column(name="kind", label=gettext_lazy("Link"), kind=Kind.CHOICE, choices=choices_of(LinkKind), required=True),
    Column(name="target", label=gettext_lazy("To"), kind=Kind.REFERENCE, reference=AGREEMENT_REFERENCE, required=True),
    Column(name="effective_on", label=gettext_lazy("From"), kind=Kind.PARTIAL_DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
)

ACTIVITY_COLUMNS = (
    Column(name="last_activity_on", label=gettext_lazy("Last activity"), kind=Kind.PARTIAL_DATE, required=True),
)

WITHDRAW_NOTICE_COLUMNS = (
    Column(name="withdrawn_on", label=gettext_lazy("Taken back"), kind=Kind.DATE, required=True),
)

RESUME_COLUMNS = (Column(name="suspended_until", label=gettext_lazy("Last day"), kind=Kind.DATE, required=True),)

REMOVE_LINK_COLUMNS = (
    Column(name="target", label=gettext_lazy("To"), kind=Kind.REFERENCE, reference=AGREEMENT_REFERENCE, required=True),
)


def _record_notice(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    notice = Notice(agreement=agreement)
    assign(notice, run.input, NOTICE_COLUMNS, run.actor)
    notice.full_clean(exclude=["agreement"], validate_constraints=False)
    notice.save()
    return _touch(run, agreement)


def _withdraw_notice(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    notice = agreement.notices.filter(withdrawn_on__isnull=True).order_by("-id").first()
    if notice is None:
        run.refuse(_("No notice stands."))
        raise AssertionError
    notice.withdrawn_on = run.input.withdrawn_on
    notice.save(update_fields=["withdrawn_on"])
    return _touch(run, agreement)


def _terminate(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    assign(agreement, run.input, END_COLUMNS, run.actor)
    return _touch(run, agreement)


def _suspend(run: Run[Agreement]) -> Agreement:
    suspension = Suspension(agreement=run.record)
    assign(suspension, run.input, SUSPEND_COLUMNS, run.actor)
    overlap = run.record.suspensions.filter(
        models.Q(suspended_until__isnull=True) | models.Q(suspended_until__gte=suspension.suspended_from)
    )
    if suspension.suspended_until:
        overlap = overlap.filter(suspended_from__lte=suspension.suspended_until)
    if overlap.exists():
        raise invalid("suspended_from", _("It is suspended then already."))
    suspension.save()
    return _touch(run, run.record)


def _resume(run: Run[Agreement]) -> Agreement:
    open_one = run.record.suspensions.filter(suspended_until__isnull=True).order_by("-id").first()
    if open_one is None:
        run.refuse(_("It is not suspended."))
        raise AssertionError
    open_one.suspended_until = run.input.suspended_until
    open_one.save(update_fields=["suspended_until"])
    return _touch(run, run.record)


def _add_link(run: Run[Agreement]) -> Agreement:
    link = AgreementLink(agreement=run.record)
    assign(link, run.input, LINK_COLUMNS, run.actor)
    link.save()
    return _touch(run, run.record)


def _remove_link(run: Run[Agreement]) -> Agreement:
    from foedera.platform.lists.inputs import resolve

    key = resolve(AGREEMENT_REFERENCE, [run.input.target], run.actor).get(run.input.target)
    links = run.record.links.filter(target=key) if key is not None else run.record.links.none()
    if not links.exists():
        raise invalid("target", _("There is no such link."))
    for link in links:
        link.delete()
    return _touch(run, run.record)


def _restore(run: Run[Agreement]) -> Agreement:
    """Back to the state in which it was withdrawn, as the history has it."""
    agreement: Agreement = run.record
    found = before_it_became(agreement, "state", State.WITHDRAWN)
    if found is None or found.get("state") not in State.values:
        run.refuse(_("The history does not tell the state in which it was withdrawn."))
        raise AssertionError
    agreement.state = found["state"]
    agreement.withdrawn_on = found.get("withdrawn_on") or ""
    agreement.state_reason = found.get("state_reason") or ""
    return _touch(run, agreement)


def _record_activity(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    assign(agreement, run.input, ACTIVITY_COLUMNS, run.actor)
    return _touch(run, agreement)


def _touch(run: Run[Agreement], agreement: Agreement) -> Agreement:
    """Write the record with a new version, recompute what follows, tell others."""
    save(agreement)
    derive([agreement.pk])
    run.tell(AgreementChanged(agreement.pk, "agreements.life"))
    return agreement


def _life_steps() -> list[Action[Agreement]]:
    def step(
        verb: str, label: Any, body: Any, columns: tuple[Column, ...], available: Any, **more: Any
    ) -> Action[Agreement]:
        return Action(
            name=f"agreements.{verb}",
            label=label,
            model=Agreement,
            body=body,
            roles=WORKERS,
            input=input_model(f"{verb.title().replace('_', '')}Input", columns),
            columns=columns,
            available=available,
            **more,
        )

    return [
        step("record_notice", gettext_lazy("Record a notice"), _record_notice, NOTICE_COLUMNS, _signed),
        step(
            "withdraw_notice",
            gettext_lazy("Take a notice back"),
            _withdraw_notice,
            WITHDRAW_NOTICE_COLUMNS,
            lambda a: "" if parts_of(a).standing_notice else _("No notice stands."),
        ),
        step("terminate", gettext_lazy("Record the end"), _terminate, END_COLUMNS, _signed, reason=Reason.REQUIRED),
        step("suspend", gettext_lazy("Suspend"), _suspend, SUSPEND_COLUMNS, _signed, reason=Reason.REQUIRED),
        step(
            "resume",
            gettext_lazy("Resume"),
            _resume,
            RESUME_COLUMNS,
            lambda a: "" if parts_of(a).open_suspension else _("It is not suspended."),
        ),
        step("add_link", gettext_lazy("Link to another agreement"), _add_link, LINK_COLUMNS, _not_archived),
        step(
            "remove_link",
            gettext_lazy("Remove a link"),
            _remove_link,
            REMOVE_LINK_COLUMNS,
            lambda a: "" if parts_of(a).link else _("There is no such link."),
            reason=Reason.REQUIRED,
        ),
        step(
            "restore",
            gettext_lazy("Restore what was withdrawn"),
            _restore,
            (),
            lambda a: "" if a.state == State.WITHDRAWN else _("It is not withdrawn."),
            reason=Reason.REQUIRED,
        ),
        step("record_activity", gettext_lazy("Record an activity"), _record_activity, ACTIVITY_COLUMNS, _signed),
    ]
