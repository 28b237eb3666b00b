"""Bodies: posts and holders over time, jurisdictions, parts, foreign missions, contacts, precedence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from foedera.platform.access.actors import Actor

from ..access import sees_holders
from ..models import Body, BodyKind, Holder, Installation, Jurisdiction, Post, Territory
from .reading import rows, visible_bodies
from .territories import localised

MISSION_KINDS = (
    BodyKind.EMBASSY,
    BodyKind.CONSULATE_GENERAL,
    BodyKind.CONSULATE,
    BodyKind.HONORARY_CONSULATE,
    BodyKind.PERMANENT_MISSION,
    BodyKind.REPRESENTATIVE_OFFICE,
    BodyKind.TRADE_OFFICE,
)
RANKS = ("head", "deputy", "external_relations", "officer")


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post of a body and everybody who has held it, latest first."""

    id: int
    code: str
    name: str
    rank: str
    precedence: int | None
    valid_from: str
    valid_until: str
    to_be_completed: bool
    holders: tuple[Holder, ...]


def held_posts(actor: Actor, body: Body, *, all_time: bool = True) -> list[HeldPost]:
    """The posts of a visible body with their holders over time, or those of the actor's day only; head first."""
    posts = Post.objects.filter(body=body.pk)
    holders = Holder.objects.filter(body=body.pk)
    if not all_time:
        posts = posts.filter(during__contains=actor.as_of)
        holders = holders.filter(during__contains=actor.as_of)
    by_post: dict[int, list[Holder]] = {}
    if sees_holders(actor):
        for holder in holders.order_by("-valid_from", "-id"):
            by_post.setdefault(holder.post_id, []).append(holder)
    found = [
        HeldPost(
            post.pk,
            post.code or "",
            str(post.names.get(actor.language) or post.name),
            post.rank,
            post.precedence,
            post.valid_from,
            post.valid_until,
            post.to_be_completed,
            tuple(by_post.get(post.pk, ())),
        )
        for post in posts
    ]
    return sorted(found, key=lambda p: (RANKS.index(p.rank), p.precedence or 65_535, p.id))


def jurisdictions_of(actor: Actor, body: Body) -> list[Jurisdiction]:
    """The jurisdictions of a visible body over time, those of the actor's day first, with territory and function."""
    found = Jurisdiction.objects.filter(body=body.pk).select_related("territory", "function")
    return sorted(found, key=lambda j: (actor.as_of not in j.during, j.function_id, j.territory.code, j.valid_from))


def parts_of(actor: Actor, body: Body) -> list[dict[str, Any]]:
    """The visible bodies that are part of a body, by kind and name."""
    return list(
        Body.objects.visible_to(actor)
        .filter(parent=body.pk)
        .annotate(shown=localised(actor.language))
        .order_by("kind", "shown")
        .values("number", "kind", "shown", "seat", "state", "valid_from", "valid_until")[:500]
    )


def foreign_missions(
    actor: Actor, *, territory: Territory | None = None, whole_state: bool = True
) -> list[dict[str, Any]]:
    """Visible missions of other states in the country on the actor's day, by sending state; with a territory only those whose
    jurisdiction reaches it: over itself, over what it is part of, or (with `whole_state`) over the whole state."""
    installed = Installation.objects.filter(id=1).first()
    if installed is None:
        return []
    found = (
        Body.objects.visible_to(actor)
        .filter(kind__in=MISSION_KINDS, country=installed.state_id, during__contains=actor.as_of)
        .exclude(Q(of_state=None) | Q(of_state=installed.state_id))
    )
    if territory is not None:
        around = (territory.parent_id, territory.state_id if whole_state else None)
        reach = [territory.pk, *(t for t in around if t is not None)]
        held = Jurisdiction.objects.filter(territory__in=reach, during__contains=actor.as_of)
        found = found.filter(pk__in=held.values("body"))
    return list(
        found.annotate(
            shown=localised(actor.language),
            of=localised(actor.language, "of_state"),
            seat_region=F("territory__code"),
        )
        .order_by("of", "kind", "shown")
        .values(
            "number",
            "kind",
            "shown",
            "of",
            "of_state__code",
            "seat",
            "seat_region",
            "phone",
            "email",
            "website",
            "checked",
            "confidence",
        )
    )


MISSIONS_BY_STATE = """
SELECT t.code, coalesce(t.names->>%(language)s, t.name) AS name, t.contested, count(b.id) AS missions,
       count(b.id) FILTER (WHERE b.kind = 'embassy') AS embassies
FROM directory_territory t
LEFT JOIN (directory_body b JOIN directory_installation i ON b.of_state_id = i.state_id)
       ON b.country_id = t.id AND b.kind = ANY(%(kinds)s) AND b.during @> %(on)s::date AND b.id IN ({visible})
WHERE t.kind IN ('state', 'territory', 'disputed') AND t.during @> %(on)s::date
  AND t.id NOT IN (SELECT state_id FROM directory_installation)
GROUP BY t.id ORDER BY name
"""


