"""Pages of proposed changes: the form of the record again, the list, the difference, the decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor, signature_in_words
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Conflict, Invalid, NotFound, NotNow, Problem, Refused
from foedera.platform.actions.performing import Action, Reason, parse, perform
from foedera.platform.lists.description import Column, Kind, RecordType, writable
from foedera.platform.lists.forms import BASE, RecordForm
from foedera.platform.lists.inputs import current_values
from foedera.platform.lists.pages import fingerprint, fingerprints, version_of, words_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from . import queries
from .access import may_propose
from .actions import ACCEPT, DECLINE, PROPOSE, WITHDRAW
from .models import Proposal, ProposalState

COLOURS: dict[str, shapes.Colour] = {"open": "amber", "accepted": "green", "declined": "red", "withdrawn": "grey"}


def _state(row: Proposal) -> shapes.Chip:
    return shapes.Chip(ProposalState(row.state).label, COLOURS[row.state])


def _record_url(kind: RecordType, number: str) -> str:
    return reverse(kind.detail_url, args=[number]) if kind.detail_url else ""


def proposal_list(request: HttpRequest) -> HttpResponse:
    """The proposals: those on which one decides, one's own, all that one may know of."""
    actor = actor_of(request)
    if actor.is_public:
        raise NotFound()
    shown = request.GET.get("show", "")
    deciding = queries.to_decide(actor)
    rows = queries.visible(actor)
    if shown == "mine":
        found = list(rows.filter(proposer_id=actor.person_id)[: queries.PAGE * 4])
    elif shown == "all":
        found = list(rows[: queries.PAGE * 4])
    else:
        found = deciding
    here = reverse("proposals:list")
    page = shapes.TablePage(
        title=_("Proposals"),
        lead=_(
            "Changes that somebody asks for who may not make them. Whoever may change the record accepts or declines."
        ),
        tabs=(
            shapes.Link(_("To decide"), here, active=shown not in ("mine", "all"), count=len(deciding)),
            shapes.Link(_("Mine"), f"{here}?show=mine", active=shown == "mine"),
            shapes.Link(_("All"), f"{here}?show=all", active=shown == "all"),
        ),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("number", _("Number")),
                    shapes.Column("record", _("Record")),
                    shapes.Column("what", _("What")),
                    shapes.Column("by", _("Proposed by")),
                    shapes.Column("on", _("Proposed on")),
                    shapes.Column("state", _("State")),
                ),
                rows=tuple(_row(row, actor) for row in found),
                empty_text=_(
                    "No proposal waits here. On the page of a record that you may not change, choose “Propose a change”."
                ),
            ),
        ),
    )
    return render_page(request, page)


def _row(row: Proposal, actor: Actor) -> shapes.Row:
    kind = queries.changeable(row.record_type).for_reader(actor)
    labels = [str(kind.column(name).label) for name in row.values if kind.has(name)]
    return shapes.Row(
        (
            shapes.Cell(row.number, kind="code", href=reverse("proposals:proposal", args=[row.number])),
            shapes.Cell(row.title, note=row.record_number),
            shapes.Cell(", ".join(labels)),
            shapes.Cell(signature_in_words(row.proposer_name), note=row.proposer_body),
            shapes.Cell(date=row.created_at),
            shapes.Cell(chip=_state(row)),
        )
    )


def proposal_page(request: HttpRequest, number: str) -> HttpResponse:
    """One proposal with the difference field by field."""
    actor = actor_of(request)
    row = queries.proposal(number, actor)
    target = queries.target_of(row, actor)
    kind = queries.changeable(row.record_type)
    found = queries.differences(row, target, actor)
    decides = queries.may_decide(row, target, actor)
    changed = row.state == ProposalState.OPEN and any(c.changed_since for c in found)
    steps = []
    if decides:
        steps = [
            shapes.Step(_("Accept"), reverse("proposals:accept", args=[row.number]), primary=True),
            shapes.Step(_("Decline"), reverse("proposals:decline", args=[row.number]), danger=True),
        ]
    if row.state == ProposalState.OPEN and row.proposer_id == actor.person_id:
        steps.append(shapes.Step(_("Withdraw"), reverse("proposals:withdraw", args=[row.number])))
    page = shapes.RecordPage(
        title=_("Proposal: %(title)s") % {"title": row.title},
        number=row.number,
        chips=(_state(row),),
        steps=tuple(steps),
        warnings=(_("The record has changed since the proposal was made."),) if changed else (),
        blocks=(_difference(found, row.state == ProposalState.OPEN),),
        facts=(_facts(row, kind, target is not None),),
        breadcrumbs=(shapes.Link(_("Proposals"), reverse("proposals:list")),),
    )
    return render_page(request, page)


def _facts(row: Proposal, kind: RecordType, known: bool) -> shapes.FactGroup:
    record = shapes.Cell(row.record_number, kind="code", href=_record_url(kind, row.record_number) if known else "")
    by = signature_in_words(row.proposer_name)
    facts = [
        shapes.Fact(_("Record"), record),
        shapes.Fact(_("Proposed by"), shapes.Cell(by, note=f"{Role(row.proposer_role).label}, {row.proposer_body}")),
        shapes.Fact(_("Proposed on"), shapes.Cell(date=row.created_at)),
        shapes.Fact(_("Reason"), shapes.Cell(row.reason)),
    ]
    if row.decided_at is not None:
        facts.append(shapes.Fact(_("Decided by"), shapes.Cell(signature_in_words(row.decider_name))))
        facts.append(shapes.Fact(_("Decided"), shapes.Cell(date=row.decided_at)))
        if row.decision_reason:
            facts.append(shapes.Fact(_("Reason of the decision"), shapes.Cell(row.decision_reason)))
    return shapes.FactGroup(_("The proposal"), tuple(facts), "proposal")


