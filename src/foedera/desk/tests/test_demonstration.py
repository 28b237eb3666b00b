"""Loading the demonstration: real rows and synthetic people, once; a second time nothing."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foedera.accounts.demonstration import LOGINS
from foedera.accounts.models import Person
from foedera.agreements.models import Agreement, TextVersion, Tie
from foedera.agreements.tests import importing
from foedera.directory.models import Body

pytestmark = pytest.mark.django_db


def load(code: str) -> dict[str, Any]:
    out = StringIO()
    call_command("load_demonstration", code, "--json", stdout=out)
    return {step["step"]: step for step in json.loads(out.getvalue())}


def test_the_demonstration_of_russia() -> None:
    steps = load("RU")
    assert steps["twin_towns_wikipedia.csv.gz"]["read"] == 805
    assert steps["ru_scitech.jsonl.gz"]["created"] == Agreement.objects.count() == 47
    assert steps["texts of agreements"]["created"] == TextVersion.objects.exclude(words="").count() == 47
    # Every tie of the demonstration has an end in the country, and nearly all of them in a region that was found.
    assert Tie.objects.exclude(own_ids=[]).count() > Tie.objects.count() * 0.98
    assert Agreement.objects.filter(tacit_renewal=True).count() == 27
    # Where the closing article counts the notice from the end of the term, it is a notice against renewal.
    assert Agreement.objects.filter(nonrenewal_months=6).count() > 15
    assert Agreement.objects.filter(parties__side="foreign").distinct().count() >= 30
    assert set(Person.objects.values_list("is_synthetic", flat=True)) == {True}
    assert Person.objects.count() == len(LOGINS)
    before = importing.footprint()
    again = load("RU")
    assert all(step["unchanged"] for step in again.values())
    assert importing.footprint() == before


def test_the_demonstration_of_brazil() -> None:
    steps = load("br")
    assert steps["twin_towns_wikipedia.csv.gz"]["created"] > 300
    assert Body.objects.filter(kind="embassy").count() > 100
    assert not Agreement.objects.exists()


def test_there_is_no_demonstration_of_nowhere() -> None:
    with pytest.raises(CommandError, match="no profile of that name"):
        load("ZZ")
