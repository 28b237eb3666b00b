"""Bodies: made, changed, confirmed, checked, closed with a successor, archived."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.actions.errors import Refused, Words, invalid
from foedera.platform.actions.performing import Action, Reason, Run, explain_constraint, register, save
from foedera.platform.lists.description import Column, Kind
from foedera.platform.lists.inputs import assign, change_model, input_model
from foedera.platform.records.partial_dates import bounds

from ..models import Body, BodyState, Holder, Jurisdiction, Post, Territory
from ..rules import day_after, during, name_key
from ..transitions import ACTIVATE, ARCHIVE, CLOSE, DECIDERS, KEEPERS, REOPEN, Transition
from .dated import (
    BODY,
    SOURCE_COLUMNS,
    check_no_circle,
    end,
    fill_defaults,
    installed_state_id,
    set_during,
    touch,
)

for _constraint, _words in {
    "directory_body_closed": gettext_lazy("A closed body needs its last day."),
    "directory_body_changing": gettext_lazy("A body that is changing needs its successor."),
    "directory_body_publicity": gettext_lazy("“Public after a date” needs the date."),
    "directory_format_publicity": gettext_lazy("“Public after a date” needs the date."),
}.items():
    explain_constraint(_constraint, _words)

CLOSE_COLUMNS = (
    Column(name="valid_until", label=gettext_lazy("Last day"), kind=Kind.PARTIAL_DATE, required=True),
    Column(
        name="successor",
        label=gettext_lazy("Successor"),
        kind=Kind.REFERENCE,
        reference=BODY,
        help=gettext_lazy("The number of the body that takes over, if there is one."),
    ),
    Column(
        name="hand_over",
        label=gettext_lazy("The successor takes over the jurisdictions"),
        kind=Kind.BOOLEAN,
        help=gettext_lazy("From the day after the last day, with the same territories and functions."),
    ),
)


def _fill_place(body: Body) -> None:
    """The country follows from the region; a body is of the state whose register this is unless said otherwise."""
    if body.territory_id is not None:
        territory = Territory.objects.get(pk=body.territory_id)
        if body.country_id is None:
            body.country_id = territory.state_id
        elif territory.state_id != body.country_id:
            raise invalid("territory", _("This region is not in that country."))
    own = installed_state_id()
    if body.of_state_id is None:
        body.of_state_id = own
    if body.country_id is None:
        body.country_id = body.of_state_id


def _keep(body: Body, columns: Sequence[Column], run: Run[Body], *, only_given: bool) -> None:
    assign(body, run.input, columns, run.actor, only_given=only_given)
    fill_defaults(body, columns)
    _fill_place(body)
    set_during(body)
    body.name_key = name_key(body.name)
    if body.pk is not None:
        check_no_circle(body)
    save(body)


def prepare_create(columns: Sequence[Column]) -> Action[Body]:
    """The action that makes a body. The centre's is active at once; another's is a draft until the centre confirms it."""
    editable = tuple(c for c in columns if c.editable)

    def create(run: Run[Body]) -> Body:
        body = Body(owner_id=run.actor.body_id)
        body.state = BodyState.ACTIVE if run.actor.role in DECIDERS else BodyState.DRAFT
        _keep(body, editable, run, only_given=False)
        _check_scope(body, run.actor)
        return body

    return register(
        Action(
            name="body.create",
            label=gettext_lazy("New body"),
            model=Body,
            body=create,
            roles=KEEPERS,
            input=input_model("BodyInput", editable),
            columns=editable,
            reason=Reason.NEVER,
            makes_record=True,
        )
    )


def _check_scope(body: Body, actor: Actor) -> None:
    """Whoever is bound to territories enters bodies of these alone, whoever owns the record."""
    owner, body.owner_id = body.owner_id, None
    verdict = policy_for(Body).in_scope(body, actor)
    body.owner_id = owner
    if not verdict:
        raise Refused(verdict.reason)


def prepare_change(columns: Sequence[Column]) -> Action[Body]:
    """The action that changes facts of a body."""
    editable = tuple(c for c in columns if c.editable)

    def change(run: Run[Body]) -> Body:
        body: Body = run.record
        _keep(body, editable, run, only_given=True)
        return body

    return register(
        Action(
            name="body.change",
            label=gettext_lazy("Change"),
            model=Body,
            body=change,
            roles=KEEPERS,
            input=change_model("BodyChange", editable),
            columns=editable,
            available=_not_archived,
        )
    )


def _not_archived(body: Body) -> Words:
    return gettext_lazy("It is archived.") if body.state == BodyState.ARCHIVED else ""


def possible(transition: Transition) -> Callable[[Body], Words]:
    """Tells for a body why a step is not possible now."""

    def available(body: Body) -> Words:
        if body.state in transition.sources:
            return ""
        return _("Not from the state “%(state)s”.") % {"state": body.get_state_display()}

    return available


def _activate(run: Run[Body]) -> Body:
    body: Body = run.record
    body.state = ACTIVATE.target
    save(body)
    return body


def _close(run: Run[Body]) -> Body:
    """Close a body on its last day: its posts, holders and open jurisdictions end with it, and pass on where wished."""
    body: Body = run.record
    last = run.input.valid_until
    assign(body, run.input, CLOSE_COLUMNS[:2], run.actor)
    if body.successor_id == body.pk:
        raise invalid("successor", _("A body cannot succeed itself."))
    if run.input.hand_over and body.successor is None:
        raise invalid("successor", _("Name the successor that takes over."))
    to_come = bounds(last)[1] >= run.today
    body.state = BodyState.CHANGING if to_come and body.successor_id else BodyState.CLOSED
    set_during(body)
    save(body)
    open_ended = {"body": body.pk, "valid_until": ""}
    handed = list(Jurisdiction.objects.filter(**open_ended))
    for jurisdiction in handed:
        end(jurisdiction, last)
    for post in Post.objects.filter(**open_ended):
        end(post, last)
    for holder in Holder.objects.filter(**open_ended):
        end(holder, last)
    if run.input.hand_over and body.successor is not None:
        _hand_over(handed, body.successor, day_after(last))
    return body


def _hand_over(handed: Sequence[Jurisdiction], successor: Body, since: str) -> None:
    present = set(
        Jurisdiction.objects.filter(body=successor, valid_until="").values_list("territory_id", "function_id")
    )
    for jurisdiction in handed:
        if (jurisdiction.territory_id, jurisdiction.function_id) not in present:
            Jurisdiction.objects.create(
                body=successor,
                territory_id=jurisdiction.territory_id,
                function_id=jurisdiction.function_id,
                valid_from=since,
                during=during(since, ""),
                confidence=jurisdiction.confidence,
                source=jurisdiction.source,
                checked=jurisdiction.checked,
                note=jurisdiction.note,
            )
    touch(successor)


def _reopen(run: Run[Body]) -> Body:
    """Undo a closing: the body has no last day again. Its parts keep the ends they were given, to be looked at one by one."""
    body: Body = run.record
    body.state = REOPEN.target
    body.valid_until = ""
    body.successor = None
    set_during(body)
    save(body)
    return body


def _archive(run: Run[Body]) -> Body:
    body: Body = run.record
    body.state = ARCHIVE.target
    save(body)
    return body


def _mark_checked(run: Run[Any]) -> Any:
    """Note that somebody has compared the record with a source today, or on the day given."""
    record = run.record
    columns = [c for c in SOURCE_COLUMNS if getattr(run.input, c.name)]
    assign(record, run.input, columns, run.actor, only_given=True)
    record.checked = run.input.checked or run.today.isoformat()
    if not record.source:
        raise invalid("source", _("Name the source with which the record was compared."))
    if isinstance(record, Body):
        record.to_be_completed = False
    save(record)
    return record


def check_action(name: str, model: type[Any], roles: frozenset[Any]) -> Action[Any]:
    """The action that marks a record as checked."""
    return register(
        Action(
            name=name,
            label=gettext_lazy("Mark as checked"),
            model=model,
            body=_mark_checked,
            roles=roles,
            input=change_model("CheckedInput", SOURCE_COLUMNS),
            columns=SOURCE_COLUMNS,
            reason=Reason.NEVER,
        )
    )


def step(
    transition: Transition,
    body: Callable[[Run[Body]], Body],
    *,
    columns: tuple[Column, ...] = (),
    reason: Reason = Reason.OPTIONAL,
    confirm: Words = "",
    primary: bool = False,
) -> Action[Body]:
    """Register a step of the table of transitions."""
    return register(
        Action(
            name=f"body.{transition.verb}",
            label=transition.label,
            model=Body,
            body=body,
            roles=transition.roles,
            input=input_model(f"{transition.verb.title()}Input", columns),
            columns=columns,
            reason=reason,
            available=possible(transition),
            confirm=confirm,
            primary=primary,
        )
    )


IDENTIFY_COLUMNS = (
    Column(
        name="scheme",
        label=gettext_lazy("Kind of identifier"),
        required=True,
        max_length=40,
        help=gettext_lazy("For instance “registry number” or “wikidata”."),
    ),
    Column(
        name="value",
        label=gettext_lazy("Identifier"),
        max_length=200,
        help=gettext_lazy("Empty takes it away."),
    ),
)


def _identify(run: Run[Body]) -> Body:
    body: Body = run.record
    identifiers = {**body.identifiers, run.input.scheme: run.input.value}
    body.identifiers = {scheme: value for scheme, value in identifiers.items() if value}
    save(body)
    return body


IDENTIFY = register(
    Action(
        name="body.identify",
        label=gettext_lazy("Set an identifier"),
        model=Body,
        body=_identify,
        roles=KEEPERS,
        input=input_model("IdentifyInput", IDENTIFY_COLUMNS),
        columns=IDENTIFY_COLUMNS,
        available=_not_archived,
    )
)
CHECK = check_action("body.check", Body, KEEPERS)
ACTIVATE_BODY = step(ACTIVATE, _activate, primary=True)
CLOSE_BODY = step(
    CLOSE,
    _close,
    columns=CLOSE_COLUMNS,
    reason=Reason.REQUIRED,
    confirm=gettext_lazy("Its open jurisdictions, posts and holders end on the same day."),
)
REOPEN_BODY = step(REOPEN, _reopen, reason=Reason.REQUIRED)
ARCHIVE_BODY = step(ARCHIVE, _archive)
