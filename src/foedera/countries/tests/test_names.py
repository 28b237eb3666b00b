"""Names of states as they stand in real registers: what must be found, what must not be guessed, how much is found."""

import csv
import time
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from foedera.countries import world
from foedera.countries.world.names import Method, NameKind, normalised, resolve_state, resolve_states
from foedera.platform.records.partial_dates import PartialDateError

DATA = Path(__file__).parent / "data"

FLOORS = {
    "uk_parties": (0.994, 0.975),
    "twin_towns_wikipedia": (0.9995, 0.99),
    "twin_towns_wikidata": (0.9998, 0.99),
    "embassies": (0.9995, 0.975),
    "embassies_covered": (0.9995, 0.99),
}
"""Set: least share of occurrences and of distinct names that is resolved. What was measured stands in the README."""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("KZ", "KZ"),
        ("Kazakhstan", "KZ"),
        ("Республика Казахстан", "KZ"),
        ("Cazaquistão", "KZ"),
        ("Kasachstan", "KZ"),
        ("NETHERLANDS THE", "NL"),
        ("IRELAND, REPUBLIC OF", "IE"),
        ("GERMANY FEDERAL REPUBLIC", "DE"),
        ("United States of America", "US"),
        ("Соединённые Штаты Америки", "US"),
        ("People's Republic of China", "CN"),
        ("Kosovo", "XK"),
        ("Taiwan", "TW"),
        ("Georgia (country)", "GE"),
        ("UPPER VOLTA", "BF"),
        ("The Gambia", "GM"),
        ("São Tomé and Príncipe", "ST"),
        ("Sao Tomé and Príncipe", "ST"),
        ("SOVIET UNION", "SUHH"),
        ("СССР", "SUHH"),
        ("PRUSSIA", "X-PRUSSIA"),
        ("NASSAU", "X-NASSAU"),
        ("UNITED NATIONS", "X-ORG-UN"),
        ("EUROPEAN COMMUNITY", "X-ORG-EC"),
        ("Wales, United Kingdom", "GB"),
    ],
)
def test_names_of_registers_are_found(text: str, code: str) -> None:
    found = resolve_state(text)
    assert found.code == code
    assert found.text == text


@pytest.mark.parametrize(
    ("text", "subdivision"),
    [
        ("England", "GB-ENG"),
        ("England, United Kingdom", "GB-ENG"),
        ("Scotland", "GB-SCT"),
        ("Lower Saxony, Germany", "DE-NI"),
        ("Georgia, United States", "US-GA"),
        ("Alberta", "CA-AB"),
        ("Primorsky Krai", "RU-PRI"),
    ],
)
def test_parts_of_states_keep_their_region(text: str, subdivision: str) -> None:
    found = resolve_state(text)
    assert (found.code, found.subdivision) == (subdivision[:2], subdivision)


@pytest.mark.parametrize(
    ("text", "on", "code"),
    [
        ("RUSSIA", "1890", "X-RUSSIAN-EMPIRE"),
        ("RUSSIA", "1917", "RU"),  # the year alone does not decide
        ("RUSSIA", None, "RU"),
        ("YUGOSLAVIA", "1970-05-01", "YUCS"),
        ("YUGOSLAVIA", "1999", "X-YUGOSLAVIA-FR"),
        ("TURKEY", "1856-03-30", "X-OTTOMAN-EMPIRE"),
        ("TEXAS", "1840-11-13", "X-TEXAS"),
        ("TEXAS", "1999", "US"),
        ("UNITED ARAB REPUBLIC", "1960", "X-UNITED-ARAB-REPUBLIC"),
        ("UNITED ARAB REPUBLIC", "1965", "EG"),
        ("KOREA", "1900", "X-KOREA"),
    ],
)
def test_the_day_decides_between_bearers_of_a_name(text: str, on: str | None, code: str) -> None:
    assert resolve_state(text, on).code == code


def test_a_day_may_be_a_date() -> None:
    assert resolve_state("RUSSIA", date(1890, 1, 1)).code == "X-RUSSIAN-EMPIRE"
    with pytest.raises(PartialDateError):
        resolve_state("RUSSIA", "long ago")


@pytest.mark.parametrize(
    ("text", "method", "candidates"),
    [
        ("CONGO", Method.AMBIGUOUS, ("CG", "CD")),
        ("KOREA", Method.AMBIGUOUS, ("KR", "KP")),
        ("Virgin Islands", Method.AMBIGUOUS, ("VG", "VI")),
        ("Crimea", Method.AMBIGUOUS, ("UA", "RU")),
        ("Kazakhstn", Method.UNKNOWN, ("KZ",)),
        ("t431453150", Method.UNKNOWN, ()),
        ("", Method.EMPTY, ()),
        ("  ", Method.EMPTY, ()),
        ("Ministry of Foreign Affairs", Method.UNKNOWN, ()),
    ],
)
def test_doubt_is_reported_not_guessed(text: str, method: Method, candidates: tuple[str, ...]) -> None:
    found = resolve_state(text)
    assert found.code is None
    assert found.method is method
    assert found.candidates == candidates
    assert found.confidence == "none"


def test_collective_names_are_only_likely() -> None:
    found = resolve_state("French Overseas Territories")
    assert (found.code, found.kind, found.confidence) == ("FR", NameKind.COLLECTIVE, "likely")


def test_the_explanation_speaks_the_language_of_the_reader() -> None:
    with translation.override("en"):
        assert resolve_state("CONGO").explanation == "“CONGO” may mean several: CG, CD."
        assert "KZ" in resolve_state("Kazakhstn").explanation
        assert resolve_state("").explanation
        assert resolve_state("France").explanation == "“France” is FR."


def in_use() -> dict[str, dict[str, int]]:
    sets: dict[str, dict[str, int]] = defaultdict(dict)
    with (DATA / "names_in_use.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            sets[row["set"]][row["name"]] = int(row["occurrences"])
    return sets


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_the_resolved_share_of_real_sets_does_not_fall(name: str) -> None:
    counted = in_use()[name]
    found = [text for text in counted if resolve_state(text).resolved]
    by_occurrence = sum(counted[text] for text in found) / sum(counted.values())
    by_name = len(found) / len(counted)
    least_by_occurrence, least_by_name = FLOORS[name]
    assert by_occurrence >= least_by_occurrence, sorted(set(counted) - set(found))
    assert by_name >= least_by_name, sorted(set(counted) - set(found))


def test_a_hundred_thousand_look_ups_are_cheap() -> None:
    names = list(in_use()["uk_parties"])
    texts = (names * (100_000 // len(names) + 1))[:100_000]
    resolve_states(names)
    begun = time.process_time()
    assert len(resolve_states(texts)) == 100_000
    assert time.process_time() - begun < 2.0


@given(st.text(max_size=60))
def test_no_text_is_refused_and_every_code_is_known(text: str) -> None:
    found = resolve_state(text)
    assert found.text == text
    assert found.code is None or found.code in world.state_codes()
    assert not found.subdivision or found.subdivision in world.territory_codes()
    assert set(found.candidates) <= world.state_codes()


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def test_every_state_is_found_by_its_own_names() -> None:
    doubtful = set()
    for state in world.states():
        for name in (*state.names.values(), *state.official_names.values()):
            found = resolve_state(name)
            if found.code != state.code:
                doubtful.add((state.code, name, found.code))
    assert not {entry for entry in doubtful if entry[2] is not None and not entry[0].startswith(("X-", "GEHH"))}
