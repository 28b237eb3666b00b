"""Reading the review: findings, next steps and sessions that the actor may see, in the order in which they press."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from django.db import connection, models
from django.db.models import Case, Count, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from foedera.agreements.access import withheld_from
from foedera.agreements.models import (
    Agreement,
    Decision,
    Finding,
    FindingRule,
    FindingState,
    FollowUp,
    ReviewSession,
)
from foedera.agreements.terms import IN_FORCE_STATUSES, Status
from foedera.countries import world
from foedera.directory.models import Territory
from foedera.directory.queries import territory_name
from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import BOUND_TO_PARTNERS, BOUND_TO_REGIONS
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.lists.description import Context

from . import access as _access  # noqa: F401 - registers the policies used below
from .merging import MergePlan, plan
from .rules import RULE_ORDER

PAGE: Final = 50
LARGEST_PAGE: Final = 200
FACET_VALUES: Final = 12
FAR: Final = datetime.date(9999, 12, 31)
# Within how many days a day to act by lies: name of the facet's value -> days (None: no day presses).
URGENCIES: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "passed": (None, -1),
    "30": (0, 30),
    "90": (31, 90),
    "later": (91, None),
    "none": (None, None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilter:
    """How the desk is narrowed; empty: not by this. Region and partner are codes of territories."""

    rules: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    proposed: tuple[str, ...] = ()
    urgency: tuple[str, ...] = ()
    states: tuple[str, ...] = (FindingState.OPEN.value,)
    decisions: tuple[str, ...] = ()
    agreement: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class FindingsPage:
    """Findings with their agreements, and the cursor of the next page (empty: none)."""

    findings: list[Finding]
    next: str


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with how many findings have it."""

    value: str
    label: str
    count: int


def findings_of(actor: Actor) -> QuerySet[Finding]:
    """All findings that the actor may see."""
    rows: QuerySet[Finding] = policy_for(Finding).visible(Finding.objects.all(), actor)
    return rows


def steps_of(actor: Actor) -> QuerySet[FollowUp]:
    """All next steps that the actor may see."""
    rows: QuerySet[FollowUp] = policy_for(FollowUp).visible(FollowUp.objects.all(), actor)
    return rows


def sessions_of(actor: Actor) -> Any:
    """All review sessions that the actor may see."""
    return ReviewSession.objects.visible_to(actor)


def territory_ids(codes: Iterable[str]) -> dict[str, int]:
    """Ids of territories by code; unknown codes are absent."""
    wanted = {code.upper() for code in codes}
    return dict(Territory.objects.filter(code__in=wanted).values_list("code", "id")) if wanted else {}


def territory_named(code: str, *, own: bool) -> int | None:
    """The id of an own region, or of a foreign state, by its code; None when there is none."""
    return Territory.objects.filter(code=code.upper(), own=own).values_list("id", flat=True).first()


def _urgency(name: str, today: datetime.date) -> Q:
    least, most = URGENCIES[name]
    if least is None and most is None:
        return Q(urgent_by__isnull=True)
    condition = Q(urgent_by__isnull=False)
    if least is not None:
        condition &= Q(urgent_by__gte=today + datetime.timedelta(days=least))
    if most is not None:
        condition &= Q(urgent_by__lte=today + datetime.timedelta(days=most))
    return condition


def _known(name: str, values: Sequence[str], offered: Iterable[str]) -> None:
    unknown = [value for value in values if value not in set(offered)]
    if unknown:
        raise invalid(name, _("“%(value)s” is not one of the values offered.") % {"value": unknown[0]})


def check(chosen: FindingFilter) -> None:
    """Raises Invalid for a value that is not offered."""
    _known("rule", chosen.rules, FindingRule.values)
    _known("proposed", chosen.proposed, Decision.values)
    _known("decision", chosen.decisions, Decision.values)
    _known("state", chosen.states, FindingState.values)
    _known("urgency", chosen.urgency, URGENCIES)
    for name, codes in (("region", chosen.regions), ("partner", chosen.partners)):
        found = territory_ids(codes)
        _known(name, [code.upper() for code in codes], found)


