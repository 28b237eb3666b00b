"""The two questions: who was responsible for a territory at a time, and which pairs of region and state has nobody.

Each is one SQL statement. Both start from the bodies that the actor may see.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from django.utils.translation import gettext_lazy as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.records.partial_dates import bounds, parse

from ..access import sees_holders
from ..rules import Holding, holding
from .reading import rows, visible_bodies
from .territories import OF_ONE_REGION

COORDINATION = "coordination"
OWN_GOVERNMENT = "own_government"


@dataclass(frozen=True, slots=True)
class HolderThen:
    """Who held a post in the time asked for, and how surely."""

    person_name: str
    standing: str
    contact: str
    valid_from: str
    valid_until: str
    holding: Holding
    source: str


@dataclass(frozen=True, slots=True)
class PostThen:
    """A post of a responsible body with those who held it in the time asked for."""

    id: int
    name: str
    rank: str
    holders: tuple[HolderThen, ...] = ()


@dataclass(frozen=True, slots=True)
class Responsible:
    """A body that was responsible, for what, why (`relation`), from when until when, and how surely.

    `side` is "own", "mission" (an own body covering the partner state) or "counterpart" (the partner's body covering the
    territory). `relation` is "direct", "above" (over a district of which the territory is part), "state" (over the whole
    state) or "seat" (a government or other body of the region itself). `overlaps` says that another own body had the same
    function at the same time without being part of it.
    """

    side: str
    relation: str
    number: str
    body: str
    kind: str
    phone: str
    email: str
    website: str
    function: str
    function_name: str
    valid_from: str
    valid_until: str
    holding: Holding
    confidence: str
    source: str
    note: str
    overlaps: bool
    posts: tuple[PostThen, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to "who was responsible": what was asked, and the bodies with their posts and holders."""

    territory: str
    territory_name: str
    own: bool
    contested: bool
    partner: str
    partner_name: str
    function: str
    first: datetime.date
    last: datetime.date
    responsible: tuple[Responsible, ...]
    other_matches: tuple[tuple[str, str], ...] = field(default=())

    @property
    def overlapping(self) -> bool:
        """Whether any two of the bodies had the same function at the same time."""
        return any(r.overlaps for r in self.responsible)


# Bodies of the state whose register this is; one of no state named is its own unless it sits abroad.
OURS = """installed AS (SELECT state_id FROM directory_installation WHERE id = 1),
ours AS MATERIALIZED (
    SELECT b.id FROM directory_body b LEFT JOIN installed i ON true
    WHERE b.of_state_id = i.state_id
       OR (b.of_state_id IS NULL AND (b.country_id IS NULL OR b.country_id IS NOT DISTINCT FROM i.state_id))
)"""

