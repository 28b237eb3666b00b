"""Counting coverage from what the actor may see, as of his day; each table is one statement over the whole register."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foedera.agreements.models import Agreement, Tie
from foedera.agreements.review.queries import UNCONCLUDED, subject_area_names
from foedera.agreements.terms import IN_FORCE_STATUSES, Status
from foedera.directory.models import Membership, MembershipStanding, Territory, TerritoryKind
from foedera.directory.queries import TerritoryRow, own_regions, territory_name
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.actions.errors import NotFound

_IN_FORCE: Final = sorted(int(s) for s in IN_FORCE_STATUSES)
_OVER: Final = sorted((int(Status.EXPIRED), int(Status.TERMINATED)))


class Standing(Enum):
    """How a region stands with a partner, a subject area or a format, the best that is so."""

    IN_FORCE = "in_force"
    UNCERTAIN = "uncertain"
    LAPSED = "lapsed"
    PREPARED = "prepared"
    NEVER = "never"

    @property
    def label(self) -> Promise:
        """The standing in words."""
        return STANDING_LABELS[self]


STANDING_LABELS: Final[Mapping[Standing, Promise]] = {
    Standing.IN_FORCE: _("in force"),
    Standing.UNCERTAIN: _("suspended, not yet in force or not known"),
    Standing.LAPSED: _("lapsed"),
    Standing.PREPARED: _("in preparation"),
    Standing.NEVER: _("never had one"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many agreements are in force, stand otherwise, lapsed or are in preparation, and how many ties there are beside."""

    in_force: int = 0
    uncertain: int = 0
    lapsed: int = 0
    prepared: int = 0
    ties: int = 0

    @property
    def standing(self) -> Standing:
        """The best that is so; ties do not count as agreements."""
        for standing in Standing:
            if standing is not Standing.NEVER and getattr(self, standing.value):
                return standing
        return Standing.NEVER


NOTHING: Final = Tally()


@dataclass(frozen=True, slots=True)
class Line:
    """A partner state, region, subject area or other row with its tally."""

    code: str
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class FormatLine:
    """A format to which a region or its state belongs, with the other members by how the region stands with them."""

    number: str
    name: str
    through: str
    in_force: tuple[str, ...]
    lapsed: tuple[str, ...]
    other: tuple[str, ...]
    never: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhiteSpot:
    """A pair that never had an agreement: how many other own regions have one in force with that partner, and ties."""

    region: str
    region_name: str
    partner: str
    partner_name: str
    others: int
    ties: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Regions and partner states over which the actor's coverage is counted, as of his day."""

    regions: tuple[TerritoryRow, ...]
    partners: tuple[tuple[int, str, str], ...]
    """Id, code and name of the states that exist on the day; and former ones only where an agreement names them."""
    tallies: Mapping[tuple[int, int], Tally]
    names: Mapping[int, tuple[str, str]] = field(default_factory=dict)

    def tally(self, region: int, partner: int) -> Tally:
        """The tally of a pair."""
        return self.tallies.get((region, partner), NOTHING)


_CLASSES = """
       count(*) FILTER (WHERE concluded AND code = ANY(%(in_force)s)),
       count(*) FILTER (WHERE concluded AND NOT code = ANY(%(in_force)s) AND NOT code = ANY(%(over)s)),
       count(*) FILTER (WHERE concluded AND code = ANY(%(over)s)),
       count(*) FILTER (WHERE NOT concluded AND state <> ALL(%(dropped)s))
"""
_SEEN = """
WITH seen AS (
    SELECT own_ids, partner_ids, subject_areas, state, state <> ALL(%(unconcluded)s) AS concluded,
           coalesce(status_codes[width_bucket(%(day)s::date, status_starts)], 0) AS code
    FROM ({agreements}) a
)
"""


def _count(actor: Actor, select: str, rest: str) -> list[tuple[Any, ...]]:
    rows = (
        Agreement.objects.visible_to(actor)
        .order_by()
        .values("own_ids", "partner_ids", "subject_areas", "state", "status_codes", "status_starts")
    )
    inner, given = rows.query.sql_with_params()
    parameters: dict[str, Any] = {
        "in_force": _IN_FORCE,
        "over": _OVER,
        "unconcluded": list(UNCONCLUDED),
        "dropped": ["withdrawn", "intent_prohibited"],
        "day": actor.as_of,
    }
    # The ORM numbers its parameters by place; here they get names, since the rest of the statement has names.
    for place, value in enumerate(given):
        inner = inner.replace("%s", f"%(p{place})s", 1)
        parameters[f"p{place}"] = value
    with connection.cursor() as cursor:
        cursor.execute(_SEEN.format(agreements=inner) + f"SELECT {select}, {_CLASSES} FROM {rest}", parameters)  # noqa: S608 - SQL of the ORM and of this file
        return list(cursor.fetchall())


