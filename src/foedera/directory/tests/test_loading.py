"""Loading the profiles of Russia and Brazil: whole, once, again after a change, without touching what people changed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from django.utils import timezone

from foedera import countries
from foedera.countries import world as lists
from foedera.countries.profile import Profile
from foedera.directory import queries
from foedera.directory.loading import digest_of, load, load_profile
from foedera.directory.models import Body, Format, Installation, Jurisdiction, Membership, Position, Post, Territory
from foedera.directory.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, NotNow, Refused
from foedera.platform.history.models import Entry, PerformedAction

pytestmark = pytest.mark.django_db


@pytest.fixture
def centre() -> Actor:
    return system(timezone.localdate())


def small(code: str = "BR") -> Profile:
    """The profile of Brazil with its first bodies only, so that a load is quick to compare."""
    profile = countries.load_profile(code)
    kept = tuple(b for b in profile.bodies if b.kind != "embassy")[:12]
    codes = {b.code for b in kept}
    kept = tuple(b for b in kept if b.parent in codes or not b.parent)
    codes = {b.code for b in kept}
    return profile.model_copy(
        update={
            "bodies": kept,
            "posts": tuple(p for p in profile.posts if p.body in codes),
            "jurisdictions": tuple(j for j in profile.jurisdictions if j.body in codes),
        }
    )


def changed(profile: Profile, table: str, at: int, **values: Any) -> Profile:
    """The profile with one row changed."""
    rows = list(getattr(profile, table))
    rows[at] = rows[at].model_copy(update=values)
    return profile.model_copy(update={table: tuple(rows)})


@pytest.mark.parametrize("code", ["RU", "BR"])
def test_a_profile_is_loaded_whole(code: str, centre: Actor) -> None:
    profile = countries.load_profile(code)
    counts = load_profile(code, centre)
    assert Territory.objects.filter(own=True, kind="region").count() == len(profile.regions)
    assert Territory.objects.filter(kind="district").count() == len(profile.districts)
    expected = {s.code for s in lists.states()} | {s.code for s in lists.subdivisions()}
    expected |= {r.code for r in profile.regions} | {d.code for d in profile.districts}
    assert counts["territories"] == Territory.objects.count() == len(expected)
    for model, rows in (
        (Body, profile.bodies),
        (Post, profile.posts),
        (Jurisdiction, profile.jurisdictions),
        (Format, profile.formats),
        (Membership, profile.memberships),
    ):
        assert model._default_manager.count() == len(rows), model
    assert Body.objects.exclude(publicity="public").count() == 0
    assert Body.objects.filter(of_state__isnull=True).count() == 0
    installed = queries.installation()
    assert installed is not None
    assert (installed.profile, installed.state.code, installed.digest) == (code, code, digest_of(profile))
    assert PerformedAction.objects.filter(name="directory.load_profile").count() == 1
    assert Entry.objects.filter(action__isnull=True).count() == 0


def test_the_second_load_does_nothing(centre: Actor) -> None:
    load_profile("BR", centre)
    entries = Entry.objects.count()
    assert load_profile("BR", centre) == {"unchanged": 1}
    assert (Entry.objects.count(), PerformedAction.objects.count()) == (entries, 1)


def test_contested_regions_carry_the_positions_of_record(centre: Actor) -> None:
    load_profile("RU", centre)
    profile = countries.load_profile("RU")
    contested = [r for r in profile.regions if r.contested]
    assert contested
    for region in contested:
        territory = Territory.objects.get(code=region.code)
        assert territory.contested
        assert len({p.holder for p in Position.objects.filter(territory=territory)}) >= 2
        if region.iso_code and region.iso_code != region.code:
            twin = Territory.objects.get(code=region.iso_code)
            assert twin.contested
            assert not twin.own
            assert (
                Position.objects.filter(territory=twin).count() == Position.objects.filter(territory=territory).count()
            )


def test_ends_of_profiles_become_last_days(centre: Actor) -> None:
    load(small(), centre)
    soviet = Territory.objects.get(code="SUHH")
    assert (soviet.valid_from, soviet.valid_until) == ("1922-12-30", "1991-12-25")
    assert soviet.successors


def test_a_changed_profile_changes_its_rows_by_code(centre: Actor) -> None:
    profile = small()
    load(profile, centre)
    before = Body.objects.get(code=profile.bodies[0].code)
    other = changed(profile, "bodies", 0, phone="+55 1")
    counts = load(other, centre)
    after = Body.objects.get(pk=before.pk)
    assert (after.phone, after.version) == ("+55 1", before.version + 1)
    assert (counts["bodies_changed"], counts["bodies_created"], counts["kept_by_hand"]) == (1, 0, 0)
    assert Entry.objects.filter(table_name="directory_body", operation="U").count() == 1


def test_what_a_person_changed_stays_and_is_counted(centre: Actor) -> None:
    profile = small()
    load(profile, centre)
    body = Body.objects.get(code=profile.bodies[0].code)
    make.step(body, "change", make.actor(Role.COORDINATOR, body), phone="by hand")
    counts = load(changed(profile, "bodies", 0, phone="+55 1", seat={"en": "Elsewhere"}), centre)
    body.refresh_from_db()
    assert body.phone == "by hand"
    assert (counts["kept_by_hand"], counts["bodies_changed"]) == (1, 0)


def test_a_jurisdiction_that_the_profile_drops_goes_unless_a_person_touched_it(centre: Actor) -> None:
    profile = small()
    load(profile, centre)
    first, second = profile.jurisdictions[:2]
    kept = Jurisdiction.objects.get(body__code=second.body, territory__code=second.territory)
    by = make.actor(Role.COORDINATOR, kept.body)
    make.step(kept.body, "end_jurisdiction", by, jurisdiction=kept.pk, valid_until="2026-01-31")
    fewer = profile.model_copy(update={"jurisdictions": profile.jurisdictions[2:]})
    counts = load(fewer, centre)
    assert counts["jurisdictions_removed"] == 1
    assert not Jurisdiction.objects.filter(body__code=first.body, territory__code=first.territory).exists()
    kept.refresh_from_db()
    assert kept.valid_until == "2026-01-31"


def test_a_body_that_the_profile_drops_stays_and_is_counted(centre: Actor) -> None:
    profile = small()
    load(profile, centre)
    last = profile.bodies[-1].code
    fewer = profile.model_copy(
        update={
            "bodies": profile.bodies[:-1],
            "posts": tuple(p for p in profile.posts if p.body != last),
            "jurisdictions": tuple(j for j in profile.jurisdictions if j.body != last),
        }
    )
    counts = load(fewer, centre)
    assert Body.objects.filter(code=last).exists()
    assert counts["no_longer_in_profile"] == 1


def test_a_register_belongs_to_one_country(centre: Actor) -> None:
    load(small(), centre)
    with pytest.raises(NotNow):
        load_profile("RU", centre)
    assert Installation.objects.get().profile == "BR"


def test_an_unknown_profile_and_a_role_that_may_not_load(centre: Actor) -> None:
    with pytest.raises(Invalid):
        load_profile("XX", centre)
    with pytest.raises(Refused):
        load(small(), dataclasses.replace(centre, role=Role.AUDITOR))
    assert not Installation.objects.exists()
