"""Likely duplicates: what is one agreement entered twice, and what only looks like it. All records are synthetic."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from foedera.agreements.review.duplicates import Entry, compare, normalised, repeats
from foedera.platform.records.partial_dates import bounds


def entry(row: int, title: str, signed: str = "1954-03-17", **facts: Any) -> Entry:
    """An entry of the register between one region and one partner."""
    first, last = bounds(signed) if signed else (None, None)
    given: dict[str, Any] = {
        "row": row,
        "titles": (title, *facts.pop("other_titles", ())),
        "kind": "agreement",
        "first_day": first,
        "last_day": last,
        "parties": ("other:t9", "own:t1"),
        "party_words": "brest region tambov oblast",
        "subject_areas": frozenset({"trade"}),
        "register_number": "",
        "facts_recorded": 5,
    }
    return Entry(**{**given, **facts})


TRADE = "Agreement on trade and scientific cooperation between Tambov Oblast and Brest Region"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (entry(0, TRADE), entry(1, TRADE.upper() + ".")),
        (
            entry(0, TRADE),
            entry(1, "Tambov Oblast and Brest Region: agreement on trade and scientific cooperation"),
        ),
        (entry(0, "Agreement on scientific cooperation"), entry(1, "Agreement on scientific cooperaton")),
        (entry(0, TRADE, "1954-03-17"), entry(1, TRADE, "1954-03")),
        (entry(0, TRADE, "1954-03-17"), entry(1, TRADE, "1954-03-20")),
        (
            entry(0, TRADE + " in the field of fisheries research and fleets", ""),
            entry(1, TRADE + " in the field of fisheries research and fleets"),
        ),
        (
            entry(0, "Соглашение о торговле и культуре", other_titles=("Agreement on trade and culture",)),
            entry(1, "Agreement on trade and culture"),
        ),
        (entry(0, "О торговле", register_number="12"), entry(1, "On commerce", register_number="12")),
    ],
)
def test_one_agreement_entered_twice(one: Entry, other: Entry) -> None:
    assert compare(one, other) is not None
    assert compare(other, one) == compare(one, other)


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (entry(0, TRADE, "1954-03-17"), entry(1, TRADE, "1955-03-17"), "a yearly agreement under one title"),
        (entry(0, "Protocol on trade in 1954"), entry(1, "Protocol on trade in 1955"), "numbers differ"),
        (
            entry(0, "Agreement on air services via Malta"),
            entry(1, "Agreement on air services via Cyprus"),
            "a word differs",
        ),
        (entry(0, "Protocol on trade"), entry(1, "Additional protocol on trade"), "a word of order"),
        (entry(0, "Protocol “A” on carriage by rail"), entry(1, "Protocol “B” on carriage by rail"), "a letter"),
        (entry(0, TRADE, "1954-03-17"), entry(1, TRADE, "1954-03-23"), "a week apart"),
        (entry(0, TRADE), entry(1, TRADE, kind="protocol"), "kinds differ"),
        (entry(0, TRADE, register_number="1"), entry(1, TRADE, register_number="2"), "register numbers differ"),
        (
            entry(0, TRADE),
            entry(1, TRADE, parties=("other:t8", "own:t1"), party_words="grodno region tambov oblast"),
            "parties differ",
        ),
        (entry(0, "Agreement on trade", ""), entry(1, "Agreement on trade"), "undated, and the title says little"),
        (
            entry(0, "Agreement on trade and culture", "1954-03-17"),
            entry(1, "Agreement on culture and commerce", "1954-03-20"),
            "near, but not word by word",
        ),
    ],
)
def test_what_only_looks_like_it(one: Entry, other: Entry, why: str) -> None:
    assert compare(one, other) is None, why
    assert compare(other, one) is None, why


def test_names_of_the_parties_do_not_make_titles_less_alike() -> None:
    likeness = compare(entry(0, TRADE), entry(1, "On scientific cooperation and trade"))
    assert likeness is not None
    assert likeness.title == 100


def test_of_a_group_the_entry_with_most_facts_stays_and_linked_ones_are_left() -> None:
    group = [entry(0, TRADE, facts_recorded=3), entry(1, TRADE, facts_recorded=9), entry(2, TRADE, facts_recorded=3)]
    assert [(r.row, r.stays) for r in repeats({"block": group})] == [(0, 1), (2, 1)]
    linked = frozenset({(0, 1), (1, 2)})
    assert [(r.row, r.stays) for r in repeats({"block": group}, linked)] == [(2, 0)]


def test_a_crowded_day_is_searched_in_reasonable_time() -> None:
    crowd = [entry(i, f"Agreement on matter number {i}") for i in range(3000)]
    crowd.append(entry(3000, "Agreement on matter number 7"))
    began = datetime.datetime.now(tz=datetime.UTC)
    assert [(r.row, r.stays) for r in repeats({"block": crowd})] == [(3000, 7)]
    assert (datetime.datetime.now(tz=datetime.UTC) - began).total_seconds() < 60


def test_normalised() -> None:
    assert normalised("  Acordo de Cooperação—São Paulo! ") == "acordo de cooperacao sao paulo"
    assert normalised("Ёлка и Йод") == "елка и иод"