def missions_by_state(actor: Actor) -> list[dict[str, Any]]:
    """Every state and territory of the world with how many own missions it has on the actor's day (code, name, contested,
    missions, embassies)."""
    return rows(
        MISSIONS_BY_STATE.replace("{visible}", visible_bodies(actor)),
        {"language": actor.language, "kinds": [str(k) for k in MISSION_KINDS], "on": actor.as_of},
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """One line of a contact list: a body with one of its posts and whoever holds it."""

    number: str
    body: str
    kind: str
    seat: str
    phone: str
    email: str
    website: str
    post: str
    person_name: str
    standing: str
    contact: str
    checked: str
    confidence: str


CONTACTS = """
SELECT b.number, coalesce(b.names->>%(language)s, b.name) AS body, b.kind, b.seat, b.phone, b.email, b.website,
       coalesce(p.names->>%(language)s, p.name, '') AS post, coalesce(h.person_name, '') AS person_name,
       coalesce(h.standing, '') AS standing, coalesce(h.contact, '') AS contact,
       greatest(b.checked, coalesce(h.checked, '')) AS checked, b.confidence
FROM directory_body b
LEFT JOIN directory_post p ON p.body_id = b.id AND p.during @> %(on)s::date
LEFT JOIN directory_holder h ON h.post_id = p.id AND h.during @> %(on)s::date AND %(holders)s
WHERE b.id IN ({visible}) AND b.during @> %(on)s::date AND b.state <> 'draft'
  AND (%(territory)s::bigint IS NULL OR b.territory_id = %(territory)s OR b.country_id = %(territory)s
       OR EXISTS (SELECT 1 FROM directory_jurisdiction j
                  WHERE j.body_id = b.id AND j.territory_id = %(territory)s AND j.during @> %(on)s::date))
ORDER BY b.kind, body, b.id, array_position(ARRAY['head', 'deputy', 'external_relations', 'officer'], p.rank), p.id, h.id
"""


def contacts(actor: Actor, territory: Territory | None = None) -> Iterator[Contact]:
    """The contact list of a region or country on the actor's day: bodies seated there or covering it, with posts and holders."""
    found = rows(
        CONTACTS.replace("{visible}", visible_bodies(actor)),
        {
            "language": actor.language,
            "on": actor.as_of,
            "holders": sees_holders(actor),
            "territory": territory.pk if territory else None,
        },
    )
    return (Contact(**row) for row in found)


@dataclass(frozen=True, slots=True)
class Precedence:
    """A place in the order of precedence."""

    order: int
    number: str
    body: str
    post: str
    person_name: str
    standing: str


def precedence(actor: Actor) -> list[Precedence]:
    """The posts that have an order of precedence, in that order, with whoever holds them on the actor's day."""
    visible = Body.objects.visible_to(actor).filter(during__contains=actor.as_of)
    posts = (
        Post.objects.filter(body__in=visible, precedence__isnull=False, during__contains=actor.as_of)
        .annotate(shown=localised(actor.language), of=localised(actor.language, "body"), number=F("body__number"))
        .order_by("precedence", "id")
        .values("id", "precedence", "number", "of", "shown")
    )
    holders: dict[int, Holder] = {}
    if sees_holders(actor):
        held = Holder.objects.filter(post__in=[p["id"] for p in posts], during__contains=actor.as_of)
        for holder in held.exclude(standing="planned").order_by("-standing", "id"):
            # "full" sorts after "acting" and "deputy": whoever is in office comes first.
            holders.setdefault(holder.post_id, holder)
    return [
        Precedence(
            p["precedence"] or 0,
            p["number"],
            p["of"],
            p["shown"],
            holders[p["id"]].person_name if p["id"] in holders else "",
            holders[p["id"]].standing if p["id"] in holders else "",
        )
        for p in posts
    ]


def places_of(body: Body, language: str) -> dict[str, tuple[str, str]]:
    """Where the references of a body lead: code or number and name by "parent", "successor", "of_state", "country" and
    "territory"; only those it has."""
    paths = ("parent", "successor", "of_state", "country", "territory")
    keys = {p: f"{p}__number" if p in ("parent", "successor") else f"{p}__code" for p in paths}
    values = (
        Body.objects.filter(pk=body.pk)
        .annotate(**{f"_{p}": localised(language, p) for p in paths})
        .values(*keys.values(), *(f"_{p}" for p in paths))
        .get()
    )
    return {p: (values[keys[p]], values[f"_{p}"]) for p in paths if values[keys[p]]}


def find_bodies(actor: Actor, words: str) -> list[tuple[str, str]]:
    """Number and name of visible bodies that fit the words typed, for a reference."""
    found = Body.objects.visible_to(actor).filter(
        Q(name__icontains=words) | Q(names__icontains=words) | Q(number__istartswith=words) | Q(code__istartswith=words)
    )
    values = found.annotate(shown=localised(actor.language)).order_by("shown").values_list("number", "shown")[:20]
    return [(number, f"{number} {name}") for number, name in values]


def post_values(body: Body, key: str) -> dict[str, Any]:
    """The present values of a post of the body as its form takes them; nothing when it has no such post."""
    if not key.isdigit():
        return {}
    found = Post.objects.filter(body=body.pk, pk=int(key)).first()
    if found is None:
        return {}
    names = ("name", "names", "rank", "precedence", "valid_from", "source")
    return {name: getattr(found, name) for name in names}
