"""Reading the coverage: counts of agreements and ties by pair and by subject in a few statements, and what they are shown with.

Only what the actor may read whole is counted; where just the title is public, nothing is told. Statuses are those of
the day that the actor looks at, from the stored trajectories. An agreement counts from its signature on; drafts count
as pending while one looks at today, and what was prohibited or withdrawn never counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, Count, Func, IntegerField, Q, Value, When
from django.db.models.functions import Left, Length

from foedera.directory.models import Format, Membership, MembershipStanding, Position, Territory, TerritoryKind
from foedera.directory.queries import installation
from foedera.directory.queries.territories import localised
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists.description import Context

from ..access import withheld_from
from ..lists import status_on
from ..models import Agreement, State, Tie, TieState
from ..terms import Status
from .rules import FORCE_OF_STATUS, NOTHING, Counts, Force, Gap, Matrix, Standing, Tally, best, gaps, tally, turned

IN_PREPARATION = (
    State.IDEA,
    State.INTENT_NOTIFIED,
    State.INTENT_CLEARED,
    State.DRAFTING,
    State.IN_CLEARANCE,
    State.RETURNED,
    State.CLEARED,
)
NEVER_MADE = (State.INTENT_PROHIBITED, State.WITHDRAWN)
# What has a foreign policy of its own, had one, or is dealt with as if: everything but organisations and parts of states.
PARTNER_KINDS = frozenset(
    {
        TerritoryKind.STATE,
        TerritoryKind.DEPENDENT,
        TerritoryKind.DISPUTED,
        TerritoryKind.FORMER_STATE,
        TerritoryKind.FORMER_TERRITORY,
    }
)

# One pass over the register counts by partner and by subject at once. The arrays are opened in the list of columns, which
# is several times faster than joining what they hold; side by side, the shorter one is filled up with nulls.
COUNTS = """
SELECT own, partner, area,
       count(*) FILTER (WHERE _force = 2), count(*) FILTER (WHERE _force = 1),
       count(*) FILTER (WHERE _force = 0), count(*) FILTER (WHERE _force = 3),
       max(ends_on) FILTER (WHERE _force = 3)
FROM (SELECT own, unnest(partner_ids) AS partner, unnest(subject_areas) AS area, _force, ends_on
      FROM (SELECT unnest(own_ids) AS own, partner_ids, subject_areas, _force, ends_on FROM ({rows}) AS r) AS a) AS b
