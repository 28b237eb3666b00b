"""Who is or was responsible."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.directory import queries
from foedera.directory.access import sees_holders
from foedera.directory.models import BodyKind, Standing
from foedera.directory.views.sections import (
    AskingPage,
    body_cell,
    columns,
    confidence_chip,
    directory_link,
    function_names,
    holding_words,
    past,
    period_cells,
    tabs,
)
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.actions.errors import Invalid, NotFound
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words


class ResponsibleForm(forms.Form):
    """For what somebody was responsible, and when."""

    territory = forms.CharField(
        label=gettext_lazy("Territory"),
        help_text=gettext_lazy("Its code or its name: RU-TA, Tatarstan, Kazakhstan."),
        max_length=200,
    )
    on = forms.CharField(
        label=gettext_lazy("When"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("A day, a month or a year: 2025-03-17, March 2025, 2025. Empty: today."),
    )
    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)
    partner = forms.CharField(
        label=gettext_lazy("Towards the state"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Its code or name; adds our missions there and their missions here."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = [("", _("Any function")), *function_names()]  # type: ignore[attr-defined]  # a choice field


def responsible(request: HttpRequest) -> HttpResponse:
    """Who was responsible for a territory at a time."""
    actor = actor_of(request)
    form = ResponsibleForm(request.GET if request.GET.get("territory") else None)
    blocks: tuple[shapes.Block, ...] = ()
    if form.is_bound and form.is_valid():
        asked = {k: v.replace("\x00", "") for k, v in form.cleaned_data.items()}
        try:
            answer = queries.responsible_for(
                actor,
                asked["territory"],
                function=asked["function"],
                on=asked["on"],
                partner=asked["partner"],
            )
        except Invalid as error:
            for problem in error.problems:
                form.add_error(problem.field if problem.field in form.fields else None, str(problem.message))
        except NotFound as error:
            form.add_error("territory", str(error))
        else:
            blocks = _answer(answer, actor)
    page = AskingPage(
        title=_("Who is or was responsible"),
        lead=_(
            "For a region or country, on a day, in a month or in a year; optionally for one function or towards one state."
        ),
        form=form,
        submit=_("Ask"),
        tabs=tabs(request, "responsible"),
        blocks=blocks,
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page, status=422 if form.is_bound and form.errors else 200)


def _answer(answer: queries.Answer, actor: Actor) -> tuple[shapes.Block, ...]:
    blocks: list[shapes.Block] = []
    if answer.other_matches:
        blocks.append(
            shapes.Notice(
                text=_("Other territories have this name too:"),
                colour="blue",
                links=tuple(
                    shapes.Link(f"{name} ({code})", f"?territory={code}") for code, name in answer.other_matches
                ),
            )
        )
    if answer.overlapping:
        blocks.append(
            shapes.Notice(
                text=_("Several bodies had the same function at the same time; they are marked as overlapping.")
            )
        )
    title = _("%(territory)s, %(period)s") % {
        "territory": answer.territory_name,
        "period": day_words(answer.first)
        if answer.first == answer.last
        else f"{day_words(answer.first)} – {day_words(answer.last)}",
    }
    blocks.append(responsible_table(answer, actor, title=title))
    return tuple(blocks)


_SIDES = {
    "own": gettext_lazy("For the territory"),
    "mission": gettext_lazy("Our mission there"),
    "counterpart": gettext_lazy("Their mission here"),
}

_RELATIONS = {
    "direct": gettext_lazy("directly"),
    "above": gettext_lazy("through its district"),
    "state": gettext_lazy("for the whole state"),
    "seat": gettext_lazy("by its seat"),
}


def responsible_table(
    answer: queries.Answer, actor: Actor, *, title: str, more: shapes.Link | None = None
) -> shapes.Table:
    """The bodies of an answer with the holders of their posts."""
    heads = [
        ("body", _("Body")),
        ("function", _("Function")),
        ("how", _("How")),
        ("from", _("From")),
        ("until", _("Until")),
        ("sure", _("Sureness")),
    ]
    if sees_holders(actor):
        heads.insert(1, ("people", _("Post and holder")))
    rows = []
    for r in answer.responsible:
        chips = [confidence_chip(r.confidence)]
        if r.overlaps:
            chips.append(shapes.Chip(_("Overlap"), "amber", _("Another body has the same function at the same time.")))
        cells = [
            body_cell(r.number, r.body, BodyKind(r.kind).label),
            shapes.Cell(r.function_name),
            shapes.Cell(_SIDES[r.side], note=_RELATIONS[r.relation]),
            *period_cells(r.valid_from, r.valid_until),
            shapes.Cell(holding_words(r.holding), chips=tuple(chips), note=r.source),
        ]
        if sees_holders(actor):
            cells.insert(1, _people(r))
        rows.append(shapes.Row(tuple(cells)))
    return shapes.Table(
        title=title,
        columns=columns(*heads),
        rows=tuple(rows),
        empty_text=_("Nobody: this is a gap."),
        more=more,
    )


def _people(r: queries.Responsible) -> shapes.Cell:
    held = [f"{h.person_name} ({Standing(h.standing).label}, {p.name})" for p in r.posts for h in p.holders]
    if not held:
        return shapes.Cell(_("no holder recorded"), kind="muted", note=", ".join(p.name for p in r.posts[:2]))
    contacts = ", ".join(dict.fromkeys(h.contact for p in r.posts for h in p.holders if h.contact))
    return shapes.Cell("; ".join(held), note=contacts or r.phone or r.email)
