"""Words, cells, links and pictures that the pages of the coverage share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foedera.countries.geometry import names as outlines_there
from foedera.directory.models import TerritoryKind
from foedera.platform.access.actors import Actor
from foedera.platform.pages import shapes
from foedera.platform.pages.wording import day_words

from .queries import Coverage, Place, contested_areas
from .rules import Counts, Force, Standing, classes, statuses_of

STANDING_LABELS: Mapping[Standing, Promise] = {
    Standing.IN_FORCE: gettext_lazy("In force"),
    Standing.PENDING: gettext_lazy("Suspended or to come"),
    Standing.UNKNOWN: gettext_lazy("Not known whether in force"),
    Standing.LAPSED: gettext_lazy("Lapsed"),
    Standing.TIES: gettext_lazy("Only ties"),
    Standing.NEVER: gettext_lazy("Nothing"),
}
STANDING_COLOURS: Mapping[Standing, shapes.Colour] = {
    Standing.IN_FORCE: "green",
    Standing.PENDING: "violet",
    Standing.UNKNOWN: "amber",
    Standing.LAPSED: "red",
    Standing.TIES: "blue",
    Standing.NEVER: "grey",
}
_AREA_COLOURS: Mapping[Standing, Literal["none", "1", "2", "3", "4", "5"]] = {
    Standing.IN_FORCE: "5",
    Standing.PENDING: "4",
    Standing.UNKNOWN: "3",
    Standing.LAPSED: "2",
    Standing.TIES: "1",
    Standing.NEVER: "none",
}
_CLASS_COLOURS: tuple[Literal["1", "2", "3", "4", "5"], ...] = ("1", "2", "3", "4", "5")
# Fewer classes than colours: as far apart as they can be.
_SPREAD = {1: (4,), 2: (1, 4), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}


def standing_chip(standing: Standing) -> shapes.Chip:
    """A standing as a chip."""
    return shapes.Chip(STANDING_LABELS[standing], STANDING_COLOURS[standing])


def address(request: HttpRequest, url: str, **query: Any) -> str:
    """An address with a query and the day that the present one looks at."""
    day = request.GET.get("as_of", "")
    if day:
        query["as_of"] = day
    return f"{url}?{urlencode(query, doseq=True)}" if query else url


def here(request: HttpRequest, **changes: str) -> str:
    """The present address with changes of its query; an empty value takes a name out."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"{request.path}?{query.urlencode()}" if query else request.path


def agreements_url(request: HttpRequest, force: Force | None = None, /, **filters: str) -> str:
    """The list of agreements with filters, narrowed to a force."""
    query: dict[str, Any] = dict(filters)
    if force is not None:
        query["status"] = [status.slug for status in statuses_of(force)]
    return address(request, reverse("agreements:list"), **query)


def ties_url(request: HttpRequest, **filters: str) -> str:
    """The list of ties with filters."""
    return address(request, reverse("agreements:ties"), **filters)


def region_url(request: HttpRequest, code: str) -> str:
    """The coverage of an own region."""
    return address(request, reverse("coverage:region", args=[code]))


def partner_url(request: HttpRequest, code: str) -> str:
    """The coverage of a partner state."""
    return address(request, reverse("coverage:partner", args=[code]))


def number_cell(number: int, url: str = "") -> shapes.Cell:
    """A number; none is a dash, and leads nowhere."""
    return shapes.Cell(number=number, href=url) if number else shapes.Cell()


def place_cell(place: Place, url: str = "") -> shapes.Cell:
    """A territory with what must be known of it: contested, of another time, not drawn, no state."""
    chips = []
    if place.contested:
        chips.append(shapes.Chip(_("Contested"), "violet"))
    if not place.present:
        chips.append(shapes.Chip(_("Not on this day"), "grey"))
    if place.own and not place.has_outline:
        chips.append(shapes.Chip(_("No outline on the map"), "grey"))
    if place.kind != TerritoryKind.STATE and place.kind != TerritoryKind.REGION:
        chips.append(shapes.Chip(TerritoryKind(place.kind).label, "grey"))
    return shapes.Cell(place.name, href=url, chips=tuple(chips))


def counts_cells(request: HttpRequest, counts: Counts, **filters: str) -> tuple[shapes.Cell, ...]:
    """In force, suspended or to come, not known, lapsed, the last end, ties: each number leads to its list."""
    return (
        number_cell(counts.in_force, agreements_url(request, Force.IN_FORCE, **filters)),
        number_cell(counts.pending, agreements_url(request, None, **filters)),
        number_cell(counts.unknown, agreements_url(request, Force.UNKNOWN, **filters)),
        number_cell(counts.lapsed, agreements_url(request, Force.LAPSED, **filters)),
        shapes.Cell(date=counts.last_end),
        number_cell(counts.ties, ties_url(request, **filters)),
    )


def counts_columns() -> tuple[shapes.Column, ...]:
    """The columns of `counts_cells`."""
    return (
        shapes.Column("in_force", _("In force"), numeric=True),
        shapes.Column("pending", _("Suspended or to come"), numeric=True),
        shapes.Column("unknown", _("Not known"), numeric=True),
        shapes.Column("lapsed", _("Lapsed"), numeric=True),
        shapes.Column("last_end", _("Last end"), hint=_("The latest known end of a lapsed agreement")),
        shapes.Column("ties", _("Ties"), numeric=True),
    )