def narrowed(actor: Actor, chosen: FindingFilter, *, leave_out: str = "") -> QuerySet[Finding]:
    """The visible findings that a filter leaves. Raises Invalid for a value that is not offered."""
    check(chosen)
    rows = findings_of(actor)
    if chosen.states:
        rows = rows.filter(state__in=chosen.states)
    if chosen.rules and leave_out != "rule":
        rows = rows.filter(rule__in=chosen.rules)
    if chosen.proposed and leave_out != "proposed":
        rows = rows.filter(proposed__in=chosen.proposed)
    if chosen.decisions:
        rows = rows.filter(decision__in=chosen.decisions)
    if chosen.regions and leave_out != "region":
        rows = rows.filter(agreement__own_ids__overlap=list(territory_ids(chosen.regions).values()))
    if chosen.partners and leave_out != "partner":
        rows = rows.filter(agreement__partner_ids__overlap=list(territory_ids(chosen.partners).values()))
    if chosen.urgency and leave_out != "urgency":
        condition = Q(pk__in=[])
        for name in chosen.urgency:
            condition |= _urgency(name, actor.as_of)
        rows = rows.filter(condition)
    if chosen.agreement:
        rows = rows.filter(agreement__number=chosen.agreement.upper())
    if chosen.session:
        rows = rows.filter(session__number=chosen.session.upper())
    return rows


