"""Findings: narrowed by filters, in the order in which they press, with counts for the facets."""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from django.db import connection, models
from django.db.models import Case, Count, F, Func, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from foedera.agreements.models import (
    Decision,
    Finding,
    FindingRule,
    FindingState,
)
from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound, invalid

from ..rules import RULE_ORDER
from .scope import findings_of, territory_ids, territory_labels

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
    typed = {
        "region": chosen.regions,
        "partner": chosen.partners,
        "agreement": (chosen.agreement,),
        "session": (chosen.session,),
    }
    for name, values in typed.items():
        # The database cannot be asked for it.
        _known(name, [value.replace("\x00", "") for value in values if "\x00" in value], ())
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


def by_urgency(rows: QuerySet[Finding]) -> QuerySet[Finding]:
    rank = Case(
        *(When(rule=rule, then=Value(place)) for place, rule in enumerate(RULE_ORDER)),
        default=Value(len(RULE_ORDER)),
        output_field=IntegerField(),
    )
    act_by = Coalesce(F("urgent_by"), Value(FAR), output_field=models.DateField())
    return rows.annotate(act_by=act_by, rank=rank).order_by("act_by", "rank", "id")


def findings_page(actor: Actor, chosen: FindingFilter, *, after: str = "", limit: int = PAGE) -> FindingsPage:
    """One page of findings by urgency, then by rule, then by age. Raises Invalid for a faulty filter or cursor."""
    rows = by_urgency(narrowed(actor, chosen))
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
