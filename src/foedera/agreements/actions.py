"""Every write of the register: one function per business verb, registered as an action."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, create_model

from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.actions.performing import Action, Reason, Run, explain_constraint, register, save
from foedera.platform.documents.models import StoredFile
from foedera.platform.lists.description import Column, Kind, Reference, choices_of
from foedera.platform.lists.inputs import Input, assign, change_model, child_rows, input_model, resolve_all, write_rows

from .deriving import derive, title_key
from .models import (
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
    TextKind,
    TextVersion,
    Tie,
)
from .transitions import TRANSITIONS, WORKERS, Transition

if TYPE_CHECKING:
    from foedera.platform.lists.description import RecordType

for _constraint, _words in {
    "agreements_link_circle": gettext_lazy(
        "This would make a circle: the other agreement already leads back to this one."
    ),
    "agreements_framework_circle": gettext_lazy("This would make a circle of frameworks."),
    "agreements_not_its_own_framework": gettext_lazy("An agreement cannot be its own framework."),
    "agreements_link_other": gettext_lazy("An agreement cannot be linked to itself."),
    "agreements_link_once": gettext_lazy("This link exists already."),
    "agreements_party_named": gettext_lazy("A party needs a territory, a body or a name."),
    "agreements_signed_has_date": gettext_lazy("A signed agreement needs its date of signature."),
    "agreements_unsigned_has_none": gettext_lazy("An agreement that is not signed has no date of signature."),
    "agreements_end_has_ground": gettext_lazy("An ended agreement needs the ground of its end."),
    "agreements_suspension_period": gettext_lazy("A suspension ends after it begins."),
    "agreements_notice_order": gettext_lazy("A notice is received after it was sent."),
    "agreements_notice_dated": gettext_lazy("A notice needs the day it was sent or received."),
    "agreements_agreement_publicity": gettext_lazy("“Public after a date” needs the date."),
    "agreements_tie_publicity": gettext_lazy("“Public after a date” needs the date."),
    "agreements_tie_once": gettext_lazy("This tie is in the register already."),
    "agreements_tie_order": gettext_lazy("A tie needs two different ends."),
    "agreements_registered_has_entry": gettext_lazy(
        "A registered agreement needs the day or the number of its registration."
    ),
}.items():
    explain_constraint(_constraint, _words)


@dataclass(frozen=True, slots=True)
class AgreementChanged:
    """Told after an agreement was made or changed."""

    agreement_id: int
    action: str


@dataclass(frozen=True, slots=True)
class AgreementsMade:
    """Told after many agreements were made at once."""

    agreement_ids: tuple[int, ...]


# ------------------------------------------------------------------------------------------------------ make and change


def prepare_create(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that makes an agreement, with the input its description gives."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Agreement]) -> Agreement:
        agreement = Agreement(owner_id=run.actor.body_id, idea_on=run.today.isoformat())
        assign(agreement, run.input, editable, run.actor)
        _state_of_new(agreement)
        _check_scope(run, run.input)
        _check_suspensions(run.input)
        agreement.title_key = title_key(agreement.title)
        save(agreement)
        write_rows(agreement, run.input, editable, run.actor)
        derive([agreement.pk])
        run.tell(AgreementChanged(agreement.pk, "agreements.create"))
        return agreement

    return register(
        Action(
            name="agreements.create",
            label=gettext_lazy("New agreement"),
            model=Agreement,
            body=create,
            roles=WORKERS,
            input=input_model("AgreementInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


MOST_AT_ONCE = 1000


def prepare_create_many(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that makes up to a thousand agreements at once, all or none."""
    editable = tuple(c for c in columns if c.editable)
    one = input_model("AgreementInput", editable)
    rows = tuple(c for c in editable if c.kind is Kind.ROWS)

    def create_many(run: Run[Agreement]) -> list[int]:
        items = run.input.items
        resolved = resolve_all(editable, items, run.actor)
        problems: list[Problem] = []
        agreements: list[Agreement] = []
        for position, values in enumerate(items):
            agreement = Agreement(owner_id=run.actor.body_id, idea_on=run.today.isoformat())
            try:
                assign(agreement, values, editable, run.actor, resolved=resolved)
                _check_scope(run, values)
                _check_suspensions(values)
                agreement.clean_fields(exclude=["search", "owner"])
            except Invalid as error:
                problems += [Problem(f"items.{position}.{p.field}", p.message) for p in error.problems]
            except ValidationError as error:
                problems += [Problem(f"items.{position}.{f}", m) for f, ms in error.message_dict.items() for m in ms]
            _state_of_new(agreement)
            agreement.title_key = title_key(agreement.title)
            agreements.append(agreement)
        children: dict[str, list[models.Model]] = {c.name: [] for c in rows}
        for position, (agreement, values) in enumerate(zip(agreements, items, strict=True)):
            for column in rows:
                try:
                    children[column.name] += child_rows(agreement, values, column, resolved)
                except Invalid as error:
                    problems += [Problem(f"items.{position}.{p.field}", p.message) for p in error.problems]
        if problems:
            raise Invalid(problems)
        Agreement.objects.bulk_create(agreements)
        for made in children.values():
            if made:
                for child in made:
                    child.agreement_id = child.agreement.pk  # type: ignore[attr-defined]  # child rows of an agreement
                type(made[0])._default_manager.bulk_create(made)
        keys = [a.pk for a in agreements]
        derive(keys)
        run.tell(AgreementsMade(tuple(keys)))
        return keys

    return register(
        Action(
            name="agreements.create_many",
            label=gettext_lazy("New agreements"),
            model=Agreement,
            body=create_many,
            roles=WORKERS,
            input=create_model(
                "AgreementInputs",
                __base__=Input,
                items=(list[one], Field(min_length=1, max_length=MOST_AT_ONCE)),  # type: ignore[valid-type]  # a made model
            ),
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def _state_of_new(agreement: Agreement) -> None:
    """An agreement entered with its signature is a signed one found later; else it begins as an idea."""
    if agreement.signed_on:
        agreement.state = State.REGISTERED if agreement.register_number else State.SIGNED
        agreement.idea_on = ""
    else:
        agreement.state = State.IDEA


def _check_scope(run: Run[Agreement], values: Any) -> None:
    """An officer bound to territories enters agreements of these alone."""
    from foedera.platform.access.roles import BOUND_TO_REGIONS

    if run.actor.role not in BOUND_TO_REGIONS:
        return
    from foedera.directory.territories import territory_ids

    own = [p.territory for p in values.parties if p.side == Side.OWN and p.territory]
    if own and not set(territory_ids(own)) & run.actor.own_territories:
        raise invalid("parties", _("None of the own parties is in your territory."))


def _check_suspensions(values: Any) -> None:
    """Suspensions given as rows do not overlap. Raises Invalid naming the later of the two."""
    if "suspensions" not in values.model_fields_set:
        return
    until: datetime.date | None = None
    rows = [(row.suspended_from, place, row) for place, row in enumerate(values.suspensions) if row.suspended_from]
    for start, place, row in sorted(rows, key=lambda each: each[:2]):
        if until is not None and start <= until:
            raise invalid(f"suspensions.{place}.suspended_from", _("It is suspended then already."))
        until = max(until or datetime.date.min, row.suspended_until or datetime.date.max)


def _one_framework_at_a_time() -> None:
    """Take the lock of the trigger against circles before the row is written.

    Two halves of a circle written at once then wait for each other here, and not within a deadlock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('agreements_framework'))")


def prepare_change(columns: Sequence[Column]) -> Action[Agreement]:
    """The action that changes facts of an agreement."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Agreement]) -> Agreement:
        agreement: Agreement = run.record
        before = agreement.framework_id
        assign(agreement, run.input, editable, run.actor, only_given=True)
        _check_suspensions(run.input)
        if agreement.framework_id is not None and agreement.framework_id != before:
            _one_framework_at_a_time()
        if agreement.framework_id == agreement.pk:
            raise invalid("framework", _("An agreement cannot be its own framework."))
        agreement.title_key = title_key(agreement.title)
        save(agreement)
        write_rows(agreement, run.input, editable, run.actor)
        derive([agreement.pk])
        run.tell(AgreementChanged(agreement.pk, "agreements.change"))
        return agreement

    return register(
        Action(
            name="agreements.change",
            label=gettext_lazy("Change"),
            model=Agreement,
            body=change,
            roles=WORKERS,
            input=change_model("AgreementChange", editable),
            columns=editable,
            available=lambda a: gettext_lazy("It is archived.") if a.state == State.ARCHIVED else "",
        )
    )


# ------------------------------------------------------------------------------------------------------- the procedure


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
        return _("Not from the state “%(state)s”.") % {"state": agreement.get_state_display()}

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
        with connection.cursor() as cursor:
            cursor.execute(PARTS, {"id": agreement.pk})
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
        step("record_activity", gettext_lazy("Record an activity"), _record_activity, ACTIVITY_COLUMNS, _signed),
    ]


# ------------------------------------------------------------------------------------------------------------- texts

TEXT_COLUMNS = (
    Column(name="kind", label=gettext_lazy("Version"), kind=Kind.CHOICE, choices=choices_of(TextKind), required=True),
    Column(name="language", label=gettext_lazy("Language"), max_length=8),
    Column(name="author", label=gettext_lazy("Author"), max_length=200),
    Column(name="dated", label=gettext_lazy("Date"), kind=Kind.PARTIAL_DATE),
    Column(name="note", label=gettext_lazy("Note"), max_length=300),
    Column(name="digest", label=gettext_lazy("File"), max_length=64, required=True),
    Column(name="file_name", label=gettext_lazy("File name"), max_length=255, required=True),
)


def _add_text(run: Run[Agreement]) -> Agreement:
    agreement: Agreement = run.record
    file = StoredFile.objects.filter(digest=run.input.digest).first()
    if file is None:
        raise invalid("digest", _("The file was not found; send it again."))
    if agreement.texts.filter(file=file, kind=run.input.kind, language=run.input.language).exists():
        raise invalid("digest", _("This file is there already."))
    text = TextVersion(agreement=agreement, file=file)
    for name in ("kind", "language", "author", "dated", "note", "file_name"):
        setattr(text, name, getattr(run.input, name))
    text.words = words_of_file(file)
    text.full_clean(exclude=["agreement"], validate_constraints=False)
    text.save()
    save(agreement)
    return agreement


def words_of_file(file: StoredFile) -> str:
    """The words of a plain text file, for comparing versions; other kinds of files are read by the reading room."""
    if file.media_type != "text/plain" or file.size > 4 * 1024 * 1024:
        return ""
    from foedera.platform.documents.storing import open_stored

    with open_stored(file) as content:
        data = content.read()
    for encoding in ("utf-8-sig", "utf-16", "cp1251"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\x00", "")
    return ""


add_text = register(
    Action(
        name="agreements.add_text",
        label=gettext_lazy("Add a version of the text"),
        model=Agreement,
        body=_add_text,
        roles=WORKERS,
        input=input_model("TextInput", TEXT_COLUMNS),
        columns=TEXT_COLUMNS,
        available=_not_archived,
    )
)


# --------------------------------------------------------------------------------------------------------------- ties


def prepare_tie_create(columns: Sequence[Column]) -> Action[Tie]:
    """The action that enters a tie."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Tie]) -> Tie:
        tie = Tie(owner_id=run.actor.body_id)
        assign(tie, run.input, editable, run.actor)
        _settle_tie(tie)
        save(tie)
        return tie

    return register(
        Action(
            name="ties.create",
            label=gettext_lazy("New tie"),
            model=Tie,
            body=create,
            roles=WORKERS,
            input=input_model("TieInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def _settle_tie(tie: Tie) -> None:
    """Put the ends in their order and derive territories and words from them."""
    if tie.first_id == tie.second_id:
        raise invalid("second", _("A tie needs two different ends."))
    if tie.first_id > tie.second_id:
        tie.first, tie.second = tie.second, tie.first
    own: set[int] = set()
    partners: set[int] = set()
    words: list[str] = []
    for end in (tie.first, tie.second):
        if end.territory_id is not None and end.territory is not None and end.territory.own:
            own.add(end.territory_id)
        elif end.country_id is not None:
            partners.add(end.country_id)
        words.extend([end.name, *end.names.values()])
    tie.own_ids = sorted(own)
    tie.partner_ids = sorted(partners)
    tie.end_text = " – ".join(dict.fromkeys(words))


def prepare_tie_change(columns: Sequence[Column]) -> Action[Tie]:
    """The action that changes a tie."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Tie]) -> Tie:
        tie: Tie = run.record
        assign(tie, run.input, editable, run.actor, only_given=True)
        _settle_tie(tie)
        save(tie)
        return tie

    return register(
        Action(
            name="ties.change",
            label=gettext_lazy("Change"),
            model=Tie,
            body=change,
            roles=WORKERS,
            input=change_model("TieChange", editable),
            columns=editable,
        )
    )


def register_tie_steps(described: RecordType) -> None:
    """Register the steps in the life of a tie."""
    columns = (_required(described.column("last_activity_on"), True),)

    def record(run: Run[Tie]) -> Tie:
        tie: Tie = run.record
        assign(tie, run.input, columns, run.actor)
        if tie.state in ("unknown", "proposed", "explored"):
            tie.state = "active"
        save(tie)
        return tie

    def set_state(target: str) -> Any:
        def body(run: Run[Tie]) -> Tie:
            tie: Tie = run.record
            tie.state = target
            save(tie)
            return tie

        return body

    def unless(*states: str) -> Any:
        return lambda tie: (
            _("Not from the state “%(state)s”.") % {"state": tie.get_state_display()} if tie.state in states else ""
        )

    def step(verb: str, label: Any, body: Any, available: Any, **more: Any) -> None:
        register(
            Action(name=f"ties.{verb}", label=label, model=Tie, body=body, roles=WORKERS, available=available, **more)
        )

    step(
        "record_activity",
        gettext_lazy("Record an activity"),
        record,
        unless("closed"),
        input=input_model("TieActivityInput", columns),
        columns=columns,
        primary=True,
    )
    step("freeze", gettext_lazy("Freeze"), set_state("frozen"), unless("frozen", "closed"), reason=Reason.REQUIRED)
    step(
        "unfreeze",
        gettext_lazy("Unfreeze"),
        set_state("active"),
        unless("active", "closed", "unknown", "proposed", "explored"),
        reason=Reason.REQUIRED,
    )
    step("close", gettext_lazy("Close"), set_state("closed"), unless("closed"), reason=Reason.REQUIRED)