GROUP BY GROUPING SETS ((own, partner), (own, area))
"""
TIES = """
SELECT own, other, sum(_n)::int
FROM (SELECT own, unnest(partner_ids) AS other, _n FROM (SELECT unnest(own_ids) AS own, partner_ids, _n FROM ({rows}) AS r) AS a) AS b
GROUP BY own, other
"""


def _readable(model: Any, actor: Actor) -> Any:
    """The rows that the actor may read whole."""
    rows = model.objects.visible_to(actor)
    withheld = withheld_from(Context(actor))
    return rows if withheld is None else rows.exclude(withheld)


def _begun(field: str, actor: Actor) -> Q:
    """Rows whose partial date is not known, or not certainly after the day looked at."""
    day = Left(Value(actor.as_of.isoformat()), Length(field))
    return Q(**{field: ""}) | Q(**{f"{field}__lte": day})


def _force(actor: Actor) -> Case:
    """The force of a row on the day looked at, as a number of Force."""
    numbers = ", ".join(str(int(FORCE_OF_STATUS[status])) for status in Status)
    template = f"('{{{numbers}}}'::int[])[1 + %(expressions)s]"
    on_day = Func(status_on(Context(actor)), template=template, output_field=IntegerField())
    return Case(When(state__in=IN_PREPARATION, then=Value(int(Force.PENDING))), default=on_day)


def _agreements(actor: Actor) -> Any:
    rows = _readable(Agreement, actor).exclude(state__in=NEVER_MADE).filter(_begun("signed_on", actor))
    return rows.exclude(state__in=IN_PREPARATION) if actor.is_past else rows


def _fetch(template: str, rows: Any) -> list[tuple[Any, ...]]:
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(template.format(rows=sql), values)
        return list(cursor.fetchall())


Subjects = Mapping[int, Mapping[str, Counts]]
"""Counts of agreements by own territory, then by code of a subject area."""


def counted(actor: Actor, *, partner: int | None = None) -> tuple[Matrix, Subjects]:
    """Counts by own territory and partner, and by own territory and subject area; with `partner` of that one alone.

    Two statements: agreements, and the ties beside them (which have no subject).
    """
    rows = _agreements(actor)
    ties = _readable(Tie, actor).exclude(state=TieState.CLOSED).filter(_begun("since", actor))
    if partner is not None:
        rows, ties = rows.filter(partner_ids__contains=[partner]), ties.filter(partner_ids__contains=[partner])
    matrix: dict[int, dict[int, Counts]] = {}
    subjects: dict[int, dict[str, Counts]] = {}
    with_force = rows.order_by().annotate(_force=_force(actor))
    read = with_force.values("own_ids", "partner_ids", "subject_areas", "_force", "ends_on")
    for own, other, area, in_force, pending, unknown, lapsed, last_end in _fetch(COUNTS, read):
        counts = Counts(in_force, pending, unknown, lapsed, 0, last_end)
        if other is not None:
            if partner is None or other == partner:
                matrix.setdefault(own, {})[other] = counts
        elif area is not None:
            subjects.setdefault(own, {})[area] = counts
    of_ties = ties.order_by().values("own_ids", "partner_ids").annotate(_n=Count("id"))
    for own, other, number in _fetch(TIES, of_ties):
        if partner is None or other == partner:
            row = matrix.setdefault(own, {})
            row[other] = row.get(other, NOTHING)._replace(ties=number)
    return matrix, subjects


@dataclass(frozen=True, slots=True)
class Place:
    """A territory as the coverage shows it; `present` says whether it exists on the day looked at."""

    id: int
    code: str
    kind: str
    name: str
    own: bool
    contested: bool
    has_outline: bool
    present: bool
    longitude: float | None


def _places(ids: Iterable[int], actor: Actor) -> dict[int, Place]:
    """The territories with these ids, all own regions and all states of the day, by id. One statement."""
    on_day = Q(during__contains=actor.as_of)
    wanted = Q(pk__in=list(ids)) | (on_day & (Q(own=True, kind=TerritoryKind.REGION) | Q(kind=TerritoryKind.STATE)))
    found = (
        Territory.objects.filter(wanted)
        .annotate(_present=Case(When(on_day, then=Value(True)), default=Value(False)), _shown=localised(actor.language))
        .values_list("id", "code", "kind", "_shown", "own", "contested", "has_outline", "_present", "longitude")
    )
    return {row[0]: Place(*row) for row in found}


@dataclass(frozen=True, slots=True)
class Profile:
    """Whose register this is: the id of the state and the code of its outlines; both empty before a profile was loaded."""

    state: int | None
    outlines: str


def profile() -> Profile:
    """The state whose register this is."""
    loaded = installation()
    return Profile(loaded.state_id, loaded.profile) if loaded is not None else Profile(None, "")


@dataclass(frozen=True, slots=True)
class Member:
    """A format and one of its members on the day: `territory` as recorded, `partner` the state it belongs to."""

    format: int
    number: str
    name: str
    territory: int
    partner: int
    standing: str


def members(actor: Actor) -> list[Member]:
    """Who belongs to the visible formats on the day looked at, in any standing but suspended. One statement."""
    found = (
        Membership.objects.filter(during__contains=actor.as_of, format__in=Format.objects.visible_to(actor))
        .exclude(standing=MembershipStanding.SUSPENDED)
        .annotate(_shown=localised(actor.language, "format"))
        .order_by("_shown", "format", "id")
        .values_list("format", "format__number", "_shown", "territory", "territory__state", "standing")
    )
    return [Member(f, number, name, t, state or t, standing) for f, number, name, t, state, standing in found]


@dataclass(frozen=True, slots=True)
class FormatCover:
    """How an own territory stands with the other members of a format to which it or its state belongs."""

    number: str
    name: str
    by_itself: bool
    own_standing: str
    standings: Mapping[int, Standing]

    @property
    def standing(self) -> Standing:
        """The best standing with any other member."""
        return best(self.standings.values())

    def number_of(self, standing: Standing) -> int:
        """With how many other members it stands so."""
        return sum(1 for found in self.standings.values() if found is standing)


@dataclass(frozen=True)
class Coverage:
    """The coverage of the whole country on a day, as one actor may read it."""

    matrix: Matrix
    subjects: Subjects
    places: Mapping[int, Place]
    profile: Profile
    members: tuple[Member, ...]

    @cached_property
    def regions(self) -> list[Place]:
        """Own regions by name: those of the day, and those of another time that have something."""
        own = (p for p in self.places.values() if p.own and p.kind == TerritoryKind.REGION)
        return sorted((p for p in own if p.present or p.id in self.matrix), key=lambda p: p.name)

    @cached_property
    def region_ids(self) -> frozenset[int]:
        """Ids of the own regions."""
        return frozenset(p.id for p in self.regions)

    @cached_property
    def beside(self) -> list[Place]:
        """Own parties that are no region: the state itself first, then districts."""
        found = [
            p
            for p in self.places.values()
            if p.id in self.matrix and p.id not in self.region_ids and (p.own or p.id == self.profile.state)
        ]
        return sorted(found, key=lambda p: (p.id != self.profile.state, p.name))

    @cached_property
    def partner_ids(self) -> frozenset[int]:
        """Ids of the territories that count as partner states."""
        return frozenset(
            p.id for p in self.places.values() if p.kind in PARTNER_KINDS and not p.own and p.id != self.profile.state
        )

    @cached_property
    def present_ids(self) -> frozenset[int]:
        """Ids of the states that exist on the day and are not the own one."""
        return frozenset(
            p.id
            for p in self.places.values()
            if p.kind == TerritoryKind.STATE and p.present and p.id != self.profile.state
        )

    @cached_property
    def by_partner(self) -> Mapping[int, Mapping[int, Counts]]:
        """Counts by partner, then by own region."""
        return turned({own: row for own, row in self.matrix.items() if own in self.region_ids})

    def row(self, own: int) -> Mapping[int, Counts]:
        """Counts of one own territory by partner."""
        return self.matrix.get(own, {})

    def tally(self, own: int) -> Tally:
        """How many partner states stand how with an own territory."""
        return tally(self.row(own), self.partner_ids, self.present_ids)

    def gaps(self, own: int) -> list[Gap]:
        """The white spots of an own territory among present states."""
        return [gap for gap in gaps(self.matrix, own, self.region_ids) if gap.partner in self.present_ids]

    def areas_in_force(self, own: int) -> int:
        """On how many subject areas an own territory has an agreement in force."""
        return sum(1 for counts in self.subjects.get(own, {}).values() if counts.in_force)

    @cached_property
    def _formats(self) -> list[tuple[Member, frozenset[int], dict[int, str]]]:
        """Each format by one of its members, its foreign partners, and its own members with their standing."""
        found: dict[int, tuple[Member, set[int], dict[int, str]]] = {}
        for member in self.members:
            _first, partners, own = found.setdefault(member.format, (member, set(), {}))
            if member.partner == self.profile.state:
                own[member.territory] = member.standing
            else:
                partners.add(member.partner)
        return [(first, frozenset(partners), own) for first, partners, own in found.values()]

    def formats(self, own: int) -> list[FormatCover]:
        """The formats with foreign members to which an own territory or its state belongs, by name."""
        row = self.row(own)
        result = []
        for first, partners, members_here in self._formats:
            by_itself = own in members_here
            standing = members_here.get(own) or members_here.get(self.profile.state or 0)
            if standing is not None and partners:
                standings = {partner: row.get(partner, NOTHING).standing for partner in partners}
                result.append(FormatCover(first.number, first.name, by_itself, standing, standings))
        return result


def coverage(actor: Actor) -> Coverage:
    """The whole coverage as the actor may read it, on the day looked at. Five statements, whatever the register holds."""
    matrix, subjects = counted(actor)
    of_members = members(actor)
    own = profile()
    ids = {key for row in matrix.values() for key in row} | set(matrix) | {m.partner for m in of_members}
    if own.state is not None:
        ids.add(own.state)
    return Coverage(matrix, subjects, _places(ids, actor), own, tuple(of_members))


def coverage_of_partner(actor: Actor, code: str) -> tuple[Coverage, Place]:
    """The coverage of one partner alone, without subjects and formats, and the partner. Raises NotFound."""
    partner = _territory(code)
    matrix, _subjects = counted(actor, partner=partner)
    own = profile()
    found = Coverage(matrix, {}, _places({partner, *matrix}, actor), own, ())
    place = found.places.get(partner)
    if place is None or place.own or place.id == own.state or place.kind == TerritoryKind.REGION:
        raise NotFound()
    return found, place


def coverage_of_own(actor: Actor, code: str) -> tuple[Coverage, Place]:
    """The whole coverage, and the own region or state of that code. Raises NotFound, for an unknown code before counting."""
    _territory(code)
    found = coverage(actor)
    return found, own_territory(found, code)


def own_territory(found: Coverage, code: str) -> Place:
    """An own region or the state itself by its code. Raises NotFound for any other."""
    for place in found.places.values():
        if place.code == code.upper() and (place.id == found.profile.state or place.id in found.region_ids):
            return place
    raise NotFound()


def _territory(code: str) -> int:
    if "\x00" in code:
        raise NotFound()
    found = Territory.objects.filter(code=code.upper()).values_list("id", flat=True).first()
    if found is None:
        raise NotFound()
    return found


@dataclass(frozen=True, slots=True)
class Contested:
    """A contested territory with what its holders say, each as "code: position"."""

    code: str
    name: str
    positions: tuple[str, ...]


def contested_areas(actor: Actor, *, own: bool) -> list[Contested]:
    """Contested own regions, or contested territories of the world that are no regions, with the positions of record."""
    kinds = Q(kind=TerritoryKind.REGION, own=True) if own else ~Q(kind=TerritoryKind.REGION) & Q(own=False)
    places = list(
        Territory.objects.filter(kinds, contested=True)
        .annotate(_shown=localised(actor.language))
        .order_by("_shown")
        .values_list("id", "code", "_shown")
    )
    said: dict[int, list[str]] = {}
    for p in Position.objects.filter(territory__in=[key for key, _c, _n in places]).order_by("holder", "dated"):
        words = p.statement.get(actor.language) or p.statement.get("en", "")
        said.setdefault(p.territory_id, []).append(f"{p.holder}: {words}")
    return [Contested(code, name, tuple(said.get(key, ()))) for key, code, name in places]
