"""Who sees and who changes what in the directory."""

from __future__ import annotations

import datetime

import pytest

from foedera.directory import queries
from foedera.directory.models import Body, BodyState
from foedera.directory.tests import make
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def office(world: make.World) -> Body:
    made = make.body(world.centre, "Office in Kazan", territory="RU-TA")
    make.cover(made, "RU-TA", world.centre)
    return made


def test_the_public_sees_what_is_published(world: make.World, office: Body) -> None:
    hidden = make.body(world.centre, "Internal", publicity="internal")
    later = make.body(world.centre, "Later", publicity="public_after", public_from="2999-01-01")
    seen = set(Body.objects.visible_to(make.nobody()))
    assert office in seen
    assert hidden not in seen
    assert later not in seen


def test_a_restricted_body_is_for_its_owner(world: make.World, office: Body) -> None:
    owner = make.actor(Role.OFFICE_HEAD, office)
    restricted = make.body(owner, "Restricted", "company", territory="RU-TA", publicity="restricted")
    other = make.body(world.centre, "Other office", territory="RU-PNZ")
    assert restricted in Body.objects.visible_to(owner)
    assert restricted not in Body.objects.visible_to(make.actor(Role.OFFICE_HEAD, other))
    with pytest.raises(NotFound):
        make.step(restricted, "change", make.actor(Role.COORDINATOR, world.ministry), phone="1")


def test_an_office_keeps_the_bodies_of_its_regions_only(world: make.World, office: Body) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, office)
    near = make.body(world.centre, "University here", "university", territory="RU-TA")
    far = make.body(world.centre, "University there", "university", territory="RU-PNZ")
    make.step(near, "change", officer, phone="1")
    with pytest.raises(Refused):
        make.step(far, "change", officer, phone="1")
    with pytest.raises(Refused):
        make.body(officer, "Company there", "company", territory="RU-PNZ")


def test_what_an_office_enters_is_a_draft_until_the_centre_confirms_it(world: make.World, office: Body) -> None:
    officer = make.actor(Role.OFFICE_OFFICER, office)
    made = make.body(officer, "Company here", "company", territory="RU-TA")
    assert (made.state, made.owner_id) == (BodyState.DRAFT, office.pk)
    with pytest.raises(Refused):
        make.step(made, "activate", officer)
    assert make.step(made, "activate", world.centre).state == BodyState.ACTIVE


def test_a_region_does_not_keep_the_bodies_of_the_state(world: make.World, office: Body) -> None:
    government = make.body(world.centre, "Government", "region_government", territory="RU-TA")
    region = make.actor(Role.REGION, government)
    agency = make.body(world.centre, "Agency", "agency", territory="RU-TA")
    make.step(agency, "change", region, phone="1")
    with pytest.raises(Refused):
        make.step(office, "change", region, phone="1")


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.AUDITOR])
def test_oversight_reads_only(world: make.World, office: Body, role: Role) -> None:
    reader = make.actor(role, world.ministry)
    assert office in Body.objects.visible_to(reader)
    with pytest.raises(Refused):
        make.step(office, "change", reader, phone="1")


def test_only_the_centre_assigns_territories(world: make.World, office: Body) -> None:
    with pytest.raises(Refused):
        make.cover(office, "RU-PNZ", make.actor(Role.OFFICE_HEAD, office))


def test_nothing_is_written_in_the_past(world: make.World, office: Body) -> None:
    with pytest.raises(Refused):
        make.step(office, "change", world.centre.at(datetime.date(2020, 1, 1)), phone="1")


def test_names_of_people_are_not_for_the_public(world: make.World, office: Body) -> None:
    make.appoint(make.post(office, world.centre), world.centre, "First Person", "2020")
    answer = queries.responsible_for(make.nobody(), "RU-TA")
    assert [p.holders for r in answer.responsible for p in r.posts] == [()]
    assert queries.held_posts(make.nobody(), office)[0].holders == ()
    assert all(c.person_name == "" for c in queries.contacts(make.nobody(), world["RU-TA"]))
    assert queries.held_posts(world.centre, office)[0].holders[0].person_name == "First Person"


def test_formats_are_kept_at_the_centre(world: make.World, office: Body) -> None:
    forum = make.format_record(world.centre)
    with pytest.raises(Refused):
        make.step(forum, "hold_session", make.actor(Role.OFFICE_HEAD, office), last_session="2020")
    with pytest.raises(Refused):
        make.step(forum, "hold_session", make.actor(Role.DESK, world.ministry), last_session="2020")


def test_a_district_opens_into_its_regions_for_those_who_cover_it(world: make.World, office: Body) -> None:
    make.cover(office, "RU-FD-V", world.centre, "trade")
    make.cover(office, "KZ", world.centre, "trade")
    covered = make.actor(Role.OFFICE_HEAD, office)
    assert {world["RU-TA"].pk, world["RU-PNZ"].pk} <= covered.own_territories
    assert covered.partner_states == {world["KZ"].pk}
