"""A run of the review: every agreement looked at, only the changed findings written, in one transaction."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import orjson
from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from foedera.agreements.models import Agreement, Decision, FindingRule
from foedera.countries.profile import ReviewSettings
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Refused
from foedera.platform.actions.performing import call_action
from foedera.platform.history.recording import record_action

from . import rules
from .duplicates import repeats
from .reading import WholeRegister, read_register
from .rules import RULE_ORDER, Found
from .settings import review_settings

NAME: Final = "agreements.run_review"
call_action(NAME, gettext_lazy("Review"))
EXAMPLES: Final = 3
# Two runs at once would find the same and write it twice; the second waits for the first.
LOCK: Final = 0x466F65_01

MAKE = """
CREATE TEMPORARY TABLE review_found (
    agreement_id bigint NOT NULL, rule text NOT NULL, other_key bigint NOT NULL, facts jsonb NOT NULL, urgent_by date,
    proposed text NOT NULL, settled boolean NOT NULL DEFAULT false, known boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""
SETTLE = """
UPDATE review_found f SET settled = true FROM agreements_finding d
WHERE d.state = 'decided' AND d.agreement_id = f.agreement_id AND d.rule = f.rule AND coalesce(d.other_id, 0) = f.other_key
  AND d.facts @> f.facts
"""
# Marked first, for an INSERT that looks at the table it fills reads its own growth over and over.
MARK = """
UPDATE review_found f SET known = true FROM agreements_finding d
WHERE d.state = 'open' AND d.agreement_id = f.agreement_id AND d.rule = f.rule AND coalesce(d.other_id, 0) = f.other_key
"""
CLOSE = """
UPDATE agreements_finding d SET state = 'gone' WHERE d.state IN ('open', 'decided') AND NOT EXISTS (
    SELECT FROM review_found f WHERE f.agreement_id = d.agreement_id AND f.rule = d.rule
      AND f.other_key = coalesce(d.other_id, 0) AND f.settled = (d.state = 'decided'))
RETURNING d.rule
"""
CHANGE = """
UPDATE agreements_finding d SET facts = f.facts, urgent_by = f.urgent_by, proposed = f.proposed FROM review_found f
WHERE d.state = 'open' AND NOT f.settled AND d.agreement_id = f.agreement_id AND d.rule = f.rule
  AND coalesce(d.other_id, 0) = f.other_key
  AND (d.facts, d.urgent_by, d.proposed) IS DISTINCT FROM (f.facts, f.urgent_by, f.proposed)
RETURNING d.rule
"""
OPEN = """
INSERT INTO agreements_finding (agreement_id, rule, other_id, state, facts, urgent_by, proposed, found_on, decision, reason,
                                decided_by)
SELECT f.agreement_id, f.rule, nullif(f.other_key, 0), 'open', f.facts, f.urgent_by, f.proposed, %s, '', '', ''
FROM review_found f WHERE NOT f.settled AND NOT f.known
RETURNING rule
"""


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """What a run found under one rule: how many stand open, of them new or changed; how many are gone or decided already."""

    rule: FindingRule
    found: int
    new: int
    changed: int
    gone: int
    decided: int
    examples: tuple[tuple[str, str], ...]
    """Numbers and titles of the most pressing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run of the review found. `written` is false for a look at another day, which changes nothing."""

    as_of: datetime.date
    agreements: int
    carried: int
    written: bool
    rules: tuple[RuleSummary, ...]

    @property
    def found(self) -> int:
        """All findings that need a decision."""
        return sum(rule.found for rule in self.rules)


def find(whole: WholeRegister, as_of: datetime.date, settings: ReviewSettings) -> tuple[list[Found], int]:
    """All findings as of a day, and how many agreements are carried as concluded."""
    now = rules.situation(whole.columns, as_of, settings)
    duplicates = (
        Found(
            repeat.row,
            FindingRule.DUPLICATE,
            repeat.stays,
            repeat.likeness.as_facts(),
            Decision.MERGE,
            None,
        )
        for repeat in repeats(whole.blocks, whole.linked)
        if now.carried[repeat.row] and now.carried[repeat.stays]
    )
    return list(chain(rules.findings(now), duplicates)), int(now.carried.sum())


def run_review(actor: Actor, as_of: datetime.date | None = None) -> Summary:
    """Look at every agreement as of a day (default: the actor's) and write what changed since the last run.

    Findings are written only for the actor's own day: a look at another day is a forecast or a look back and leaves the
    desk as it is. Decided findings come back only when their facts changed materially (see `rules`). Raises Refused for a
    role that does not run the review.
    """
    if actor.role not in (Role.COORDINATOR, Role.LEGAL, Role.ADMINISTRATOR):
        raise Refused("")
    as_of = as_of or actor.as_of
    written = as_of == actor.today
    settings = review_settings()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        whole = read_register(as_of)
        found, carried = find(whole, as_of, settings)
        _copy(found, whole)
        counts = _settled(_write(actor, as_of) if written else defaultdict(lambda: defaultdict(int)))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_nestloop = on")
            cursor.execute("DROP TABLE review_found")
    return Summary(as_of, len(whole.columns), carried, written, _summarise(found, whole, counts))


def _copy(found: Sequence[Found], whole: WholeRegister) -> None:
    ids = whole.columns.ids.tolist()
    # Most findings of a rule have the same few facts; each is written as JSON once.
    known: dict[str, str] = {}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS review_found")
        cursor.execute(MAKE)
        # Whole tables are joined; row by row would take hours where the statistics are stale.
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute("SET LOCAL enable_nestloop = off")
        with cursor.copy(
            "COPY review_found (agreement_id, rule, other_key, facts, urgent_by, proposed) FROM STDIN"
        ) as copy:
            for one in found:
                facts = orjson.dumps(one.facts).decode()
                facts = known.setdefault(facts, facts)
                other = ids[one.other] if one.other >= 0 else 0
                copy.write_row((ids[one.row], str(one.rule), other, facts, one.urgent_by, str(one.proposed)))
        cursor.execute("ANALYZE review_found")
        cursor.execute(SETTLE)
        cursor.execute(MARK)


Counts = dict[str, dict[str, int]]


def _write(actor: Actor, as_of: datetime.date) -> Counts:
    record_action(NAME, actor)
    counts: Counts = defaultdict(lambda: defaultdict(int))
    with connection.cursor() as cursor:
        for what, statement, parameters in (
            ("gone", CLOSE, []),
            ("changed", CHANGE, []),
            ("new", OPEN, [as_of]),
        ):
            cursor.execute(f"WITH done AS ({statement}) SELECT rule, count(*) FROM done GROUP BY rule", parameters)  # noqa: S608 - the statements above
            for rule, number in cursor.fetchall():
                counts[rule][what] = number
    return counts


def _settled(counts: Counts) -> Counts:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rule, count(*) FILTER (WHERE settled), count(*) FROM review_found GROUP BY rule")
        for rule, settled, total in cursor.fetchall():
            counts[rule]["decided"] = settled
            counts[rule]["found"] = total - settled
    return counts


def _summarise(found: Sequence[Found], whole: WholeRegister, counts: Counts) -> tuple[RuleSummary, ...]:
    by_rule: dict[FindingRule, list[tuple[datetime.date, int]]] = defaultdict(list)
    for one in found:
        by_rule[one.rule].append((one.urgent_by or datetime.date.max, one.row))
    ids = whole.columns.ids
    examples = {rule: [int(ids[row]) for _day, row in sorted(rows)[:EXAMPLES]] for rule, rows in by_rule.items()}
    wanted = sorted({key for keys in examples.values() for key in keys})
    named = {key: (number, title) for key, number, title in _named(wanted)}
    return tuple(
        RuleSummary(
            rule=rule,
            found=counts.get(rule, {}).get("found", 0),
            new=counts.get(rule, {}).get("new", 0),
            changed=counts.get(rule, {}).get("changed", 0),
            gone=counts.get(rule, {}).get("gone", 0),
            decided=counts.get(rule, {}).get("decided", 0),
            examples=tuple(named[key] for key in examples.get(rule, []) if key in named),
        )
        for rule in RULE_ORDER
    )


def _named(ids: Sequence[int]) -> Any:
    return Agreement.objects.filter(pk__in=ids).values_list("id", "number", "title")