def _ties(actor: Actor) -> dict[tuple[int, int], int]:
    rows = Tie.objects.visible_to(actor).exclude(state="closed").order_by().values("own_ids", "partner_ids")
    inner, given = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT o, p, count(*) FROM ({inner}) t, unnest(own_ids) o, unnest(partner_ids) p GROUP BY 1, 2",  # noqa: S608 - SQL of the ORM
            given,
        )
        return {(own, partner): number for own, partner, number in cursor.fetchall()}


def regions_of(actor: Actor) -> tuple[TerritoryRow, ...]:
    """The own regions on the actor's day; for an actor bound to regions, his."""
    rows = own_regions(actor.language, actor.as_of)
    if actor.role in BOUND_TO_REGIONS:
        rows = [row for row in rows if row.id in actor.own_territories]
    return tuple(rows)


def _partners(actor: Actor, regions: Sequence[TerritoryRow], named: Iterable[int]) -> list[tuple[int, str, str]]:
    home = {row.state for row in own_regions(actor.language, actor.as_of)} or {row.state for row in regions}
    rows = Territory.objects.filter(own=False, kind=TerritoryKind.STATE, during__contains=actor.as_of).exclude(
        code__in=home
    )
    found = {t.pk: t for t in rows.only("code", "name", "names")}
    missing = set(named) - set(found)
    if missing:
        extra = Territory.objects.filter(pk__in=missing, own=False).exclude(code__in=home)
        found.update({t.pk: t for t in extra.only("code", "name", "names")})
    if actor.role in BOUND_TO_PARTNERS:
        found = {key: t for key, t in found.items() if key in actor.partner_states}
    listed = [(t.pk, t.code, territory_name(t, actor.language)) for t in found.values()]
    return sorted(listed, key=lambda p: p[2])


def ground(actor: Actor) -> Ground:
    """All pairs of an own region and a partner state that the actor's coverage is about, with their tallies."""
    counted = _count(actor, "o, p", "seen, unnest(own_ids) o, unnest(partner_ids) p GROUP BY 1, 2")
    ties = _ties(actor)
    tallies = {
        (own, partner): Tally(force, uncertain, lapsed, prepared, ties.get((own, partner), 0))
        for own, partner, force, uncertain, lapsed, prepared in counted
    }
    for pair, number in ties.items():
        tallies.setdefault(pair, Tally(ties=number))
    regions = regions_of(actor)
    ids = {region.id for region in regions}
    tallies = {pair: tally for pair, tally in tallies.items() if pair[0] in ids}
    partners = _partners(actor, regions, {partner for _own, partner in tallies})
    return Ground(regions, tuple(partners), tallies)


def region_named(actor: Actor, code: str) -> TerritoryRow:
    """One of the regions of the actor's coverage. Raises NotFound."""
    for region in regions_of(actor):
        if region.code == code.upper():
            return region
    raise NotFound()


def partner_named(found: Ground, code: str) -> tuple[int, str, str]:
    """One of the partner states. Raises NotFound."""
    for partner in found.partners:
        if partner[1] == code.upper():
            return partner
    raise NotFound()


def by_partner(found: Ground, region: TerritoryRow) -> list[Line]:
    """How a region stands with each partner state, by name."""
    return [Line(code, name, found.tally(region.id, key)) for key, code, name in found.partners]


def by_region(found: Ground, partner: int) -> list[Line]:
    """How each region stands with a partner state, by name."""
    return [Line(r.code, r.name, found.tally(r.id, partner)) for r in found.regions]


def by_subject(actor: Actor, *, region: int | None = None, partner: int | None = None) -> list[Line]:
    """In which subject areas a region, or the regions with a partner, have agreements; those without stand last."""
    conditions = ["true"]
    if region is not None:
        conditions.append(f"own_ids @> ARRAY[{int(region)}]::bigint[]")
    if partner is not None:
        conditions.append(f"partner_ids @> ARRAY[{int(partner)}]::bigint[]")
    if actor.role in BOUND_TO_REGIONS:
        ids = ", ".join(str(int(key)) for key in sorted(actor.own_territories)) or "0"
        conditions.append(f"own_ids && ARRAY[{ids}]::bigint[]")
    rest = f"seen, unnest(subject_areas) s WHERE {' AND '.join(conditions)} GROUP BY 1"
    counted = {code: Tally(*numbers) for code, *numbers in _count(actor, "s", rest)}
    names = subject_area_names(actor.language)
    lines = [Line(code, name, counted.get(code, NOTHING)) for code, name in names.items()]
    lines += [Line(code, code, tally) for code, tally in counted.items() if code not in names]
    return sorted(lines, key=lambda line: (-line.tally.in_force, -line.tally.lapsed, line.name))


