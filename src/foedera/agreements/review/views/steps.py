"""Next steps: the list, a draft to complete, a merge to look at first, and finishing them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from foedera.agreements.models import FindingRule, FollowUp, FollowUpKind
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import ActionError, Conflict
from foedera.platform.actions.performing import perform
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

from .. import queries
from ..actions import digest_of_draft, finish_step, merge, write_draft
from ..merging import MergePlan
from ..pages import MergeChoice, StepPage
from ..wording import reason
from .desk import known_actor, sections

SHOWN = 200


class FinishForm(forms.Form):
    """What came of a step."""

    outcome = forms.CharField(
        label=gettext_lazy("What came of it"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


@require_GET
def steps(request: HttpRequest) -> HttpResponse:
    """The steps that are still to be done, those with a day first."""
    actor = known_actor(request)
    done = request.GET.get("done") == "1"
    kind = request.GET.get("kind", "")
    found = list(queries.open_steps(actor, kind=kind if kind in FollowUpKind.values else "", done=done)[: SHOWN + 1])
    more = len(found) > SHOWN
    page = shapes.TablePage(
        title=_("Next steps"),
        lead=_("What decisions of the review started, those with a day first."),
        tabs=sections("steps"),
        blocks=(
            shapes.Table(
                columns=(
                    shapes.Column("step", _("Step")),
                    shapes.Column("agreement", _("Agreement")),
                    shapes.Column("due", _("Due")),
                    shapes.Column("decided", _("Decided by")),
                ),
                rows=tuple(_row(actor, step) for step in found[:SHOWN]),
                title=_("Done") if done else _("To be done"),
                lead=_("Only the first %(count)d are shown.") % {"count": SHOWN} if more else "",
                empty_text=_("No step is open. A decision to end, revise, renew or merge starts one."),
                more=shapes.Link(_("Steps still to be done"), reverse("review:steps"))
                if done
                else shapes.Link(_("Steps that are done"), reverse("review:steps") + "?done=1"),
            ),
        ),
        as_of=actor.as_of if actor.is_past else None,
    )
    return render_page(request, page)


def _row(actor: Actor, step: FollowUp) -> shapes.Row:
    chip = None
    if step.done_on is None and step.due_on is not None:
        days = (step.due_on - actor.as_of).days
        if days < 0:
            chip = shapes.Chip(_("overdue"), "red")
        elif days <= 30:
            chip = shapes.Chip(_("soon"), "amber")
    return shapes.Row(
        (
            shapes.Cell(FollowUpKind(step.kind).label, note=step.outcome),
            shapes.Cell(
                step.agreement.number,
                kind="code",
                href=reverse("agreements:record", args=[step.agreement.number]),
                note=step.agreement.title,
            ),
            shapes.Cell(date=step.due_on, chip=chip) if step.due_on else shapes.Cell(),
            shapes.Cell(step.finding.decided_by if step.finding is not None else ""),
        ),
        url=reverse("review:step", args=[step.pk]),
        number=step.agreement.number,
    )


@require_GET
def step(request: HttpRequest, key: int) -> HttpResponse:
    """One step."""
    actor = known_actor(request)
    found = queries.step(actor, key)
    if request.GET.get("format") == "txt" and found.draft:
        response = HttpResponse(found.draft, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{found.agreement.number}-{found.kind}.txt"'
        return response
    return render_page(request, _page(request, actor, found))


def _page(request: HttpRequest, actor: Actor, found: FollowUp, **more: Any) -> StepPage:
    allowed, why_not = finish_step.verdict(actor, found)
    facts = [
        shapes.Fact(
            _("Agreement"),
            shapes.Cell(found.agreement.title, href=reverse("agreements:record", args=[found.agreement.number])),
        )
    ]
    if found.due_on:
        facts.append(shapes.Fact(_("Due"), shapes.Cell(date=found.due_on)))
    if found.finding is not None:
        finding = found.finding
        facts += [
            shapes.Fact(
                FindingRule(finding.rule).label,
                shapes.Cell(
                    reason(finding.rule, finding.facts, actor.as_of), href=reverse("review:finding", args=[finding.pk])
                ),
            ),
            shapes.Fact(_("Decided by"), shapes.Cell(finding.decided_by, note=finding.reason)),
        ]
    if found.done_on:
        facts.append(shapes.Fact(_("Done"), shapes.Cell(date=found.done_on, note=found.outcome)))
    values: dict[str, Any] = {
        "draft": found.draft,
        "draft_seen": digest_of_draft(found.draft),
        "finish_form": FinishForm() if allowed else None,
        "merge_choices": _merge_choices(request, actor, found) if found.kind == FollowUpKind.MERGE and allowed else (),
    }
    values.update(more)
    field_by_field: tuple[shapes.Step, ...] = ()
    if found.kind == FollowUpKind.MERGE and allowed and found.finding is not None and found.finding.other is not None:
        pair = [found.agreement.number, found.finding.other.number]
        field_by_field = (shapes.Step(_("Merge field by field"), reverse("merging:plan", args=["agreements", *pair])),)
    exports = (
        (shapes.Link(_("Draft as text"), reverse("review:step", args=[found.pk]) + "?format=txt"),)
        if found.draft
        else ()
    )
    return StepPage(
        title=str(FollowUpKind(found.kind).label),
        number=found.agreement.number,
        key=found.pk,
        blocks=(shapes.FactGroup("", tuple(facts)),),
        breadcrumbs=(
            shapes.Link(_("Review"), reverse("review:desk")),
            shapes.Link(_("Next steps"), reverse("review:steps")),
        ),
        exports=exports,
        steps=field_by_field,
        enabled=allowed,
        why_not=why_not,
        as_of=actor.as_of if actor.is_past else None,
        **values,
    )


def _merge_choices(request: HttpRequest, actor: Actor, found: FollowUp) -> tuple[MergeChoice, ...]:
    plans = queries.merge_plans(actor, found)
    wanted = request.POST.get("stays") or request.GET.get("stays") or (plans[0].stays.number if plans else "")
    return tuple(_merge_choice(found, plan, plan.stays.number == wanted) for plan in plans)


def _merge_choice(found: FollowUp, plan: MergePlan, active: bool) -> MergeChoice:
    outcomes = {
        "same": "",
        "filled": _("filled from the other"),
        "kept": _("stays as it is"),
        "joined": _("both together"),
    }
    rows = tuple(
        shapes.ComparisonRow(
            row.label,
            (
                shapes.Cell(row.stays),
                shapes.Cell(row.goes),
                shapes.Cell(row.afterwards, note=outcomes[row.outcome]),
            ),
            row.outcome == "same",
        )
        for row in plan.rows
    )
    heads = (
        shapes.Cell(_("%(number)s stays") % {"number": plan.stays.number}),
        shapes.Cell(_("%(number)s is superseded") % {"number": plan.goes.number}),
        shapes.Cell(_("Afterwards")),
    )
    return MergeChoice(
        stays=plan.stays.number,
        version=plan.stays.version,
        other_version=plan.goes.version,
        comparison=shapes.Comparison(heads=heads, rows=rows, title=_("What merging will do")),
        moves=tuple(f"{label}: {count}" for label, count in plan.moves),
        obstacle=plan.obstacle,
        active=active,
        url=reverse("review:step", args=[found.pk]) + f"?stays={plan.stays.number}",
    )


@require_POST
def step_draft(request: HttpRequest, key: int) -> HttpResponse:
    """Keep the changed words of a draft; what somebody else wrote meanwhile is shown beside them."""
    actor = known_actor(request)
    words = request.POST.get("draft", "")
    try:
        perform(write_draft, actor, record=key, values={"draft": words, "seen": request.POST.get("seen", "")})
    except Conflict as error:
        found = queries.step(actor, key)
        page = _page(
            request,
            actor,
            found,
            draft=words,
            draft_seen=digest_of_draft(str(error.current.get("draft", ""))),
            draft_fault=str(error),
            draft_theirs=str(error.current.get("draft", "")),
        )
        return render_page(request, page, status=409)
    messages.success(request, _("The draft was kept."))
    return HttpResponseRedirect(reverse("review:step", args=[key]))


@require_POST
def step_finish(request: HttpRequest, key: int) -> HttpResponse:
    """Finish a step with what came of it."""
    actor = known_actor(request)
    form = FinishForm(request.POST)
    found = queries.step(actor, key)
    if form.is_valid():
        try:
            perform(finish_step, actor, record=key, values={"outcome": form.cleaned_data["outcome"]})
        except ActionError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The step is done."))
            return HttpResponseRedirect(reverse("review:steps"))
    return render_page(request, _page(request, actor, found, finish_form=form), status=422)


@require_POST
def step_merge(request: HttpRequest, key: int) -> HttpResponse:
    """Merge two entries, all or nothing."""
    actor = known_actor(request)
    values = {name: request.POST.get(name, "") for name in ("stays", "version", "other_version")}
    try:
        stays = perform(merge, actor, record=key, values=values, reason=request.POST.get("reason", ""))
    except ActionError as error:
        found = queries.step(actor, key)
        return render_page(request, _page(request, actor, found, merge_fault=str(error)), status=error.status)
    messages.success(request, _("The two entries are one now."))
    return HttpResponseRedirect(reverse("agreements:record", args=[stays.number]))