RESPONSIBLE = """
WITH RECURSIVE visible AS ({visible}),
{ours},
fitting AS (
    SELECT t.*, upper(t.code) = upper(%(what)s) AS by_code,
           (SELECT max(CASE WHEN lower(n.value) = lower(%(what)s) THEN 2
                            WHEN length(%(what)s) > 2 AND position(lower(%(what)s) IN lower(n.value)) > 0 THEN 1
                            ELSE 0 END) FROM jsonb_each_text(t.names) n) AS by_name
    FROM directory_territory t
),
found AS (
    SELECT t.*, row_number() OVER (
        ORDER BY t.by_code DESC, t.by_name DESC, t.during && daterange(%(first)s, %(after)s) DESC, t.own DESC,
                 t.kind = 'state' DESC, length(t.name), t.code) AS place
    FROM fitting t WHERE t.by_code OR t.by_name > 0
),
asked AS (SELECT * FROM found WHERE place = 1),
partner AS (
    SELECT t.id, t.code, coalesce(t.names->>%(language)s, t.name) AS name FROM directory_territory t
    WHERE %(partner)s <> '' AND (upper(t.code) = upper(%(partner)s)
       OR EXISTS (SELECT 1 FROM jsonb_each_text(t.names) n WHERE lower(n.value) = lower(%(partner)s)))
      AND t.kind NOT IN ('region', 'district')
    ORDER BY upper(t.code) = upper(%(partner)s) DESC, t.kind = 'state' DESC, t.code LIMIT 1
),
above AS (
    SELECT parent_id AS id FROM asked WHERE parent_id IS NOT NULL
    UNION SELECT t.parent_id FROM above a JOIN directory_territory t ON t.id = a.id WHERE t.parent_id IS NOT NULL
),
reach AS (
    SELECT id, 'direct' AS relation, 0 AS distance FROM asked
    UNION ALL SELECT id, 'above', 1 FROM above
    UNION ALL SELECT state_id, 'state', 2 FROM asked WHERE state_id IS NOT NULL
),
covering AS (
    SELECT b.id AS body_id, b.parent_id, r.relation, r.distance, j.function_id, j.valid_from, j.valid_until, j.during,
           j.confidence, j.source, j.note,
           CASE WHEN b.id IN (SELECT id FROM ours) THEN 'own' ELSE 'counterpart' END AS side
    FROM reach r
    JOIN directory_jurisdiction j ON j.territory_id = r.id
    JOIN directory_body b ON b.id = j.body_id
    WHERE j.during && daterange(%(first)s, %(after)s)
      AND (b.id IN (SELECT id FROM ours) OR b.of_state_id = (SELECT id FROM partner))
    UNION ALL
    SELECT b.id, b.parent_id, 'seat', 0, f.id, b.valid_from, b.valid_until, b.during, b.confidence, b.source, '', 'own'
    FROM asked a
    JOIN directory_body b ON b.territory_id = a.id AND b.kind = ANY(%(of_one_region)s) AND a.own
    JOIN directory_function f ON f.code = %(own_government)s
    WHERE b.id IN (SELECT id FROM ours)
      AND NOT EXISTS (SELECT 1 FROM directory_jurisdiction j WHERE j.body_id = b.id AND j.territory_id = a.id)
    UNION ALL
    SELECT b.id, b.parent_id, 'direct', 0, j.function_id, j.valid_from, j.valid_until, j.during, j.confidence, j.source,
           j.note, 'mission'
    FROM partner p
    JOIN directory_jurisdiction j ON j.territory_id = p.id
    JOIN directory_body b ON b.id = j.body_id
    WHERE b.id IN (SELECT id FROM ours) AND j.during && daterange(%(first)s, %(after)s)
      AND p.id NOT IN (SELECT id FROM reach)
)
SELECT a.code AS territory, coalesce(a.names->>%(language)s, a.name) AS territory_name, a.own, a.contested,
       p.code AS partner, p.name AS partner_name,
       (SELECT jsonb_agg(jsonb_build_array(o.code, coalesce(o.names->>%(language)s, o.name)) ORDER BY o.place)
        FROM found o WHERE o.place BETWEEN 2 AND 11 AND NOT a.by_code) AS other_matches,
       c.side, c.relation, b.id AS body_id, b.number, coalesce(b.names->>%(language)s, b.name) AS body, b.kind,
       b.phone, b.email, b.website, b.valid_from AS body_from, b.valid_until AS body_until,
       f.code AS function, coalesce(f.names->>%(language)s, f.names->>'en') AS function_name,
       c.valid_from, c.valid_until, c.confidence, c.source, c.note,
       EXISTS (
           SELECT 1 FROM covering o
           JOIN directory_body ob ON ob.id = o.body_id AND ob.id IN (SELECT * FROM visible) AND ob.state <> 'draft'
           WHERE o.side = 'own' AND c.side = 'own' AND o.function_id = c.function_id AND o.body_id <> c.body_id
             AND o.relation <> 'state' AND c.relation <> 'state'
             AND NOT isempty(o.during * c.during * ob.during * b.during * daterange(%(first)s, %(after)s))
             AND o.parent_id IS DISTINCT FROM c.body_id AND c.parent_id IS DISTINCT FROM o.body_id
       ) AS overlaps,
       t.id AS post_id, coalesce(t.names->>%(language)s, t.name) AS post, t.rank,
       h.person_name, h.standing, h.contact, h.valid_from AS held_from, h.valid_until AS held_until, h.source AS held_source
FROM asked a
LEFT JOIN partner p ON true
LEFT JOIN (
    covering c
    JOIN directory_body b ON b.id = c.body_id AND b.id IN (SELECT * FROM visible) AND b.state <> 'draft'
         AND b.during && daterange(%(first)s, %(after)s)
    JOIN directory_function f ON f.id = c.function_id AND (%(function)s = '' OR f.code = %(function)s)
) ON true
LEFT JOIN directory_post t ON t.body_id = b.id AND t.during && daterange(%(first)s, %(after)s)
LEFT JOIN directory_holder h ON h.post_id = t.id AND h.during && daterange(%(first)s, %(after)s) AND %(holders)s
ORDER BY array_position(ARRAY['own', 'mission', 'counterpart'], c.side), f.id, c.distance, body, b.id, c.valid_from,
         array_position(ARRAY['head', 'deputy', 'external_relations', 'officer'], t.rank), t.precedence NULLS LAST, t.id,
         array_position(ARRAY['full', 'acting', 'deputy', 'planned'], h.standing), h.valid_from
"""