def by_format(actor: Actor, found: Ground, region: TerritoryRow) -> list[FormatLine]:
    """The formats to which the region or its state belongs on the day, and how the region stands with their other members."""
    from foedera.directory.models import Format

    held = Membership.objects.filter(during__contains=actor.as_of, format__in=Format.objects.visible_to(actor)).exclude(
        standing=MembershipStanding.SUSPENDED
    )
    ours: dict[int, str] = {}
    for key, code in held.filter(territory__code__in=[region.state, region.code]).values_list(
        "format", "territory__code"
    ):
        if code == region.code or key not in ours:
            ours[key] = code
    members: dict[int, list[tuple[int, str]]] = {key: [] for key in ours}
    partner_names = {key: name for key, _code, name in found.partners}
    rows = held.filter(format__in=ours).values_list("format", "territory", "territory__state")
    for key, territory, state in rows:
        partner = state if state in partner_names else territory
        if partner in partner_names and (partner, partner_names[partner]) not in members[key]:
            members[key].append((partner, partner_names[partner]))
    result = []
    for record in Format.objects.filter(pk__in=ours):
        groups: dict[str, list[str]] = {"in_force": [], "lapsed": [], "other": [], "never": []}
        for partner, name in sorted(members[record.pk], key=lambda m: m[1]):
            standing = found.tally(region.id, partner).standing
            group = {
                Standing.IN_FORCE: "in_force",
                Standing.LAPSED: "lapsed",
                Standing.NEVER: "never",
            }.get(standing, "other")
            groups[group].append(name)
        result.append(
            FormatLine(
                record.number,
                str(record.names.get(actor.language) or record.name),
                ours[record.pk],
                **{name: tuple(values) for name, values in groups.items()},
            )
        )
    return sorted(result, key=lambda line: (-len(line.in_force), line.name))


def white_spots(found: Ground, *, region: str = "", partner: str = "") -> list[WhiteSpot]:
    """Pairs that never had an agreement, first those whose partner most other regions have one in force with."""
    have = dict.fromkeys((key for key, _code, _name in found.partners), 0)
    for (_own, key), tally in found.tallies.items():
        if tally.in_force and key in have:
            have[key] += 1
    spots = [
        WhiteSpot(r.code, r.name, code, name, have[key], found.tally(r.id, key).ties)
        for r in found.regions
        if not region or r.code == region.upper()
        for key, code, name in found.partners
        if (not partner or code == partner.upper()) and found.tally(r.id, key).standing is Standing.NEVER
    ]
    return sorted(spots, key=lambda s: (-s.others, -s.ties, s.partner_name, s.region_name))


@dataclass(frozen=True, slots=True)
class Totals:
    """Coverage in numbers: regions, partner states, and pairs by how they stand."""

    regions: int
    regions_with: int
    partners: int
    partners_with: int
    pairs: Mapping[Standing, int]
    ties: int


def totals(found: Ground) -> Totals:
    """The numbers at the top of the page."""
    pairs = dict.fromkeys(Standing, 0)
    regions: set[int] = set()
    partners: set[int] = set()
    known = {key for key, _code, _name in found.partners}
    ties = 0
    for (own, partner), tally in found.tallies.items():
        if partner not in known:
            continue
        pairs[tally.standing] += 1
        ties += tally.ties
        if tally.in_force:
            regions.add(own)
            partners.add(partner)
    every = len(found.regions) * len(found.partners)
    pairs[Standing.NEVER] = every - sum(n for s, n in pairs.items() if s is not Standing.NEVER)
    return Totals(len(found.regions), len(regions), len(found.partners), len(partners), pairs, ties)


def matrix_partners(found: Ground, most: int) -> list[tuple[int, str, str]]:
    """The partner states with most agreements in force, then most of any, for the columns of the matrix."""
    weights: dict[int, tuple[int, int]] = {}
    for (_own, partner), tally in found.tallies.items():
        force, every = weights.get(partner, (0, 0))
        weights[partner] = (
            force + tally.in_force,
            every + tally.in_force + tally.lapsed + tally.uncertain + tally.prepared + tally.ties,
        )
    ranked = [p for p in found.partners if weights.get(p[0], (0, 0))[1]]
    return sorted(ranked, key=lambda p: (*(-n for n in weights[p[0]]), p[2]))[:most]


def export_rows(found: Ground, as_of: datetime.date) -> Iterable[dict[str, Any]]:
    """Every pair as a row for a file."""
    for region in found.regions:
        for key, code, name in found.partners:
            tally = found.tally(region.id, key)
            yield {
                "region": region.code,
                "region_name": region.name,
                "partner": code,
                "partner_name": name,
                "standing": tally.standing.value,
                "in_force": tally.in_force,
                "uncertain": tally.uncertain,
                "lapsed": tally.lapsed,
                "prepared": tally.prepared,
                "ties": tally.ties,
                "as_of": as_of,
            }


def seats(codes: Sequence[str]) -> list[tuple[float, float]]:
    """Latitude and longitude of the seats of territories, where they are known."""
    found = Territory.objects.filter(code__in=list(codes), latitude__isnull=False, longitude__isnull=False)
    return [(float(lat or 0), float(lon or 0)) for lat, lon in found.values_list("latitude", "longitude")]
