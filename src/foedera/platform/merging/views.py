"""Pages of merging: which other record, what it would do field by field, what it did, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import ActionError, NotFound
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.actions.performing_many import words_of as problems_of
from foedera.platform.lists.description import Column, Kind, RecordType, record_type
from foedera.platform.lists.pages import find, version_of, words_of
from foedera.platform.lists.pages.forms import refuse_early
from foedera.platform.lists.pages.records import timeline_entries
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page, render_progress

from .foreseeing import Foreseen
from .models import Merge, MergeState
from .planning import BOTH, GOES, STAYS, Field, Plan, both_records, foreseen, planned
from .queries import later_merge, merge_of, went
from .references import counted_in_words
from .separating import ASK, ASK_BACK, AT_WORK, merged_on


class OtherForm(forms.Form):
    """The number of the other record."""

    other = forms.CharField(
        label=gettext_lazy("Number of the other record"),
        max_length=24,
        help_text=gettext_lazy("It goes; what refers to it moves here, and its number leads here."),
    )


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("Stands in the history of the record."),
    )


def _kind(name: str) -> RecordType:
    try:
        kind = record_type(name)
        action_named(f"{name}.absorb")
    except LookupError:
        raise NotFound() from None
    return kind


def _address(kind: RecordType, number: str) -> str:
    try:
        return reverse(kind.detail_url, args=[number])
    except NoReverseMatch:
        return kind.list_url


@require_http_methods(["GET"])
def choose(request: HttpRequest, kind: str, number: str) -> HttpResponse:
    """Name the other record."""
    actor, described = actor_of(request), _kind(kind)
    record = find(described, number, actor)
    refuse_early(action_named(f"{kind}.absorb"), actor, record)
    asked = "other" in request.GET
    form = OtherForm(request.GET if asked else None)
    if asked and form.is_valid():
        try:
            _stays, goes = both_records(described, number, form.cleaned_data["other"], actor)
        except NotFound:
            form.add_error("other", _("“%(value)s” was not found.") % {"value": form.cleaned_data["other"]})
        except ActionError as error:
            form.add_error("other", str(problems_of(error)[0].message))
        else:
            return HttpResponseRedirect(
                reverse("merging:plan", args=[kind, number, getattr(goes, described.by_number)])
            )
    page = shapes.FormPage(
        title=_("Merge a duplicate"),
        number=number,
        form=form,
        submit=_("Look what would come of it"),
        get=True,
        cancel_url=_address(described, number),
        breadcrumbs=(shapes.Link(number, _address(described, number)),),
    )
    return render_page(request, page)


class PlanForm(ReasonForm):
    """For each field in which both differ whose value stands, the versions that were looked at, and why."""

    def __init__(self, plan: Plan, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        reason = self.fields.pop("reason")
        for each in plan.fields:
            self.fields[f"choose-{each.column.name}"] = forms.ChoiceField(
                label=str(each.column.label),
                choices=_choices(plan, each),
                widget=forms.RadioSelect,
                initial=each.chosen,
                required=False,
            )
        self.fields["reason"] = reason
        self.fields["other_version"] = forms.CharField(widget=forms.HiddenInput, initial=str(plan.goes.version))

    def chosen(self, data: Any) -> dict[str, str]:
        """What was chosen for each field."""
        return {k.partition("-")[2]: data[k] for k in data if k.startswith("choose-") and data[k]}


def _choices(plan: Plan, each: Field) -> list[tuple[str, str]]:
    numbers = {name: getattr(r, plan.kind.by_number) for name, r in ((STAYS, plan.stays), (GOES, plan.goes))}
    offered = [
        (STAYS, f"{numbers[STAYS]}: {shown(each.column, each.stays)}"),
        (GOES, f"{numbers[GOES]}: {shown(each.column, each.goes)}"),
    ]
    return [(BOTH, _("Those of both")), *offered] if each.may_be_both else offered


def shown(column: Column, value: Any) -> str:
    """A value in words."""
    if column.kind is Kind.ROWS:
        parts = {part.name: part for part in column.rows}
        rows = [
            " ".join(
                str(words_of(parts[k], v) if k in parts else v) for k, v in row.items() if v not in (None, "", [], {})
            )
            for row in value
        ]
        return "; ".join(rows) or _("nothing")
    return str(words_of(column, value)) or _("nothing")


@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, kind: str, number: str, other: str) -> HttpResponse:
    """What the merge would do; a POST carries it out."""
    actor, described = actor_of(request), _kind(kind)
    absorb = action_named(f"{kind}.absorb")
    stays, goes = both_records(described, number, other, actor)
    refuse_early(absorb, actor, stays)
    found = planned(described, stays, goes, actor, {})
    form = PlanForm(found, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        values = {
            "kind": kind,
            "stays": number,
            "version": version_of(request.POST.get("version", "")) or 0,
            "other": other,
            "other_version": version_of(request.POST.get("other_version", "")),
            "choose": form.chosen(request.POST),
        }
        form.is_valid()
        try:
            asked = perform(ASK, actor, values=values, reason=request.POST.get("reason", ""))
        except NotFound:
            raise
        except ActionError as error:
            for problem in problems_of(error):
                name = problem.field.replace("choose.", "choose-")
                form.add_error(name if name in form.fields else None, str(problem.message))
        else:
            return HttpResponseRedirect(reverse("merging:merge", args=[asked.pk]))
    swapped = reverse("merging:plan", args=[kind, other, number])
    page = shapes.FormPage(
        title=_("Merge %(other)s into %(number)s") % {"other": other, "number": number},
        number=number,
        lead=_(
            "%(number)s stays. %(other)s goes: its number leads here, its history stays, and the merge can be taken back."
        )
        % {"number": number, "other": other},
        form=form,
        submit=_("Merge"),
        version=str(stays.version),
        cancel_url=_address(described, number),
        blocks=_plan_blocks(found, foreseen(found, actor), swapped),
        breadcrumbs=(shapes.Link(number, _address(described, number)),),
    )
    return render_page(request, page)


def _plan_blocks(found: Plan, rows: Sequence[Foreseen], swapped: str) -> tuple[shapes.Block, ...]:
    kind = found.kind
    heads = tuple(shapes.Cell(getattr(r, kind.by_number), kind="code") for r in (found.stays, found.goes))
    fields = tuple(
        shapes.ComparisonRow(
            f.column.label, (shapes.Cell(shown(f.column, f.stays)), shapes.Cell(shown(f.column, f.goes))), same=False
        )
        for f in found.fields
    )
    moves = shapes.Table(
        title=_("What moves"),
        lead=_(
            "Everything that refers to the record that goes, as far as you see it; what only others see moves too. What would stand there "
            "twice, or would lead from the record to itself, is dropped."
        ),
        columns=(
            shapes.Column("what", _("What")),
            shapes.Column("which", _("Which")),
            shapes.Column("how", _("How")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    shapes.Cell(each.what),
                    shapes.Cell(each.which, href=each.url),
                    shapes.Cell(_("is dropped") if each.dropped else _("moves")),
                )
            )
            for each in rows
        ),
        empty_text=_("Nothing refers to it."),
        steps=(shapes.Step(_("The other way round"), swapped, writes=False),),
    )
    blocks: tuple[shapes.Block, ...] = (moves,)
    if fields:
        blocks = (shapes.Comparison(title=_("Where they differ"), heads=heads, rows=fields), moves)
    if found.why_not:
        return (shapes.Notice(text=found.why_not, colour="red"), *blocks)
    return blocks


@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, key: int) -> HttpResponse:
    """One merge: what was moved, what was known of the record that went; a POST takes it back."""
    actor = actor_of(request)
    if actor.is_public:
        raise NotFound()
    found = merge_of(key, actor)
    described = record_type(found.kind)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            perform(ASK_BACK, actor, record=found, reason=form.cleaned_data["reason"])
        except NotFound:
            raise
        except ActionError as error:
            if not _may_take_back(found, described, actor):
                raise
            for problem in problems_of(error):
                form.add_error(None, str(problem.message))
        else:
            return HttpResponseRedirect(reverse("merging:merge", args=[key]))
    back = (shapes.Link(found.leads_number, _address(described, found.leads_number)),)
    title = _merge_title(found)
    blocks = _merge_blocks(found, described, actor)
    page: Any = shapes.TablePage(title=title, blocks=blocks, breadcrumbs=back)
    if _may_take_back(found, described, actor):
        page = shapes.FormPage(
            title=title, form=form, submit=ASK_BACK.label, danger=True, blocks=blocks, breadcrumbs=back,
            cancel_url=_address(described, found.leads_number),
        )  # fmt: skip
    return render_page(request, page)


def _merge_title(found: Merge) -> str:
    return _("%(other)s merged into %(number)s") % {"other": found.goes_number, "number": found.stays_number}


def _may_take_back(found: Merge, described: RecordType, actor: Actor) -> bool:
    if described.change is None or not ASK_BACK.verdict(actor, found)[0]:
        return False
    return bool(described.change.verdict(actor, find(described, found.stays_number, actor))[0])


@require_http_methods(["GET"])
def progress(request: HttpRequest, key: int) -> HttpResponse:
    """How a merge stands; when the work is over the browser is told to read the whole page anew."""
    actor = actor_of(request)
    if actor.is_public:
        raise NotFound()
    found = merge_of(key, actor)
    response = render_progress(request, _progress(found))
    if found.state not in AT_WORK:
        response["HX-Refresh"] = "true"
    return response


def _progress(found: Merge) -> shapes.Progress:
    return shapes.Progress(
        title=_("Merging"),
        done=0 if found.state in AT_WORK else 1,
        total=1,
        unit="",
        state=shapes.Chip(MergeState(found.state).label, "amber"),
        running=found.state in AT_WORK,
        poll_url=reverse("merging:progress", args=[found.pk]),
        started=found.created_at,
    )


def _merge_blocks(found: Merge, described: RecordType, actor: Actor) -> tuple[shapes.Block, ...]:
    if found.state in AT_WORK:
        return (_progress(found),)
    counted = [(label, count, _("moved")) for label, count in counted_in_words(found.moved.get("moved", {})).items()]
    counted += [
        (label, count, _("dropped")) for label, count in counted_in_words(found.moved.get("dropped", {})).items()
    ]
    table = shapes.Table(
        title=_("What moved"),
        columns=(
            shapes.Column("what", _("What")),
            shapes.Column("count", _("Count"), numeric=True),
            shapes.Column("how", _("How")),
        ),
        rows=tuple(
            shapes.Row((shapes.Cell(label), shapes.Cell(number=count), shapes.Cell(how)))
            for label, count, how in counted
        ),
        empty_text=_("Nothing referred to it."),
    )
    facts = []
    gone = went(found, actor)
    if gone is not None:
        facts.append(shapes.Fact(_("Title"), shapes.Cell(str(getattr(gone, described.column(described.title).path)))))
    if found.merged_at is not None:
        facts.append(shapes.Fact(_("Merged"), shapes.Cell(date=found.merged_at)))
    facts.append(shapes.Fact(_("State"), shapes.Cell(MergeState(found.state).label, note=found.error)))
    if found.undone_at is not None:
        facts.append(shapes.Fact(_("Merge taken back"), shapes.Cell(date=found.undone_at)))
    facts.append(shapes.Fact(_("Reason"), shapes.Cell(found.reason)))
    blocks: tuple[shapes.Block, ...] = (shapes.FactGroup("", tuple(facts)), table)
    later = later_merge(found, actor)
    if later is not None:
        links = (shapes.Link(_merge_title(later), reverse("merging:merge", args=[later.pk])),)
        blocks = (shapes.Notice(text=merged_on(found), colour="amber", links=links), *blocks)
    if gone is None:
        return blocks
    history = shapes.History(
        title=_("History of %(number)s") % {"number": found.goes_number},
        entries=timeline_entries(gone, described, actor),
    )
    return (*blocks, history)
