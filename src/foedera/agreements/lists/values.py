"""Values, filters and facets of the register that the descriptions of agreements and ties use."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext as _

from foedera.agreements import terms
from foedera.agreements.models import (
    State,
)
from foedera.platform.actions.errors import invalid
from foedera.platform.lists.description import (
    Choice,
    Context,
    Reference,
)
from foedera.platform.lists.querying import array_facet

STATUS_COLOURS = {
    terms.Status.UNKNOWN: "grey",
    terms.Status.NOT_YET_IN_FORCE: "blue",
    terms.Status.IN_FORCE: "green",
    terms.Status.RENEWED: "green",
    terms.Status.EXPIRING: "amber",
    terms.Status.EXPIRED: "red",
    terms.Status.TERMINATED: "red",
    terms.Status.SUSPENDED: "violet",
}
STATE_COLOURS = {
    State.SIGNED_WITHOUT_CLEARANCE: "red",
    State.INTENT_PROHIBITED: "red",
    State.REGISTRATION_REFUSED: "red",
    State.RETURNED: "amber",
    State.IN_CLEARANCE: "blue",
    State.REGISTERED: "green",
}


@cache
def status_choices() -> tuple[Choice, ...]:
    """The statuses by slug, in the order of their codes."""
    return tuple(Choice(s.slug, terms.describe_status(s), STATUS_COLOURS[s]) for s in terms.Status)


class StatusOn(Func):
    """The status code of an agreement on a day: the span of its trajectory in which the day lies."""

    output_field = IntegerField()

    def as_sql(self, compiler: Any, connection: Any, *_names: Any, **_extra: Any) -> Any:
        """SQL: codes[width_bucket(day, starts)], 0 (unknown) where nothing was derived yet."""
        codes, day, starts = (compiler.compile(e) for e in self.get_source_expressions())
        sql = f"coalesce(({codes[0]})[width_bucket({day[0]}::date, {starts[0]})], 0)"
        return sql, (*codes[1], *day[1], *starts[1])


def status_on(context: Context) -> StatusOn:
    """The status code of a row as of the day that the context looks at."""
    return StatusOn(F("status_codes"), Value(context.as_of), F("status_starts"))


def slug_of(row: dict[str, Any], _context: Context) -> str | None:
    if row["status_code"] is None:
        return None
    return terms.Status(row["status_code"]).slug


def filter_status(
    rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
) -> QuerySet[Any, Any]:
    """Rows in one of these statuses as of the day."""
    known = {s.slug: int(s) for s in terms.Status}
    unknown = [v for v in values if v not in known]
    if unknown:
        raise invalid("status", _("“%(value)s” is not one of the values offered.") % {"value": unknown[0]})
    found: QuerySet[Any, Any] = rows.annotate(_status=status_on(context)).filter(_status__in=[known[v] for v in values])
    return found


def status_facet(rows: QuerySet[Any, Any], context: Context) -> list[tuple[str, int]]:
    """How many rows have each status as of the day."""
    from django.db.models import Count

    counted = rows.order_by().annotate(_status=status_on(context)).values_list("_status").annotate(_n=Count("id"))
    return [(terms.Status(code).slug, n) for code, n in counted.order_by("-_n")]


def in_language(path: str, context: Context, fallback: str) -> Coalesce:
    return Coalesce(NullIf(KeyTextTransform(context.language, path), Value("")), F(fallback), output_field=TextField())


def title_in_language(context: Context) -> Coalesce:
    """The title in the reader's language, else the original."""
    return in_language("titles", context, "title")


PARTIES = """
(SELECT coalesce(array_agg(coalesce(nullif(b.names->>%s, ''), b.name, nullif(p.name, ''), nullif(t.names->>%s, ''), t.name)
                           ORDER BY p.id), '{}')
 FROM agreements_party p
 LEFT JOIN directory_body b ON b.id = p.body_id
 LEFT JOIN directory_territory t ON t.id = p.territory_id
 WHERE p.agreement_id = agreements_agreement.id AND p.side = %s)
"""


def parties_of(side: str) -> Any:
    """Names of the parties of a side in the reader's language: of the body, as in the text, or of the territory.

    By hand, for two sub-queries of the ORM cost more to compose than the rows to read.
    """

    def expression(context: Context) -> RawSQL:
        return RawSQL(PARTIES, [context.language, context.language, str(side)])  # noqa: S611 - values are parameters

    return expression


def codes_of(field: str, table: str) -> Any:
    """Codes of the territories in an array column."""

    def expression(_context: Context) -> RawSQL:
        return RawSQL(  # noqa: S611 - no value of a person in it
            f"(SELECT coalesce(array_agg(t.code ORDER BY t.code), '{{}}') FROM directory_territory t "  # noqa: S608
            f"WHERE t.id = ANY({table}.{field}))",
            [],
        )

    return expression


def filter_territory(field: str) -> Any:
    """A filter by codes of territories over an array column; a district stands for its regions."""

    def narrow(rows: QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context) -> QuerySet[Any, Any]:
        from foedera.directory.territories import territory_ids

        return rows.filter(**{f"{field}__overlap": territory_ids(values)})

    return narrow


def territory_facet(field: str) -> Any:
    """Counts by territory over an array column, with codes and names."""
    elements = array_facet(field)

    def counts(rows: QuerySet[Any, Any], context: Context) -> list[tuple[Any, int]]:
        from foedera.directory.territories import territory_labels

        found = elements(rows, context)
        labels = territory_labels([k for k, _n in found], context.language)
        return [(labels[k], n) for k, n in found if k in labels]

    return counts


@cache
def subject_area_choices() -> tuple[Choice, ...]:
    """The controlled list of subject areas."""
    from django.utils.translation import get_language

    from foedera.countries.world import subject_areas

    def label(names: dict[str, str]) -> Any:
        from django.utils.functional import lazy

        return lazy(lambda: names.get((get_language() or "en")[:2], names["en"]), str)()

    return tuple(Choice(a.code, label(dict(a.names))) for a in subject_areas())


TERRITORY = Reference(model="directory.Territory", keys=("code",), label="name", lookup="territories")
BODY = Reference(model="directory.Body", keys=("number", "code"), label="name", lookup="bodies")
AGREEMENT = Reference(model="agreements.Agreement", keys=("number",), label="number", lookup="agreements")
IS = ("is",)
DATES = ("from", "until", "empty")