def asked_range(on: str, default: datetime.date) -> tuple[datetime.date, datetime.date]:
    """First and last day of what was asked: a day, a month or a year in any typed form. Raises Invalid."""
    try:
        kept = parse(on)
    except ValueError as error:
        raise invalid("on", str(error)) from error
    return bounds(kept) if kept else (default, default)


def responsible_for(actor: Actor, territory: str, *, function: str = "", on: str = "", partner: str = "") -> Answer:
    """Who was responsible for a territory (code or name in any language) on a day, in a month or in a year (default: the
    actor's day), optionally for one function and towards one partner state.

    One SQL statement. Raises NotFound for a territory that is not known and Invalid for what is no date or no partner.
    """
    first, last = asked_range(on, actor.as_of)
    found = rows(
        _with_everything(RESPONSIBLE, actor),
        {
            "what": territory.strip(),
            "partner": partner.strip(),
            "function": function.strip(),
            "first": first,
            "after": _after(last),
            "language": actor.language,
            "holders": sees_holders(actor),
            "of_one_region": [str(kind) for kind in OF_ONE_REGION],
            "own_government": OWN_GOVERNMENT,
        },
    )
    if not found:
        raise NotFound(_("There is no territory of that code or name."))
    head = found[0]
    if partner.strip() and head["partner"] is None:
        raise invalid("partner", _("There is no state of that code or name."))
    return Answer(
        territory=head["territory"],
        territory_name=head["territory_name"],
        own=head["own"],
        contested=head["contested"],
        partner=head["partner"] or "",
        partner_name=head["partner_name"] or "",
        function=function.strip(),
        first=first,
        last=last,
        responsible=_responsible(found, first, last),
        other_matches=tuple((code, name) for code, name in _json(head["other_matches"])),
    )