def _ordered(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    rank = Case(
        *(When(rule=rule, then=Value(place)) for place, rule in enumerate(RULE_ORDER)),
        default=Value(len(RULE_ORDER)),
        output_field=IntegerField(),
    )
    act_by = Coalesce(F("urgent_by"), Value(FAR), output_field=models.DateField())
    return rows.annotate(act_by=act_by, rank=rank).order_by("act_by", "rank", "id")


def findings_page(actor: Actor, chosen: FindingFilter, *, after: str = "", limit: int = PAGE) -> FindingsPage:
    """One page of findings by urgency, then by rule, then by age. Raises Invalid for a faulty filter or cursor."""
    rows = _ordered(narrowed(actor, chosen))
    if after:
        day, rank, key = _decoded(after)
        rows = rows.filter(Q(act_by__gt=day) | Q(act_by=day, rank__gt=rank) | Q(act_by=day, rank=rank, id__gt=key))
    found = list(rows.select_related("agreement", "other", "session")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    cursor = ""
    if more:
        last: Any = found[-1]
        cursor = _encoded([last.act_by.isoformat(), last.rank, last.pk])
    return FindingsPage(found, cursor)


def _encoded(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


def _decoded(text: str) -> tuple[datetime.date, int, int]:
    try:
        day, rank, key = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(rank, int) or not isinstance(key, int) or abs(rank) > 1000 or abs(key) > 2**62:
            raise ValueError
        return datetime.date.fromisoformat(day), rank, key
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid("after", _("This is not a place in the list; begin at its first page.")) from error


def finding(actor: Actor, key: int) -> Finding:
    """One finding. Raises NotFound when there is none that the actor may see."""
    found = findings_of(actor).select_related("agreement", "other", "session").filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def count(rows: QuerySet[Any]) -> int:
    """How many rows there are."""
    return rows.count()


def facets(actor: Actor, chosen: FindingFilter) -> dict[str, list[FacetValue]]:
    """Values with counts for each facet; each counts without its own filter."""
    result: dict[str, list[FacetValue]] = {}
    for name, labels in (("rule", dict(FindingRule.choices)), ("proposed", dict(Decision.choices))):
        rows = narrowed(actor, chosen, leave_out=name).order_by()
        counted = rows.values_list(name).annotate(number=Count("id")).order_by("-number")
        result[name] = [FacetValue(value, str(labels.get(value, value)), number) for value, number in counted]
    for name, column in (("region", "agreement__own_ids"), ("partner", "agreement__partner_ids")):
        rows = narrowed(actor, chosen, leave_out=name).order_by()
        counted_ids = _counted_elements(rows, column)
        named = territory_labels([key for key, _number in counted_ids], actor.language)
        result[name] = [FacetValue(named[key][0], named[key][1], number) for key, number in counted_ids if key in named]
    rows = narrowed(actor, chosen, leave_out="urgency").order_by()
    counts = rows.aggregate(**{f"u_{name}": Count("id", filter=_urgency(name, actor.as_of)) for name in URGENCIES})
    result["urgency"] = [
        FacetValue(name, urgency_label(name), counts[f"u_{name}"]) for name in URGENCIES if counts[f"u_{name}"]
    ]
    return result


def urgency_label(name: str) -> str:
    """A value of the facet of urgency in words."""
    return {
        "passed": _("day has passed"),
        "30": _("within 30 days"),
        "90": _("within 90 days"),
        "later": _("later"),
        "none": _("no day presses"),
    }[name]


def _counted_elements(rows: QuerySet[Finding], column: str) -> list[tuple[int, int]]:
    inner = rows.annotate(_element=Func(F(column), function="unnest")).values("_element")
    sql, parameters = inner.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "_element", count(*) FROM ({sql}) e GROUP BY 1 ORDER BY 2 DESC, 1',  # noqa: S608 - SQL of the ORM
            parameters,
        )
        return [(key, number) for key, number in cursor.fetchall()]


def territory_labels(ids: Iterable[int], language: str) -> dict[int, tuple[str, str]]:
    """Code and name in a language of territories by id."""
    return {
        t.pk: (t.code, territory_name(t, language))
        for t in Territory.objects.filter(pk__in=set(ids)).only("code", "name", "names")
    }


@dataclass(frozen=True, slots=True)
class AgreementInShort:
    """What stands beside a finding of its agreement."""

    id: int
    number: str
    title: str
    title_language: str
    kind: str
    signed_on: str
    register_number: str
    subject_areas: tuple[str, ...]
    coordinator: str
    own_parties: tuple[str, ...]
    other_parties: tuple[str, ...]
    texts: int
    state: str
    version: int = 1
    regions: tuple[str, ...] = field(default=())


def agreements_in_short(agreements: Iterable[Agreement], language: str) -> dict[int, AgreementInShort]:
    """The agreements of a page of findings with their parties, in two statements however many they are."""
    listed = {a.pk: a for a in agreements}
    own: dict[int, list[str]] = {key: [] for key in listed}
    other: dict[int, list[str]] = {key: [] for key in listed}
    from foedera.agreements.models import Party, Side, TextVersion

    for party in (
        Party.objects.filter(agreement__in=listed)
        .exclude(side=Side.WITNESS)
        .select_related("territory", "body")
        .order_by("id")
    ):
        place = party.body or party.territory
        name = str(place.names.get(language) or place.name) if place is not None else party.name
        (own if party.side == Side.OWN else other)[party.agreement_id].append(name or party.name)
    texts = dict(
        TextVersion.objects.filter(agreement__in=listed)
        .values_list("agreement")
        .annotate(number=Count("id"))
        .order_by()
    )
    return {
        key: AgreementInShort(
            id=key,
            number=a.number,
            title=str(a.titles.get(language) or a.title),
            title_language=language if a.titles.get(language) else a.title_language,
            kind=a.kind,
            signed_on=a.signed_on,
            register_number=a.register_number,
            subject_areas=tuple(a.subject_areas),
            coordinator=a.coordinator,
            own_parties=tuple(own[key]),
            other_parties=tuple(other[key]),
            texts=texts.get(key, 0),
            state=a.state,
            version=a.version,
        )
        for key, a in listed.items()
    }


def subject_area_names(language: str) -> dict[str, str]:
    """The controlled list of subject areas in a language."""
    return {area.code: area.names.get(language) or area.names["en"] for area in world.subject_areas()}


def readable_agreement_ids(actor: Actor, ids: Iterable[int]) -> set[int]:
    """Those of the agreements that the actor may read whole, for what is told of the other one of a pair."""
    rows = Agreement.objects.visible_to(actor).filter(pk__in=set(ids))
    withheld = withheld_from(Context(actor))
    if withheld is not None:
        rows = rows.exclude(withheld)
    return set(rows.values_list("pk", flat=True))


def follow_ups_of_findings(keys: Iterable[int]) -> dict[int, list[FollowUp]]:
    """The steps that decided findings started, by finding."""
    result: dict[int, list[FollowUp]] = {}
    for step in FollowUp.objects.filter(finding__in=set(keys)).order_by("id"):
        result.setdefault(step.finding_id or 0, []).append(step)
    return result


def open_steps(actor: Actor, *, kind: str = "", done: bool = False) -> QuerySet[FollowUp]:
    """Next steps that are still to be done (or done), those with a day first."""
    rows = steps_of(actor).filter(done_on__isnull=not done).select_related("agreement", "finding")
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by(F("due_on").asc(nulls_last=True), "id")


def step(actor: Actor, key: int) -> FollowUp:
    """One next step. Raises NotFound when there is none that the actor may see."""
    found = steps_of(actor).select_related("agreement", "finding", "finding__other").filter(pk=key).first()
    if found is None:
        raise NotFound()
    return found


def session(actor: Actor, number: str) -> ReviewSession:
    """A review session by its number. Raises NotFound when there is none that the actor may see."""
    found: ReviewSession | None = (
        sessions_of(actor).select_related("owner", "region", "partner").filter(number=number.upper()).first()
    )
    if found is None:
        raise NotFound()
    return found


def session_made(actor: Actor, key: int) -> ReviewSession:
    """A session that the actor has just opened, with its number."""
    found: ReviewSession = sessions_of(actor).select_related("owner", "region", "partner").get(pk=key)
    return found


def open_sessions(actor: Actor) -> list[tuple[str, str]]:
    """Numbers and titles of the sessions that are open, newest first."""
    return list(sessions_of(actor).filter(closed_at__isnull=True).order_by("-id").values_list("number", "title")[:50])


def of_session(actor: Actor, held: ReviewSession) -> FindingFilter:
    """The filter that leaves what a session is about."""
    return FindingFilter(
        regions=(held.region.code,) if held.region is not None else (),
        partners=(held.partner.code,) if held.partner is not None else (),
    )


def decided_in(actor: Actor, held: ReviewSession) -> list[Finding]:
    """The visible findings decided in a session, in the order of decision."""
    return list(
        findings_of(actor)
        .filter(session=held)
        .exclude(decision="")
        .select_related("agreement", "other")
        .order_by("decided_at", "id")
    )


# -------------------------------------------------------------------------------------------------------------- status


@dataclass(frozen=True, slots=True)
class StatusCounts:
    """How many agreements stand in which status on a day, and how many are not concluded (by state)."""

    as_of: datetime.date
    statuses: dict[str, int]
    not_concluded: dict[str, int]

    @property
    def in_force(self) -> int:
        """How many bind on that day."""
        return sum(self.statuses.get(status.slug, 0) for status in IN_FORCE_STATUSES)

    @property
    def total(self) -> int:
        """All agreements that are or were concluded."""
        return sum(self.statuses.values())


UNCONCLUDED: Final = (
    "idea", "intent_notified", "intent_cleared", "intent_prohibited", "drafting", "in_clearance", "returned", "cleared",
    "withdrawn",
)  # fmt: skip


def status_counts(actor: Actor, as_of: datetime.date) -> StatusCounts:
    """Counts by status on a day over the agreements that the actor may see, by the statuses kept with each of them."""
    rows: QuerySet[Agreement] = Agreement.objects.visible_to(actor).order_by()
    place = Func(
        Value(as_of, output_field=models.DateField()),
        F("status_starts"),
        function="width_bucket",
        output_field=IntegerField(),
    )
    concluded: dict[str, int] = {s.slug: 0 for s in Status}
    inner = rows.exclude(state__in=UNCONCLUDED).annotate(_place=place).values("status_codes", "_place")
    sql, parameters = inner.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT status_codes[_place], count(*) FROM ({sql}) s GROUP BY 1",  # noqa: S608 - SQL of the ORM
            parameters,
        )
        for code, number in cursor.fetchall():
            concluded[Status(code or 0).slug] += number
    others = rows.filter(state__in=UNCONCLUDED).values_list("state").annotate(number=Count("id"))
    return StatusCounts(as_of, concluded, dict(others))


def merge_plans(actor: Actor, found: FollowUp) -> list[MergePlan]:
    """The two ways in which a step of merging may be carried out; none when the actor may not read both entries whole."""
    finding = found.finding
    if finding is None or finding.other is None:
        return []
    one, other = finding.other, found.agreement
    if not readable_agreement_ids(actor, [one.pk, other.pk]) >= {one.pk, other.pk}:
        return []
    return [plan(one, other), plan(other, one)]


def open_of_session(actor: Actor, held: ReviewSession, most: int) -> tuple[list[Finding], int]:
    """The open findings of what a session is about, at most so many, and how many there are in all."""
    rows = narrowed(actor, of_session(actor, held))
    return list(_ordered(rows).select_related("agreement", "other")[:most]), rows.count()


def session_counts(actor: Actor, numbers: Sequence[int]) -> dict[int, int]:
    """How many visible findings were decided in each of the sessions."""
    counted = findings_of(actor).filter(session__in=numbers).exclude(decision="").order_by()
    return dict(counted.values_list("session").annotate(number=Count("id")))


def listed_sessions(actor: Actor, most: int = 200) -> list[ReviewSession]:
    """The sessions that the actor may see, newest first."""
    return list(sessions_of(actor).select_related("region", "partner", "owner").order_by("-held_on", "-id")[:most])


def territories_to_choose(actor: Actor, *, own: bool) -> list[tuple[str, str]]:
    """Codes and names of the own regions, or of the states, that the actor's session may be about, by name."""
    rows = Territory.objects.filter(own=own, during__contains=actor.as_of)
    rows = rows.filter(kind="region") if own else rows.exclude(kind__in=["region", "district"])
    if own and actor.role in BOUND_TO_REGIONS:
        rows = rows.filter(pk__in=sorted(actor.own_territories))
    if not own and actor.role in BOUND_TO_PARTNERS:
        rows = rows.filter(pk__in=sorted(actor.partner_states))
    named = [(t.code, territory_name(t, actor.language)) for t in rows.only("code", "name", "names")]
    return sorted(named, key=lambda pair: pair[1])
