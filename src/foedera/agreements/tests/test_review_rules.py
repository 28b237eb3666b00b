"""The rules of the review, as a table of one agreement each. All records are synthetic."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foedera.agreements.models import Decision, FindingRule
from foedera.agreements.review.rules import Found, Register, findings, situation
from foedera.agreements.review.settings import UNSET
from foedera.agreements.review.wording import facts_in_words, reason
from foedera.agreements.terms import FACT_NAMES, TermColumns

TODAY = datetime.date(2026, 3, 17)
TEXTS = (
    "in_force_from", "superseded_on", "last_activity_on", "last_report_on", "last_reviewed_on", "tie_activity_on",
)  # fmt: skip
WHOLE: dict[str, Any] = {
    "kind": "agreement",
    "state": "registered",
    "signed_on": "2020-03-12",
    "in_force_rule": "signature",
    "indefinite": True,
    "last_activity_on": "2026-01-15",
    "last_reviewed_on": "2025-06-01",
}


def register(*rows: dict[str, Any], replaced: tuple[tuple[int, int, str], ...] = ()) -> Register:
    """Columns of agreements of which nothing is missing but what the rows say."""
    filled = [{**WHOLE, **row} for row in rows]

    def texts(name: str) -> Any:
        return np.array([str(row.get(name, "")) for row in filled], dtype="U32")

    def flags(name: str, usual: bool) -> Any:
        return np.array([row.get(name, usual) for row in filled], dtype=np.bool_)

    facts = [{k: v for k, v in row.items() if k in FACT_NAMES and k != "superseded_on"} for row in filled]
    return Register(
        ids=np.arange(1, len(filled) + 1),
        kinds=texts("kind"),
        states=texts("state"),
        terms=TermColumns.from_rows(facts),
        signed_on=texts("signed_on"),
        in_force_rules=texts("in_force_rule"),
        **{name: texts(name) for name in TEXTS},
        dates_of_procedure={name: texts(name) for name in ("cleared_on", "notified_on", "registered_on")},
        signed_date_unknown=flags("signed_date_unknown", False),
        has_coordinator=flags("has_coordinator", True),
        has_text=flags("has_text", True),
        has_draft=flags("has_draft", False),
        has_subjects=flags("has_subjects", True),
        has_own_party=flags("has_own_party", True),
        has_partner=flags("has_partner", True),
        cycle_months=np.array([row.get("cycle_months", -1) for row in filled], dtype=np.int64),
        framework=np.array([row.get("framework", -1) for row in filled], dtype=np.int64),
        replaced=np.array([r[0] for r in replaced], dtype=np.int64),
        replacing=np.array([r[1] for r in replaced], dtype=np.int64),
        replaced_on=np.array([r[2] for r in replaced], dtype="U10"),
        gone_parties={i: row["gone"] for i, row in enumerate(filled) if "gone" in row},
    )


def found_of(*rows: dict[str, Any], as_of: datetime.date = TODAY, **more: Any) -> list[Found]:
    """What is found of such agreements."""
    return list(findings(situation(register(*rows, **more), as_of, UNSET)))


FIVE_YEARS: dict[str, Any] = {"indefinite": None, "term_months": 60, "tacit_renewal": False}
RENEWING: dict[str, Any] = {**FIVE_YEARS, "tacit_renewal": True, "renewal_months": 60, "nonrenewal_months": 6}


def test_nothing_is_found_of_an_agreement_in_order() -> None:
    assert found_of({}) == []


@pytest.mark.parametrize("state", ["idea", "cleared", "withdrawn", "superseded", "archived"])
def test_what_is_not_carried_needs_no_decision(state: str) -> None:
    unsigned = {} if state in ("superseded", "archived") else {"signed_on": ""}
    assert found_of({**FIVE_YEARS, "signed_on": "1999-01-01", "has_text": False, "state": state, **unsigned}) == []


@pytest.mark.parametrize(
    ("row", "rule", "facts", "proposed", "act_by"),
    [
        (
            {**FIVE_YEARS, "signed_on": "2015-03-12"},
            FindingRule.EXPIRED_CARRIED,
            {"status": "expired", "ended_on": "2020-03-11", "ending": "term"},
            Decision.END,
            None,
        ),
        (
            {"terminated_on": "2024-02-01", "end_ground": "consent"},
            FindingRule.EXPIRED_CARRIED,
            {"status": "terminated", "ended_on": "2024-01-31", "ending": "termination"},
            Decision.END,
            None,
        ),
        (
            {**RENEWING, "signed_on": "2021-12-01"},
            FindingRule.RENEWS_SOON,
            {
                "next_renewal": "2026-12-01",
                "term_end": "2026-11-30",
                "deadline": "2026-05-30",
                "last_safe_day": "2026-05-16",
            },
            Decision.KEEP,
            datetime.date(2026, 5, 16),
        ),
        (
            # The last safe day has passed: it is still told, but no day presses and it can only be kept.
            {**RENEWING, "signed_on": "2021-06-01", "last_activity_on": "", "last_reviewed_on": "2023-01-01"},
            FindingRule.RENEWS_SOON,
            {
                "next_renewal": "2026-06-01",
                "term_end": "2026-05-31",
                "deadline": "2025-11-30",
                "last_safe_day": "2025-11-16",
            },
            Decision.KEEP,
            None,
        ),
        (
            {**FIVE_YEARS, "signed_on": "2021-06-01"},
            FindingRule.EXPIRES_SOON,
            {"ends_on": "2026-05-31", "ending": "term"},
            Decision.RENEW,
            datetime.date(2026, 5, 31),
        ),
        (
            {"last_activity_on": "2024-03", "last_reviewed_on": "2023-06-01"},
            None,
            {},
            None,
            None,
        ),
        (
            {"last_activity_on": "2024-02", "last_reviewed_on": "2023-01-01"},
            FindingRule.DORMANT,
            {"last_sign": "last_activity_on", "last_on": "2024-02"},
            Decision.REVISE,
            None,
        ),
        (
            {"signed_on": "1999", "last_activity_on": "", "last_reviewed_on": ""},
            FindingRule.DORMANT,
            {"last_sign": "signed_on", "last_on": "1999"},
            Decision.END,
            None,
        ),
        (
            {"last_reviewed_on": "2023-03-17"},
            FindingRule.REVIEW_DUE,
            {"due_on": "2026-03-17", "cycle_months": 36, "last_reviewed_on": "2023-03-17"},
            Decision.KEEP,
            None,
        ),
        (
            {"last_reviewed_on": "2024-03-18", "cycle_months": 24},
            None,
            {},
            None,
            None,
        ),
        (
            {"in_force_rule": "", "indefinite": None, "has_subjects": False},
            FindingRule.MISSING_FACTS,
            {"missing": ["entry", "duration", "subject_areas"]},
            Decision.REVISE,
            None,
        ),
        (
            {"in_force_from": "2019-01-01", "registered_on": "2018-01-01"},
            FindingRule.DATE_ODDITY,
            {"oddities": ["force_before_signature", "entry_disagrees_with_rule", "registered_before_signature"]},
            Decision.REVISE,
            None,
        ),
        ({"has_text": False}, FindingRule.TEXT_MISSING, {"draft_only": False}, Decision.REVISE, None),
        ({"has_coordinator": False}, FindingRule.NO_COORDINATOR, {}, Decision.REVISE, None),
        (
            {"state": "signed_without_clearance"},
            FindingRule.WITHOUT_CLEARANCE,
            {"signed_on": "2020-03-12"},
            Decision.REVISE,
            None,
        ),
        (
            {
                "gone": [
                    {
                        "side": "foreign",
                        "code": "YUCS",
                        "name": "Yugoslavia",
                        "until": "2003-02-03",
                        "successors": ["RS"],
                    }
                ]
            },
            FindingRule.PARTY_GONE,
            {
                "parties": [
                    {
                        "side": "foreign",
                        "code": "YUCS",
                        "name": "Yugoslavia",
                        "until": "2003-02-03",
                        "successors": ["RS"],
                    }
                ]
            },
            Decision.REVISE,
            None,
        ),
    ],
)
def test_each_rule(
    row: dict[str, Any],
    rule: FindingRule | None,
    facts: dict[str, Any],
    proposed: Decision | None,
    act_by: datetime.date | None,
) -> None:
    found = [f for f in found_of(row) if rule is not None or f.rule]
    if rule is None:
        assert found == []
        return
    one = next(f for f in found if f.rule == rule)
    assert one.facts == facts
    assert one.proposed == proposed
    assert one.urgent_by == act_by
    words = reason(one.rule, one.facts, TODAY)
    assert words.endswith(".")
    assert "None" not in words
    assert all(fact.label for fact in facts_in_words(one.rule, one.facts))


def test_a_renewal_is_told_when_its_last_safe_day_nears_not_when_it_nears_itself() -> None:
    far = {**RENEWING, "signed_on": "2021-12-01", "nonrenewal_months": 1}
    assert [f.rule for f in found_of(far)] == []
    near = {**far, "nonrenewal_months": 6}
    assert [f.rule for f in found_of(near)] == [FindingRule.RENEWS_SOON]


def test_a_dormant_agreement_that_renews_itself_is_proposed_to_end() -> None:
    row = {**RENEWING, "signed_on": "2021-12-01", "last_activity_on": "", "last_reviewed_on": ""}
    by_rule = {f.rule: f for f in found_of(row)}
    assert by_rule[FindingRule.RENEWS_SOON].proposed == Decision.END
    assert FindingRule.DORMANT in by_rule
    assert FindingRule.REVIEW_DUE not in by_rule, "dormancy says so already"


def test_a_replaced_agreement_is_told_once_and_names_the_other() -> None:
    rows: tuple[dict[str, Any], ...] = ({}, {"signed_on": "2024-01-01"})
    found = found_of(*rows, replaced=((0, 1, ""),))
    assert [(f.row, f.rule, f.other) for f in found] == [(0, FindingRule.SUPERSEDED, 1)]
    assert found_of(*rows, replaced=((0, 1, "2027-01-01"),)) == [], "not before its day"


def test_the_framework_that_ended_is_told_of_what_stands_under_it() -> None:
    found = found_of({"framework": 1}, {**FIVE_YEARS, "signed_on": "2015-03-12", "state": "archived"})
    assert [(f.row, f.rule, f.other, f.facts) for f in found] == [
        (0, FindingRule.FRAMEWORK_GONE, 1, {"status": "expired", "ended_on": "2020-03-11"})
    ]


def test_an_empty_register() -> None:
    assert found_of() == []


@settings(max_examples=60, deadline=None)
@given(days=st.integers(0, 4000), later=st.integers(1, 400))
def test_facts_of_what_is_still_found_do_not_change_as_days_pass(days: int, later: int) -> None:
    """So a decided finding does not come back only because time went by."""
    rows: tuple[dict[str, Any], ...] = (
        {"signed_on": "2010-05-31", "last_activity_on": "", "last_reviewed_on": "", "has_text": False},
        {**FIVE_YEARS, "signed_on": "2012-02-29"},
        {"framework": 1},
    )
    one, two = (datetime.date(2020, 1, 1) + datetime.timedelta(days=n) for n in (days, days + later))
    before = {(f.row, f.rule): f.facts for f in found_of(*rows, as_of=one)}
    after = {(f.row, f.rule): f.facts for f in found_of(*rows, as_of=two)}
    assert all(before[key] == after[key] for key in before.keys() & after.keys())


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_many_at_once_is_the_same_as_each_alone(data: st.DataObject) -> None:
    row = st.fixed_dictionaries(
        {
            "signed_on": st.sampled_from(["", "1999", "2014-03", "2020-03-12", "2027-01-01"]),
            "term_months": st.sampled_from([None, 12, 60]),
            "indefinite": st.sampled_from([None, True]),
            "tacit_renewal": st.sampled_from([None, True, False]),
            "renewal_months": st.sampled_from([None, 12]),
            "nonrenewal_months": st.sampled_from([None, 3]),
            "last_activity_on": st.sampled_from(["", "2019", "2026-01-01"]),
            "last_reviewed_on": st.sampled_from(["", "2021-01-01"]),
            "has_text": st.booleans(),
            "state": st.sampled_from(["registered", "signed", "archived", "signed_without_clearance"]),
        }
    )
    rows = data.draw(st.lists(row, min_size=1, max_size=6))
    together = sorted((f.row, f.rule, str(f.facts), f.proposed, str(f.urgent_by)) for f in found_of(*rows))
    alone = sorted(
        (i, f.rule, str(f.facts), f.proposed, str(f.urgent_by)) for i, r in enumerate(rows) for f in found_of(r)
    )
    assert together == alone