def _json(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(orjson.loads(value) if isinstance(value, str) else value)


def _with_everything(sql: str, actor: Actor) -> str:
    return sql.replace("{visible}", visible_bodies(actor)).replace("{ours}", OURS)


def _after(last: datetime.date) -> datetime.date | None:
    """The first day after; None (no bound) after the last day there is."""
    return last + datetime.timedelta(days=1) if last < datetime.date.max else None


_SURENESS = [Holding.WHOLE, Holding.PART, Holding.POSSIBLE, Holding.NEVER]


def _responsible(found: list[dict[str, Any]], first: datetime.date, last: datetime.date) -> tuple[Responsible, ...]:
    made: dict[tuple[Any, ...], Responsible] = {}
    posts: dict[tuple[Any, ...], dict[int, PostThen]] = {}
    for row in found:
        if row["body_id"] is None:
            continue
        key = (
            row["side"],
            row["body_id"],
            row["function"],
            row["relation"],
            row["valid_from"],
            row["valid_until"],
        )
        if key not in made:
            surely = max(
                holding(row["valid_from"], row["valid_until"], first, last),
                holding(row["body_from"], row["body_until"], first, last),
                key=_SURENESS.index,
            )
            names = ("side", "relation", "number", "body", "kind", "phone", "email", "website", "function")
            more = ("function_name", "valid_from", "valid_until", "confidence", "source", "note", "overlaps")
            made[key] = Responsible(holding=surely, **{name: row[name] for name in (*names, *more)})
            posts[key] = {}
        if row["post_id"] is None:
            continue
        post = posts[key].setdefault(row["post_id"], PostThen(row["post_id"], row["post"], row["rank"]))
        if row["person_name"] is not None:
            holder = HolderThen(
                row["person_name"],
                row["standing"],
                row["contact"],
                row["held_from"],
                row["held_until"],
                holding(row["held_from"], row["held_until"], first, last),
                row["held_source"],
            )
            posts[key][post.id] = replace(post, holders=(*post.holders, holder))
    return tuple(replace(r, posts=tuple(posts[key].values())) for key, r in made.items())


# ------------------------------------------------------------------------------------------------------ uncovered pairs


@dataclass(frozen=True, slots=True)
class Pair:
    """A region and a state that nobody covers, and which half is missing."""

    region: str
    region_name: str
    state: str
    state_name: str
    office_missing: bool
    mission_missing: bool


@dataclass(frozen=True, slots=True)
class Uncovered:
    """The pairs that nobody covers on a day, with how many regions, states and pairs there are.

    A pair of an own region and a partner state is covered when an own body has jurisdiction over the region (directly or over
    the district it is part of; for coordination, or for the function asked for) and an own body covers the state (for any
    function, or the one asked for), or when one own body is assigned to both. A jurisdiction over the whole own state does not
    cover a region: it would hide every gap.
    """

    on: datetime.date
    function: str
    regions: int
    states: int
    assigned: int
    pairs: tuple[Pair, ...]
    regions_without: tuple[tuple[str, str, int], ...]
    states_without: tuple[tuple[str, str, int], ...]

    @property
    def all_pairs(self) -> int:
        """How many pairs there are."""
        return self.regions * self.states


UNCOVERED = """
WITH visible AS ({visible}),
{ours},
own_bodies AS MATERIALIZED (
    SELECT b.id FROM directory_body b
    WHERE b.id IN (SELECT * FROM visible) AND b.id IN (SELECT id FROM ours) AND b.state <> 'draft' AND b.during @> %(on)s::date
),
regions AS MATERIALIZED (
    SELECT t.id, t.parent_id, t.code, coalesce(t.names->>%(language)s, t.name) AS name FROM directory_territory t
    WHERE t.own AND t.kind = 'region' AND t.during @> %(on)s::date AND (%(region)s = '' OR t.code = %(region)s)
),
states AS MATERIALIZED (
    SELECT t.id, t.code, coalesce(t.names->>%(language)s, t.name) AS name FROM directory_territory t
    WHERE t.kind = 'state' AND t.id NOT IN (SELECT state_id FROM installed) AND t.during @> %(on)s::date
      AND (%(state)s = '' OR t.code = %(state)s)
),
held AS MATERIALIZED (
    SELECT j.body_id, j.territory_id, f.code AS function FROM directory_jurisdiction j
    JOIN own_bodies b ON b.id = j.body_id JOIN directory_function f ON f.id = j.function_id
    WHERE j.during @> %(on)s::date
),
over_regions AS MATERIALIZED (
    SELECT r.id AS region_id, h.body_id, h.function FROM regions r JOIN held h ON h.territory_id IN (r.id, r.parent_id)
),
over_states AS MATERIALIZED (
    SELECT s.id AS state_id, h.body_id, h.function FROM states s JOIN held h ON h.territory_id = s.id
),
offices AS (SELECT DISTINCT region_id FROM over_regions WHERE function = coalesce(nullif(%(function)s, ''), 'coordination')),
missions AS (SELECT DISTINCT state_id FROM over_states WHERE %(function)s = '' OR function = %(function)s),
assigned AS MATERIALIZED (
    SELECT DISTINCT r.region_id, s.state_id FROM over_regions r JOIN over_states s USING (body_id)
    WHERE %(function)s = '' OR (r.function = %(function)s AND s.function = %(function)s)
),
uncovered AS (
    SELECT r.code AS region, r.name AS region_name, s.code AS state, s.name AS state_name,
           o.region_id IS NULL AS office_missing, m.state_id IS NULL AS mission_missing
    FROM regions r CROSS JOIN states s
    LEFT JOIN offices o ON o.region_id = r.id
    LEFT JOIN missions m ON m.state_id = s.id
    LEFT JOIN assigned a ON a.region_id = r.id AND a.state_id = s.id
    WHERE (o.region_id IS NULL OR m.state_id IS NULL) AND a.region_id IS NULL
),
totals AS (
    SELECT (SELECT count(*) FROM regions) AS regions, (SELECT count(*) FROM states) AS states,
           (SELECT count(*) FROM assigned) AS assigned
)
SELECT t.regions, t.states, t.assigned, u.* FROM totals t LEFT JOIN uncovered u ON true
ORDER BY u.region, u.state
"""


def uncovered_pairs(
    actor: Actor, *, on: datetime.date | None = None, function: str = "", region: str = "", state: str = ""
) -> Uncovered:
    """Which pairs of an own region and a partner state nobody covers on a day (default: the actor's), as `Uncovered` defines.

    One SQL statement; `region` and `state` narrow it to one code.
    """
    day = on or actor.as_of
    found = rows(
        _with_everything(UNCOVERED, actor),
        {
            "on": day,
            "function": function.strip(),
            "region": region.strip().upper(),
            "state": state.strip().upper(),
            "language": actor.language,
        },
    )
    pairs = tuple(
        Pair(
            r["region"],
            r["region_name"],
            r["state"],
            r["state_name"],
            r["office_missing"],
            r["mission_missing"],
        )
        for r in found
        if r["region"] is not None
    )
    regions: dict[tuple[str, str], int] = {}
    states: dict[tuple[str, str], int] = {}
    for pair in pairs:
        if pair.office_missing:
            regions[pair.region, pair.region_name] = regions.get((pair.region, pair.region_name), 0) + 1
        if pair.mission_missing:
            states[pair.state, pair.state_name] = states.get((pair.state, pair.state_name), 0) + 1
    head = found[0]
    return Uncovered(
        on=day,
        function=function.strip(),
        regions=head["regions"],
        states=head["states"],
        assigned=head["assigned"],
        pairs=pairs,
        regions_without=tuple((code, name, n) for (code, name), n in regions.items()),
        states_without=tuple((code, name, n) for (code, name), n in states.items()),
    )


# ------------------------------------------------------------------------------------------------------ gaps and overlaps


@dataclass(frozen=True, slots=True)
class Covered:
    """An own region with the own bodies that cover it for a function on a day; none is a gap, several may be an overlap."""

    region: str
    name: str
    contested: bool
    bodies: tuple[dict[str, Any], ...]

    @property
    def is_gap(self) -> bool:
        """Whether nobody covers it."""
        return not self.bodies

    @property
    def is_overlap(self) -> bool:
        """Whether two bodies cover it neither of which is part of the other."""
        return any(
            a["id"] != b["id"] and a["parent"] != b["id"] and b["parent"] != a["id"]
            for a in self.bodies
            for b in self.bodies
        )


COVERING = """
WITH visible AS ({visible}), {ours}
SELECT t.code AS region, coalesce(t.names->>%(language)s, t.name) AS name, t.contested,
       coalesce(jsonb_agg(jsonb_build_object(
           'id', b.id, 'parent', b.parent_id, 'number', b.number, 'name', coalesce(b.names->>%(language)s, b.name),
           'relation', CASE WHEN j.territory_id = t.id THEN 'direct' ELSE 'above' END, 'from', j.valid_from,
           'until', j.valid_until, 'confidence', j.confidence) ORDER BY b.id) FILTER (WHERE b.id IS NOT NULL), '[]') AS bodies
FROM directory_territory t
LEFT JOIN (
    directory_jurisdiction j
    JOIN directory_function f ON f.id = j.function_id AND f.code = %(function)s
    JOIN directory_body b ON b.id = j.body_id AND b.id IN (SELECT * FROM visible) AND b.state <> 'draft'
         AND b.id IN (SELECT id FROM ours) AND b.during @> %(on)s::date
) ON j.territory_id IN (t.id, t.parent_id) AND j.during @> %(on)s::date
WHERE t.own AND t.kind = 'region' AND t.during @> %(on)s::date
GROUP BY t.id ORDER BY t.code
"""


def covering_of_regions(
    actor: Actor, *, function: str = COORDINATION, on: datetime.date | None = None
) -> list[Covered]:
    """Every own region with the own bodies that cover it for a function on a day (default: the actor's), by code."""
    found = rows(
        _with_everything(COVERING, actor),
        {"function": function, "on": on or actor.as_of, "language": actor.language},
    )
    return [Covered(r["region"], r["name"], r["contested"], tuple(_json(r["bodies"]))) for r in found]
