"""The commands answer the two questions as tables and as JSON, and load a profile."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from foedera.directory.tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    made = make.world()
    office = make.body(made.centre, "Office in Kazan", territory="RU-TA")
    make.cover(office, "RU-TA", made.centre)
    make.appoint(make.post(office, made.centre), made.centre, "First Person", "2024")
    return made


def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_responsible(world: make.World) -> None:
    shown = said("responsible", "Tatarstan", "--on", "2025-03")
    assert "Office in Kazan" in shown
    assert "First Person" in shown
    assert "Nobody" in said("responsible", "RU-PNZ")
    assert "US-GA" in said("responsible", "Georgia")
    found = json.loads(said("responsible", "RU-TA", "--json"))
    assert found["responsible"][0]["posts"][0]["holders"][0]["person_name"] == "First Person"


def test_responsible_names_what_is_wrong(world: make.World) -> None:
    for arguments in (("Atlantis",), ("RU-TA", "--on", "someday"), ("RU-TA", "--partner", "Atlantis")):
        with pytest.raises(CommandError):
            said("responsible", *arguments)


def test_uncovered(world: make.World) -> None:
    shown = said("uncovered")
    assert "9 of 9 pairs" in shown
    assert "RU-PNZ" in shown
    found = json.loads(said("uncovered", "--region", "RU-TA", "--json"))
    assert found["uncovered"] == len(found["pairs"]) == 3
    with pytest.raises(CommandError):
        said("uncovered", "--on", "someday")


def test_load_profile(db: None) -> None:
    with pytest.raises(CommandError):
        said("load_profile", "XX")
    assert "bodies_created" in said("load_profile", "BR")
    assert json.loads(said("load_profile", "br", "--json")) == {"unchanged": 1}
