"""The life of an agreement as spans and points. All records are synthetic."""

from __future__ import annotations

import datetime
import itertools
import time

from foedera.agreements.review.life import life
from foedera.agreements.terms import TermFacts, evaluate_one
from foedera.platform.pages.shapes import Timeline

TODAY = datetime.date(2026, 3, 17)
RENEWING = TermFacts(
    signed_on="2010-03-12",
    in_force_rule="signature",
    term_months=60,
    tacit_renewal=True,
    renewal_months=60,
    nonrenewal_months=6,
    notice_counted_from="dispatch",
)


def drawn(facts: TermFacts) -> Timeline:
    return life(facts, evaluate_one(facts, TODAY))


def told(facts: TermFacts) -> list[tuple[str, str, str]]:
    return [(str(s.label), s.since, s.until) for s in drawn(facts).spans]


def test_terms_and_renewals_follow_on_each_other() -> None:
    assert told(RENEWING)[:4] == [
        ("First term", "2010-03-12", "2015-03-11"),
        ("Renewal 1", "2015-03-12", "2020-03-11"),
        ("Renewal 2", "2020-03-12", "2025-03-11"),
        ("Renewal 3", "2025-03-12", "2030-03-11"),
    ]
    points = {str(p.label): p.on for p in drawn(RENEWING).points}
    assert points["Last safe day to object"] == "2029-09-11"
    assert points["Renews itself unless somebody objects"] == "2030-03-12"


def test_short_months_leave_no_gap() -> None:
    facts = TermFacts(
        signed_on="2023-08-31", in_force_rule="signature", term_months=6, tacit_renewal=True, renewal_months=6
    )
    found = told(facts)
    for (_one, _since, until), (_two, since, _until) in itertools.pairwise(found):
        assert datetime.date.fromisoformat(since) - datetime.date.fromisoformat(until) == datetime.timedelta(days=1)


def test_an_end_cuts_the_term_and_suspensions_lie_beside_it() -> None:
    facts = TermFacts(
        signed_on="2010-03-12",
        in_force_rule="signature",
        indefinite=True,
        terminated_on="2020-01-01",
        end_ground="consent",
        suspensions=((datetime.date(2015, 1, 1), datetime.date(2015, 6, 30)),),
    )
    assert told(facts) == [("In force", "2010-03-12", "2019-12-31"), ("Suspended", "2015-01-01", "2015-06-30")]


def test_what_is_not_known_is_told_as_such() -> None:
    assert told(TermFacts(signed_on="2010-03-12")) == [("Status not known", "2010-03-12", "")]
    assert drawn(TermFacts()).spans == ()


def test_a_century_of_monthly_renewals_is_short_and_quick() -> None:
    facts = TermFacts(
        signed_on="1900-01-31", in_force_rule="signature", term_months=1, tacit_renewal=True, renewal_months=1
    )
    began = time.perf_counter()
    found = told(facts)
    assert len(found) <= 26
    assert found[1][0].startswith("Renewals 1 to ")
    assert time.perf_counter() - began < 5
