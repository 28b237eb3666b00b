"""Gaps and overlaps of jurisdictions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.directory import queries
from foedera.directory.views.sections import (
    AskingPage,
    body_cell,
    columns,
    directory_link,
    function_names,
    past,
    tabs,
    territory_cell,
)
from foedera.platform.access.middleware import actor_of
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page
from foedera.platform.pages.wording import day_words


class FunctionForm(forms.Form):
    """For which function to look."""

    function = forms.ChoiceField(label=gettext_lazy("Function"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["function"].choices = function_names()  # type: ignore[attr-defined]  # a choice field


def jurisdictions(request: HttpRequest) -> HttpResponse:
    """Own regions with the bodies that cover them for a function: gaps and overlaps, as table and map."""
    from foedera.directory.views.territories import contested

    actor = actor_of(request)
    form = FunctionForm({"function": request.GET.get("function") or "coordination"})
    function = form.cleaned_data["function"] if form.is_valid() else "coordination"
    found = queries.covering_of_regions(actor, function=function)
    gaps, overlaps = sum(c.is_gap for c in found), sum(c.is_overlap for c in found)
    table = shapes.Table(
        title=_("Own regions"),
        columns=columns(("region", _("Region")), ("bodies", _("Covered by")), ("state", _("State"))),
        rows=tuple(_covered_row(c) for c in found),
        identifier="regions",
    )
    blocks: list[shapes.Block] = [
        shapes.Figures(
            (
                shapes.Figure(_("Regions"), len(found)),
                shapes.Figure(_("Gaps"), gaps, colour="red" if gaps else "green"),
                shapes.Figure(_("Overlaps"), overlaps, colour="amber" if overlaps else "green"),
            ),
            day_words(actor.as_of),
        )
    ]
    installed = queries.installation()
    if installed is not None:
        blocks.append(
            shapes.MapPicture(
                title=_("Bodies for each region"),
                geometry_url=reverse("directory:outline", args=[installed.profile]),
                values=tuple(
                    shapes.MapValue(
                        c.region,
                        c.name,
                        len({b["id"] for b in c.bodies}),
                        text=", ".join(b["name"] for b in c.bodies) or _("nobody"),
                        url=reverse("directory:territory", args=[c.region]),
                    )
                    for c in found
                ),
                legend=(
                    shapes.LegendStep(_("nobody"), None, 1, "none"),
                    shapes.LegendStep(_("one body"), 1, 2, "3"),
                    shapes.LegendStep(_("several bodies"), 2, None, "5"),
                ),
                table=table,
                contested=contested(actor.language, own=True),
                contested_url=reverse("directory:outline", args=["contested"]),
                unit=_("bodies"),
                period=str(actor.as_of),
                source=_("The directory; each jurisdiction names its source"),
                boundaries=_("Natural Earth, public domain; contested areas are hatched"),
                centre=_centre(installed.profile),
            )
        )
    else:
        blocks.append(table)
    page = AskingPage(
        title=_("Gaps and overlaps"),
        lead=_("Which own body covers which region for a function. Overlaps and gaps are allowed, and shown."),
        form=form,
        submit=_("Show"),
        tabs=tabs(request, "jurisdictions"),
        blocks=tuple(blocks),
        breadcrumbs=(directory_link(),),
        as_of=past(actor),
    )
    return render_page(request, page)


def _centre(profile: str) -> float | None:
    """The longitude in the middle of the own regions, so that a country across the 180th meridian stays in one piece."""
    from foedera.countries import load_profile

    east = sorted(region.longitude for region in load_profile(profile).regions)
    return round((east[0] + east[-1]) / 2, 1) if east else None


def _covered_row(c: queries.Covered) -> shapes.Row:
    chip = shapes.Chip(_("Covered"), "green")
    if c.is_gap:
        chip = shapes.Chip(_("Gap"), "red")
    elif c.is_overlap:
        chip = shapes.Chip(_("Overlap"), "amber")
    first = c.bodies[0] if c.bodies else None
    others = ", ".join(b["name"] for b in c.bodies[1:])
    return shapes.Row(
        (
            territory_cell(c.region, c.name, c.contested),
            body_cell(first["number"], first["name"], others) if first else shapes.Cell(),
            shapes.Cell(chip=chip),
        )
    )