def _shown(column: Column, value: Any) -> str:
    if column.kind is Kind.ROWS:
        rows = value if isinstance(value, list) else []
        return "; ".join(" ".join(str(v) for v in row.values() if v not in (None, "", [], {})) for row in rows)
    return str(words_of(column, value))


def _difference(found: list[queries.FieldChange], is_open: bool) -> shapes.Table:
    nothing = _("nothing")

    def row(c: queries.FieldChange) -> shapes.Row:
        now = _shown(c.column, c.now) or nothing if c.known else _("not for you to see")
        cells = [
            shapes.Cell(c.column.label),
            shapes.Cell(_shown(c.column, c.then) or nothing),
            shapes.Cell(_shown(c.column, c.proposed) or nothing),
        ]
        if is_open:
            chip = shapes.Chip(_("changed since"), "amber") if c.changed_since else None
            cells.insert(2, shapes.Cell(now, chips=(chip,) if chip is not None else ()))
        return shapes.Row(tuple(cells))

    columns = [
        shapes.Column("field", _("Field")),
        shapes.Column("then", _("When it was proposed")),
        shapes.Column("proposed", _("Proposed")),
    ]
    if is_open:
        columns.insert(2, shapes.Column("now", _("Now")))
    return shapes.Table(title=_("What shall change"), columns=tuple(columns), rows=tuple(row(c) for c in found))


def propose(request: HttpRequest, record_type: str, number: str) -> HttpResponse:
    """The form of the record again, for somebody who may not change it; what he touched is proposed."""
    actor = actor_of(request)
    kind = queries.changeable(record_type)
    record = queries.record_of(kind, number, actor)
    change = kind.change
    assert change is not None
    if not may_propose(actor):
        raise Refused(_("Your role does not include this step."))
    if change.verdict(actor, record)[0]:
        raise NotNow(_("You may change this record yourself."))
    columns = writable(change.columns, actor, kind.model)
    initial = current_values(kind, record, columns)
    base = request.POST.get(BASE, "") if request.method == "POST" else fingerprints(initial)
    form = RecordForm(
        columns,
        data=request.POST if request.method == "POST" else None,
        initial=initial,
        reason=Reason.REQUIRED,
        group_labels=kind.groups,
        base=base,
    )
    status = None
    if request.method == "POST" and form.wants_more:
        status = 200
    elif request.method == "POST":
        try:
            typed = form.typed()
            kept = parse(change.input, typed).model_dump()
            # What the form came with and nobody touched is not proposed, though the record may say something else by now.
            touched = {k: v for k, v in typed.items() if fingerprint(k, kept[k]) not in base.split()}
            values = {"record_type": kind.name, "number": number, "values": touched}
            made = perform(PROPOSE, actor, values=values, reason=request.POST.get("reason", ""))
        except Invalid as error:
            form.show_problems(error.problems)
        except NotFound:
            raise
        except ActionError as error:
            form.show_problems([Problem("", str(error))])
        else:
            return HttpResponseRedirect(reverse("proposals:proposal", args=[made.number]))
    page = shapes.FormPage(
        title=_("Propose a change"),
        lead=_("Change what shall change and say why. Whoever may change the record decides."),
        number=number,
        form=form,
        submit=_("Propose"),
        cancel_url=_record_url(kind, number),
        identifier=f"propose:{number}",
        groups=tuple(form.groups),
        other_submits=tuple(form.more),
    )
    return render_page(request, page, status=status)


class DecisionForm(forms.Form):
    """The reason of a decision."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class AcceptForm(DecisionForm):
    """The reason, and that the change since was seen."""

    although_changed = forms.BooleanField(
        label=gettext_lazy("I have seen that the record has changed since; the proposal shall stand"), required=False
    )


def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Asks, and then carries the proposed change out."""
    actor = actor_of(request)
    row = queries.proposal(number, actor)
    found = queries.differences(row, queries.target_of(row, actor), actor)
    form_type = AcceptForm if any(c.changed_since for c in found) else DecisionForm
    form = form_type(request.POST if request.method == "POST" else None)
    return _decision(request, actor, row, ACCEPT, form, blocks=(_difference(found, True),))


def decline(request: HttpRequest, number: str) -> HttpResponse:
    """Asks why, and then declines."""
    actor = actor_of(request)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    form.fields["reason"].help_text = _("Who made the proposal reads it.")
    return _decision(request, actor, queries.proposal(number, actor), DECLINE, form, danger=True)


def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Asks, and then withdraws one's own proposal."""
    actor = actor_of(request)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    return _decision(request, actor, queries.proposal(number, actor), WITHDRAW, form)


def _decision(
    request: HttpRequest, actor: Actor, row: Proposal, action: Action[Any], form: forms.Form, **more: Any
) -> HttpResponse:
    url = reverse("proposals:proposal", args=[row.number])
    if request.method != "POST":
        mine = row.proposer_id == actor.person_id
        if not (mine if action is WITHDRAW else queries.may_decide(row, queries.target_of(row, actor), actor)):
            raise Refused(_("This proposal is not yours to decide."))
        if row.state != ProposalState.OPEN:
            raise NotNow(_("This proposal was decided already."))
    elif form.is_valid():
        chosen = {"although_changed": True} if form.cleaned_data.get("although_changed") else {}
        version = version_of(request.POST.get("version", ""))
        try:
            perform(action, actor, record=row, version=version, values=chosen, reason=form.cleaned_data["reason"])
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except (NotNow, Conflict) as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(url)
    page = shapes.FormPage(
        title=action.label,
        number=row.number,
        lead=row.title,
        form=form,
        submit=action.label,
        cancel_url=url,
        version=str(row.version),
        **more,
    )
    return render_page(request, page)
