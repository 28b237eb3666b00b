"""The real registers and lists, as they are: what comes of them is counted here, so that a change of it is seen.

They stand beside the checkout (../shared/data) and are no part of it; where they are absent these tests are skipped and the
excerpts, which are shipped, are tested alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from foedera.agreements.models import Agreement, Party, Tie
from foedera.agreements.tests import importing
from foedera.config.installation import PROJECT
from foedera.directory.loading import load_profile
from foedera.directory.models import Body, Jurisdiction
from foedera.platform.lists.importing.running import Result

DATA = PROJECT.parent / "shared" / "data"
EXCERPTS = Path(__file__).parent / "excerpts"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data do not stand beside this checkout")
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The directory of Russia for all tests of the module, taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_profile("RU", importing.centre())
        yield
        transaction.set_rollback(True)


def twice(kind: str, path: Path) -> tuple[dict[str, int], dict[str, int], dict[str, int], Result]:
    """Import a file and import it again; the counts, errors and warnings of the first time, after the second changed nothing."""
    result = importing.bring(kind, path)
    before = importing.footprint()
    again = importing.bring(kind, path)
    assert again.report.counts["created"] == again.report.counts["changed"] == 0
    assert importing.footprint() == before
    counts = {k: v for k, v in result.report.counts.items() if v}
    assert counts["read"] == sum(v for k, v in counts.items() if k != "read")
    return counts, dict(result.report.errors), dict(result.report.warnings), result


@needs_data
def test_the_treaties_of_the_united_kingdom() -> None:
    counts, errors, warnings, _result = twice("agreements", DATA / "treaty-register-uk" / "uk_treaties.csv.gz")
    assert counts == {"read": 8133, "created": 8133}
    assert errors == {}
    assert warnings["no_signature"] == 546
    assert warnings["force_before_signature"] >= 212
    assert 300 < warnings["party"] < 500
    treaties = Agreement.objects.filter(source_key__startswith="uk-treaties:")
    assert treaties.filter(signed_date_unknown=True).count() == 546
    assert treaties.exclude(terminated_on="").count() == 664
    assert treaties.filter(publicity="public", title_language="en").count() == 8133
    parties = Party.objects.filter(agreement__in=treaties)
    assert parties.filter(side="own", territory__code="GB").count() > 7500
    assert parties.filter(territory__code="SUHH").exists()
    unresolved = parties.filter(territory=None).count()
    assert unresolved < parties.count() / 50


@needs_data
def test_the_treaties_of_switzerland() -> None:
    counts, errors, warnings, result = twice("agreements", DATA / "treaty-register-ch" / "ch_treaties.csv.gz")
    assert counts == {"read": 2708, "created": 2708}
    assert errors == {}
    treaties = Agreement.objects.filter(source_key__startswith="ch-treaties:")
    assert all(set(t) == {"fr", "it"} for t in treaties.values_list("titles", flat=True))
    assert not treaties.filter(title__contains="<sup>").exists()
    named = Party.objects.filter(agreement__in=treaties, side="foreign").values("agreement").distinct().count()
    assert named > 1450
    assert named + warnings["party"] + warnings["title_several"] + result.report.extra["title_without_parties"] == 2708
    assert Party.objects.filter(agreement__in=treaties, side="own", territory__code="CH").count() == 2708


@needs_data
def test_both_lists_of_twin_towns() -> None:
    counts, errors, warnings, _result = twice("ties", DATA / "twin-towns" / "wikipedia_pairs.csv.gz")
    assert (counts["read"], counts["refused"]) == (17_409, sum(errors.values()))
    assert counts["created"] > 16_800
    assert errors["country"] == 7
    assert errors["itself"] == 1
    assert warnings["same_coordinates"] == 67
    assert warnings["no_coordinates"] == 127
    first = set(Tie.objects.values_list("pk", flat=True))
    towns = Body.objects.filter(kind="city").count()
    counts, errors, warnings, _result = twice("ties", DATA / "twin-towns" / "wikidata_eu_pairs.csv.gz")
    # Half of it is the other direction; what both lists have gets the second source and no second tie.
    assert counts["folded"] > 2000
    assert counts["changed"] > 2000
    assert errors == {"country": 1}
    both = Tie.objects.filter(sources__len=2)
    assert both.count() == counts["changed"]
    assert set(both.values_list("pk", flat=True)) <= first
    assert Body.objects.filter(kind="city").count() < towns + 3500
    own = Tie.objects.exclude(own_ids=[])
    assert own.count() > 850


@needs_data
def test_the_embassies_of_all_states() -> None:
    known = Body.objects.exclude(identifiers={}).count()
    counts, errors, warnings, _result = twice("bodies", DATA / "embassies" / "embassies.csv.gz")
    assert (counts["read"], counts["refused"]) == (9852, 8)
    assert errors == {"state": 7, "repeated": 1}
    assert counts["created"] + known >= 9844
    assert warnings["odd"] > 50
    assert Jurisdiction.objects.filter(function__code="representation").count() > 15_000


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("agreements", "uk_treaties.csv"),
        ("agreements", "ch_treaties.csv"),
        ("ties", "wikipedia_pairs.csv"),
        ("ties", "wikidata_eu_pairs.csv"),
    ],
)
def test_the_excerpts(kind: str, name: str) -> None:
    counts, _errors, _warnings, result = twice(kind, EXCERPTS / name)
    assert counts["created"] > 5
    assert result.mapping.name
