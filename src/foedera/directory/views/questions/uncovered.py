"""Pairs that nobody covers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from foedera.directory import queries
from foedera.directory.views.sections import (
    AskingPage,
    columns,
    directory_link,
    function_names,
    past,
    tabs,
    territory_cell,
)
from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words

SHOWN_PAIRS = 500


class UncoveredForm(forms.Form):
    """Which pairs to look at."""

    region = forms.CharField(label=gettext_lazy("Region (code)"), required=False, max_length=40)
    state = forms.CharField(label=gettext_lazy("State (code)"), required=False, max_length=40)
    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = [("", _("Coordination at home, any abroad")), *function_names()]  # type: ignore[attr-defined]  # a choice field


def uncovered(request: HttpRequest) -> HttpResponse:
    """The pairs of an own region and a partner state that nobody covers."""
    actor = actor_of(request)
    form = UncoveredForm(request.GET or None)
    asked: dict[str, Any] = {"region": "", "state": "", "function": ""}
    if form.is_bound and form.is_valid():
        asked = {k: v.replace("\x00", "") for k, v in form.cleaned_data.items()}
    found = queries.uncovered_pairs(actor, function=asked["function"], region=asked["region"], state=asked["state"])
    page = AskingPage(
        title=_("Pairs nobody covers"),
        lead=_(
            "A pair of an own region and a partner state is covered when an own body coordinates in the region and an own "
            "body covers the state, or when one own body is assigned to both."
        ),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "uncovered"),
        blocks=(_figures(found), *_halves(request, found, actor), _pairs(found)),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def _figures(found: queries.Uncovered) -> shapes.Figures:
    return shapes.Figures(
        (
            shapes.Figure(_("Pairs nobody covers"), len(found.pairs), colour="red" if found.pairs else "green"),
            shapes.Figure(
                _("Pairs in all"),
                found.all_pairs,
                note=_("%(regions)d regions, %(states)d states") % {"regions": found.regions, "states": found.states},
            ),
            shapes.Figure(_("Regions without a coordinating body"), len(found.regions_without)),
            shapes.Figure(_("States without a mission"), len(found.states_without)),
            shapes.Figure(_("Pairs with a body assigned to both"), found.assigned),
        ),
        day_words(found.on),
    )


def _halves(request: HttpRequest, found: queries.Uncovered, actor: Actor) -> Iterator[shapes.Table]:
    halves = (
        (
            _("Regions without a coordinating body"),
            found.regions_without,
            "region",
            _("Every region has one."),
        ),
        (
            _("States that no own body covers"),
            found.states_without,
            "state",
            _("Every state is covered."),
        ),
    )
    for title, rows, name, empty in halves:
        yield shapes.Table(
            title=title,
            columns=columns(("name", _("Name")), ("code", _("Code")), ("pairs", _("Uncovered pairs"))),
            rows=tuple(
                shapes.Row(
                    (
                        territory_cell(code, label),
                        shapes.Cell(code, kind="code"),
                        shapes.Cell(number=number, href=at_day(request, f"?{name}={code}")),
                    )
                )
                for code, label, number in rows
            ),
            empty_text=empty,
            folded=len(rows) > 30,
        )


def _pairs(found: queries.Uncovered) -> shapes.Table:
    shown = found.pairs[:SHOWN_PAIRS]
    lead = ""
    if len(found.pairs) > SHOWN_PAIRS:
        lead = ngettext(
            "The first %(shown)d of %(all)d pair; choose a region or a state to narrow them.",
            "The first %(shown)d of %(all)d pairs; choose a region or a state to narrow them.",
            len(found.pairs),
        ) % {"shown": SHOWN_PAIRS, "all": len(found.pairs)}
    missing, there = shapes.Chip(_("nobody"), "red"), shapes.Chip(_("covered"), "green")
    return shapes.Table(
        title=_("Pairs"),
        lead=lead,
        columns=columns(
            ("region", _("Region")),
            ("state", pgettext("country", "State")),
            ("office", _("Body for the region")),
            ("mission", _("Body for the state")),
        ),
        rows=tuple(
            shapes.Row(
                (
                    territory_cell(p.region, p.region_name),
                    territory_cell(p.state, p.state_name),
                    shapes.Cell(chip=missing if p.office_missing else there),
                    shapes.Cell(chip=missing if p.mission_missing else there),
                )
            )
            for p in shown
        ),
        empty_text=_("Every pair is covered."),
        folded=len(shown) > 100,
    )
