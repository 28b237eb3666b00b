"""Findings as a page shows them: why, with which facts and evidence, and what may be decided."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.agreements.models import Agreement, AgreementKind, Decision, Finding, FindingRule, FindingState, FollowUp
from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import Sensitivity, reads
from foedera.platform.access.policies import policy_for
from foedera.platform.pages.shapes import Cell, Chip, Colour, Comparison, ComparisonRow, Fact, FactGroup, Link, Text

from . import queries
from .access import DECIDERS
from .actions import digest_of
from .queries import AgreementInShort
from .wording import facts_in_words, reason

URGENT_DAYS = 30
COLOURS: Mapping[str, Colour] = {
    Decision.KEEP: "green",
    Decision.REVISE: "blue",
    Decision.RENEW: "blue",
    Decision.MERGE: "violet",
    Decision.END: "red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingItem:
    """One finding, ready to be shown."""

    key: int
    rule: Text
    number: str
    title: str
    title_lang: str
    url: str
    between: str
    reason: str
    proposed: Chip
    state: Chip | None
    act_by: datetime.date | None
    days_left: int | None
    urgent: bool
    facts: FactGroup | None
    comparison: Comparison | None
    decided: str
    decided_at: datetime.datetime | None
    steps: tuple[Link, ...]
    open: bool
    may_decide: bool
    why_not: Text
    decisions: tuple[tuple[str, Text, bool], ...]
    seen: str
    decide_url: str
    conflict: Text = ""
    fault: Text = ""
    typed_decision: str = ""
    typed_reason: str = ""


def items_of(actor: Actor, findings: Sequence[Finding]) -> list[FindingItem]:
    """The findings of one page; the statements made do not depend on how many they are."""
    agreements = [f.agreement for f in findings] + [f.other for f in findings if f.other is not None]
    short = queries.agreements_in_short(agreements, actor.language)
    seen = queries.readable_agreement_ids(actor, [f.other_id for f in findings if f.other_id is not None])
    steps = queries.follow_ups_of_findings([f.pk for f in findings if f.state != FindingState.OPEN])
    subjects = queries.subject_area_names(actor.language)
    return [item(actor, f, short, seen, steps.get(f.pk, []), subjects) for f in findings]


def item(
    actor: Actor,
    finding: Finding,
    short: Mapping[int, AgreementInShort],
    seen: set[int],
    steps: Sequence[FollowUp],
    subjects: Mapping[str, str],
    *,
    conflict: Text = "",
    fault: Text = "",
    typed_decision: str = "",
    typed_reason: str = "",
) -> FindingItem:
    """One finding; `conflict`, `fault` and what was typed come back from an attempt that failed."""
    mine = short[finding.agreement_id]
    other = short.get(finding.other_id) if finding.other_id in seen and finding.other_id is not None else None
    days = (finding.urgent_by - actor.as_of).days if finding.urgent_by is not None else None
    verdict = policy_for(Finding).may(actor, DECIDERS, finding)
    words = facts_in_words(finding.rule, finding.facts)
    group = None
    if words:
        group = FactGroup("", tuple(Fact(w.label, Cell(date=w.date) if w.date else Cell(w.text or "–")) for w in words))
    offered = [
        d for d in Decision if d is not Decision.MERGE or (other is not None and finding.rule == FindingRule.DUPLICATE)
    ]
    chosen = typed_decision or finding.proposed
    return FindingItem(
        key=finding.pk,
        rule=FindingRule(finding.rule).label,
        number=mine.number,
        title=mine.title,
        title_lang="" if mine.title_language == actor.language else mine.title_language,
        url=reverse("agreements:record", args=[mine.number]),
        between=_between(mine),
        reason=reason(finding.rule, finding.facts, actor.as_of),
        proposed=Chip(Decision(finding.proposed).label, COLOURS[finding.proposed]),
        state=_state(finding),
        act_by=finding.urgent_by,
        days_left=days,
        urgent=days is not None and days <= URGENT_DAYS,
        facts=group,
        comparison=_comparison(mine, other, subjects, actor) if other is not None else None,
        decided=_decided(finding),
        decided_at=finding.decided_at,
        steps=tuple(Link(_step_words(s), reverse("review:step", args=[s.pk])) for s in steps),
        open=finding.state == FindingState.OPEN,
        may_decide=bool(verdict),
        why_not=verdict.reason,
        decisions=tuple((d.value, d.label, d.value == chosen) for d in offered),
        seen=digest_of(finding),
        decide_url=reverse("review:decide", args=[finding.pk]),
        conflict=conflict,
        fault=fault,
        typed_decision=typed_decision,
        typed_reason=typed_reason,
    )


def _between(mine: AgreementInShort) -> str:
    own, other = ", ".join(mine.own_parties), ", ".join(mine.other_parties)
    return " – ".join(filter(None, (own, other)))


def _state(finding: Finding) -> Chip | None:
    if finding.state == FindingState.DECIDED:
        return Chip(Decision(finding.decision).label, COLOURS[finding.decision], _("Decided"))
    if finding.state == FindingState.GONE:
        return Chip(FindingState.GONE.label, "grey")
    return None


def _decided(finding: Finding) -> str:
    if not finding.decision:
        return ""
    return _("%(decision)s, decided by %(name)s. Reason: %(reason)s") % {
        "decision": Decision(finding.decision).label,
        "name": finding.decided_by or _("somebody"),
        "reason": finding.reason,
    }


def _step_words(step: FollowUp) -> str:
    label = str(step.get_kind_display())
    return _("%(step)s (done)") % {"step": label} if step.done_on else label


def _comparison(
    mine: AgreementInShort, other: AgreementInShort, subjects: Mapping[str, str], actor: Actor
) -> Comparison:
    names_coordinators = reads(actor, Sensitivity.PERSONAL, Agreement)
    kinds = dict(AgreementKind.choices)

    def row(label: str, one: object, two: object, shown: tuple[Cell, Cell] | None = None) -> ComparisonRow:
        cells = shown or (Cell(str(one)), Cell(str(two)))
        return ComparisonRow(label, cells, one == two)

    def areas(short: AgreementInShort) -> str:
        return ", ".join(sorted(subjects.get(code, code) for code in short.subject_areas))

    rows = [
        row(
            _("Title"),
            mine.title,
            other.title,
            (Cell(mine.title, lang=mine.title_language), Cell(other.title, lang=other.title_language)),
        ),
        row(_("Own side"), ", ".join(mine.own_parties), ", ".join(other.own_parties)),
        row(_("Other side"), ", ".join(mine.other_parties), ", ".join(other.other_parties)),
        row(_("Kind"), kinds.get(mine.kind, mine.kind), kinds.get(other.kind, other.kind)),
        row(_("Signed"), mine.signed_on, other.signed_on, (Cell(date=mine.signed_on), Cell(date=other.signed_on))),
        row(_("Register number"), mine.register_number, other.register_number),
        row(_("Subject areas"), areas(mine), areas(other)),
        *([row(_("Coordinator"), mine.coordinator, other.coordinator)] if names_coordinators else []),
        row(_("Texts"), mine.texts, other.texts, (Cell(number=mine.texts), Cell(number=other.texts))),
    ]
    heads = tuple(
        Cell(short.number, kind="code", href=reverse("agreements:record", args=[short.number]))
        for short in (mine, other)
    )
    return Comparison(heads=heads, rows=tuple(rows), title=_("Side by side"))
