"""Maps of the coverage: the world as one region sees it, and the own regions as one partner sees them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.countries.geometry import names
from foedera.directory.queries import contested_areas, installation
from foedera.platform.access.actors import Actor
from foedera.platform.pages import shapes

from .queries import Line, Standing, Tally, seats

# A country wider than this on the globe is drawn around its own middle.
WIDE_DEGREES = 90
_LAPSED, _UNCERTAIN = 0.25, 0.5


def value_of(tally: Tally) -> float:
    """The number by which an area is coloured: agreements in force, or a fraction below one for what else there is."""
    if tally.in_force:
        return float(tally.in_force)
    return {Standing.UNCERTAIN: _UNCERTAIN, Standing.LAPSED: _LAPSED, Standing.PREPARED: _LAPSED / 2}.get(
        tally.standing, 0.0
    )


def legend() -> tuple[shapes.LegendStep, ...]:
    """The classes of colour."""
    return (
        shapes.LegendStep(_("never had one, or in preparation"), 0, _LAPSED, "none"),
        shapes.LegendStep(_("lapsed"), _LAPSED, _UNCERTAIN, "1"),
        shapes.LegendStep(_("suspended, not yet in force or not known"), _UNCERTAIN, 1, "2"),
        shapes.LegendStep(_("1 in force"), 1, 2, "3"),
        shapes.LegendStep(_("2 to 4 in force"), 2, 5, "4"),
        shapes.LegendStep(_("5 or more in force"), 5, None, "5"),
    )


def words_of(tally: Tally) -> str:
    """A tally in words, for the map and for tables."""
    parts = [
        _("in force: %(count)d") % {"count": tally.in_force} if tally.in_force else "",
        _("lapsed: %(count)d") % {"count": tally.lapsed} if tally.lapsed else "",
        _("suspended, not yet in force or not known: %(count)d") % {"count": tally.uncertain}
        if tally.uncertain
        else "",
        _("in preparation: %(count)d") % {"count": tally.prepared} if tally.prepared else "",
        _("ties: %(count)d") % {"count": tally.ties} if tally.ties else "",
    ]
    return ", ".join(part for part in parts if part) or _("never had one")


def _values(lines: Sequence[Line], urls: dict[str, str]) -> tuple[shapes.MapValue, ...]:
    return tuple(
        shapes.MapValue(line.code, line.name, value_of(line.tally), words_of(line.tally), urls.get(line.code, ""))
        for line in lines
    )


def _contested(actor: Actor, *, own: bool) -> tuple[shapes.ContestedArea, ...]:
    return tuple(
        shapes.ContestedArea(
            territory.name,
            (territory.code,),
            tuple(f"{p.holder_name}: {p.statement} ({p.instrument})" for p in positions),
        )
        for territory, positions in contested_areas(actor.language, own=own)
    )


def world_map(actor: Actor, lines: Sequence[Line], title: str, table: shapes.Table) -> shapes.MapPicture:
    """The partner states, coloured by their agreements with a region."""
    return shapes.MapPicture(
        title=title,
        geometry_url=reverse("coverage:geometry", args=["world"]),
        values=_values(lines, {line.code: reverse("coverage:country", args=[line.code]) for line in lines}),
        legend=legend(),
        table=table,
        contested=_contested(actor, own=False),
        unit=_("agreements in force"),
        period=actor.as_of.isoformat(),
        source=_("This register"),
        boundaries=_("Natural Earth, simplified; they express no position"),
        identifier="world-map",
    )


def own_map(actor: Actor, lines: Sequence[Line], title: str, table: shapes.Table) -> shapes.MapPicture | None:
    """The own regions, coloured by their agreements; None where the country profile has no outlines."""
    loaded = installation()
    if loaded is None or loaded.profile not in names():
        return None
    longitudes = [longitude for _latitude, longitude in seats([line.code for line in lines])]
    centre = None
    if longitudes and max(longitudes) - min(longitudes) > WIDE_DEGREES:
        centre = round((max(longitudes) + min(longitudes)) / 2, 1)
    return shapes.MapPicture(
        title=title,
        geometry_url=reverse("coverage:geometry", args=[loaded.profile]),
        values=_values(lines, {line.code: reverse("coverage:region", args=[line.code]) for line in lines}),
        legend=legend(),
        table=table,
        contested=_contested(actor, own=True),
        unit=_("agreements in force"),
        period=actor.as_of.isoformat(),
        source=_("This register"),
        boundaries=_("Natural Earth, simplified; they express no position"),
        identifier="own-map",
        centre=centre,
    )