def counts_words(counts: Counts) -> str:
    """Counts in words, for a map."""
    parts = []
    if counts.in_force:
        parts.append(ngettext("%(n)s in force", "%(n)s in force", counts.in_force) % {"n": counts.in_force})
    if counts.pending:
        parts.append(_("%(n)s suspended or to come") % {"n": counts.pending})
    if counts.unknown:
        parts.append(_("%(n)s not known whether in force") % {"n": counts.unknown})
    if counts.lapsed:
        parts.append(ngettext("%(n)s lapsed", "%(n)s lapsed", counts.lapsed) % {"n": counts.lapsed})
    if counts.ties:
        parts.append(ngettext("%(n)s tie", "%(n)s ties", counts.ties) % {"n": counts.ties})
    return ", ".join(parts) or _("nothing")


def source() -> str:
    """Where the numbers come from."""
    return _("The register: agreements and ties that you may read")


def boundaries() -> str:
    """Where the outlines come from."""
    return _("Natural Earth, public domain; contested areas are hatched")


def limits(actor: Actor) -> tuple[shapes.Text, ...]:
    """What a reader who does not see the whole register must be told before he takes a gap for a gap."""
    if actor.reads_everything:
        return ()
    if actor.is_public:
        return (_("Only what is public is counted. A gap here may be an agreement that is not public."),)
    return (
        _(
            "Counted is what you may read: your territories and what is public. A gap of another territory may be an "
            "agreement that you do not see."
        ),
    )


def past(actor: Actor) -> Any:
    """The day looked at where it is not today."""
    return actor.as_of if actor.is_past else None


def overview_link(request: HttpRequest) -> shapes.Link:
    """The way back to the overview."""
    return shapes.Link(_("Coverage"), address(request, reverse("coverage:overview")))


def exports(request: HttpRequest, **changes: str) -> tuple[shapes.Link, ...]:
    """The same as a file."""
    return tuple(shapes.Link(kind.upper(), here(request, format=kind, **changes)) for kind in ("csv", "xlsx"))


# ---------------------------------------------------------------------------------------------------------------- maps


def standing_legend() -> tuple[shapes.LegendStep, ...]:
    """The standings as classes of a map."""
    return tuple(shapes.LegendStep(STANDING_LABELS[s], int(s), int(s) + 1, _AREA_COLOURS[s]) for s in sorted(Standing))


def number_legend(values: Iterable[int]) -> tuple[shapes.LegendStep, ...]:
    """None, and up to five classes of numbers."""
    found = classes(values)
    colours = [_CLASS_COLOURS[place] for place in _SPREAD[len(found)]] if found else []
    steps = [shapes.LegendStep(_("none"), None, 1, "none")]
    for step, colour in zip(found, colours, strict=True):
        if step.most is None:
            label = _("%(n)s or more") % {"n": step.least}
        elif step.most == step.least:
            label = str(step.least)
        else:
            label = f"{step.least}–{step.most}"
        steps.append(shapes.LegendStep(label, step.least, None if step.most is None else step.most + 1, colour))
    return tuple(steps)


def centre_of(places: Iterable[Place]) -> float | None:
    """The longitude opposite the widest gap between the seats: the middle of a country, across the 180th meridian too."""
    found = sorted({p.longitude % 360 for p in places if p.longitude is not None})
    if len(found) < 2:
        return None
    widest, after = max((high - low, low) for low, high in zip(found, [*found[1:], found[0] + 360], strict=True))
    middle: float = (after + widest / 2 + 180) % 360
    return round(middle - 360 if middle > 180 else middle, 1)


def geometry_url(name: str) -> str:
    """Where the outlines lie."""
    return reverse("coverage:geometry", args=[name])


def _contested(actor: Actor, *, own: bool) -> tuple[shapes.ContestedArea, ...]:
    return tuple(shapes.ContestedArea(a.name, (a.code,), a.positions) for a in contested_areas(actor, own=own))


def own_map(
    found: Coverage, actor: Actor, *, title: str, unit: str, values: tuple[shapes.MapValue, ...],
    legend: tuple[shapes.LegendStep, ...], table: shapes.Table, summary: str = "",
) -> shapes.MapPicture | None:  # fmt: skip
    """The map of the own regions; None where the profile brings no outlines."""
    if found.profile.outlines not in outlines_there():
        return None
    return shapes.MapPicture(
        title=title,
        geometry_url=geometry_url(found.profile.outlines),
        values=values,
        legend=legend,
        table=table,
        contested=_contested(actor, own=True),
        unit=unit,
        period=day_words(actor.as_of),
        source=source(),
        boundaries=boundaries(),
        identifier="regions-map",
        centre=centre_of(found.regions),
        summary=summary,
    )


def world_map(
    actor: Actor, *, title: str, unit: str, values: tuple[shapes.MapValue, ...],
    legend: tuple[shapes.LegendStep, ...], table: shapes.Table, summary: str = "",
) -> shapes.MapPicture:  # fmt: skip
    """The map of the states of the world."""
    return shapes.MapPicture(
        title=title,
        geometry_url=geometry_url("world"),
        values=values,
        legend=legend,
        table=table,
        contested=_contested(actor, own=False),
        contested_url=geometry_url("contested"),
        unit=unit,
        period=day_words(actor.as_of),
        source=source(),
        boundaries=boundaries(),
        identifier="world-map",
        summary=summary,
    )
