"""Bodies, posts, holders, jurisdictions and formats are written by actions: rules, ends, hand-overs, history."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from foedera.directory.models import Body, BodyState, Holder, Jurisdiction, Membership, Post
from foedera.directory.tests import make
from foedera.platform.actions.errors import Conflict, Invalid, NotNow
from foedera.platform.actions.performing import action_named, perform
from foedera.platform.history.models import Entry
from foedera.platform.history.queries import timeline

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def office(world: make.World) -> Body:
    return make.body(world.centre, territory="RU-TA", parent=world.ministry.number)


def fields(error: Invalid) -> set[str]:
    return {problem.field for problem in error.problems}


def test_a_body_takes_country_and_state_from_its_region(office: Body, world: make.World) -> None:
    assert office.number.startswith("BD-")
    assert (office.country_id, office.of_state_id) == (world["RU"].pk, world["RU"].pk)
    assert office.state == BodyState.ACTIVE
    assert office.name_key == "synthetic office"
    assert office.confidence == "to_confirm"


def test_a_region_of_another_country_is_refused(world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.body(world.centre, territory="RU-TA", country="KZ")
    assert fields(caught.value) == {"territory"}


def test_a_change_keeps_what_is_not_given_and_needs_the_version(office: Body, world: make.World) -> None:
    make.step(office, "change", world.centre, phone="+7 000", names={"ru": "Синтетическое"})
    assert (office.name, office.phone, office.version) == ("Synthetic office", "+7 000", 2)
    with pytest.raises(Conflict):
        perform(action_named("body.change"), world.centre, values={"phone": "1"}, record=office, version=1)


def test_a_body_is_not_part_of_itself(office: Body, world: make.World) -> None:
    part = make.body(world.centre, "Part", parent=office.number)
    with pytest.raises(Invalid) as caught:
        make.step(office, "change", world.centre, parent=part.number)
    assert fields(caught.value) == {"parent"}


def test_dates_in_the_wrong_order_are_refused(office: Body, world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.cover(office, "RU-TA", world.centre, since="2025", until="2024")
    assert fields(caught.value) == {"valid_until"}


def test_two_people_are_never_in_office_in_one_post(office: Body, world: make.World) -> None:
    post = make.post(office, world.centre)
    make.appoint(post, world.centre, "First Person", "2020-01-01")
    make.appoint(post, world.centre, "Acting Person", "2024-01-01", standing="acting")
    with pytest.raises(Invalid) as caught:
        make.appoint(post, world.centre, "Second Person", "2024-05-01")
    assert "First Person" in str(caught.value)
    make.appoint(post, world.centre, "Second Person", "2024-05-01", ends_predecessor=True)
    first = Holder.objects.get(person_name="First Person")
    assert first.valid_until == "2024-04-30"
    assert datetime.date(2024, 5, 1) not in first.during


def test_the_predecessor_ends_only_before_an_exact_day(office: Body, world: make.World) -> None:
    post = make.post(office, world.centre)
    make.appoint(post, world.centre, "First Person", "2020")
    with pytest.raises(Invalid) as caught:
        make.appoint(post, world.centre, "Second Person", "2024-05", ends_predecessor=True)
    assert fields(caught.value) == {"valid_from"}
    assert Holder.objects.get().valid_until == ""


def test_an_abolished_post_takes_its_holder_with_it(office: Body, world: make.World) -> None:
    post = make.post(office, world.centre)
    make.appoint(post, world.centre, "First Person", "2020")
    make.step(office, "close_post", world.centre, post=post.pk, valid_until="2025-06-30", reason="reform")
    assert Holder.objects.get().valid_until == "2025-06-30"
    assert Post.objects.get().valid_until == "2025-06-30"


def test_a_post_of_another_body_is_not_touched(office: Body, world: make.World) -> None:
    other = make.post(make.body(world.centre, "Other"), world.centre)
    with pytest.raises(Invalid) as caught:
        make.step(office, "appoint", world.centre, post=other.pk, person_name="A", standing="full")
    assert fields(caught.value) == {"post"}


def test_the_same_jurisdiction_twice_is_refused_and_another_body_may_overlap(office: Body, world: make.World) -> None:
    make.cover(office, "RU-TA", world.centre, since="2020")
    with pytest.raises(Invalid) as caught:
        make.cover(office, "RU-TA", world.centre, since="2024")
    assert fields(caught.value) == {"territory"}
    make.cover(make.body(world.centre, "Other"), "RU-TA", world.centre)
    assert Jurisdiction.objects.count() == 2


def test_an_unknown_function_is_refused(office: Body, world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.cover(office, "RU-TA", world.centre, function="astrology")
    assert fields(caught.value) == {"function"}


def test_a_closing_body_ends_its_parts_and_hands_over(office: Body, world: make.World) -> None:
    successor = make.body(world.centre, "Successor")
    make.appoint(make.post(office, world.centre), world.centre, "First Person", "2020")
    make.cover(office, "RU-TA", world.centre, since="2020")
    kept = make.cover(office, "RU-PNZ", world.centre, since="2020", until="2022")
    make.step(
        office,
        "close",
        world.centre,
        reason="reform",
        valid_until="2025-12-31",
        successor=successor.number,
        hand_over=True,
    )
    assert (office.state, office.successor_id) == (BodyState.CLOSED, successor.pk)
    assert Holder.objects.get().valid_until == "2025-12-31"
    kept.refresh_from_db()
    assert kept.valid_until == "2022"
    taken = Jurisdiction.objects.get(body=successor)
    assert (taken.territory.code, taken.valid_from, taken.valid_until) == ("RU-TA", "2026-01-01", "")


def test_a_body_whose_last_day_is_to_come_is_changing(office: Body, world: make.World) -> None:
    successor = make.body(world.centre, "Successor")
    last = (timezone.localdate() + datetime.timedelta(days=30)).isoformat()
    make.step(office, "close", world.centre, reason="reform", valid_until=last, successor=successor.number)
    assert office.state == BodyState.CHANGING
    make.step(office, "reopen", world.centre, reason="called off")
    assert (office.state, office.valid_until, office.successor_id) == (BodyState.ACTIVE, "", None)


def test_a_closed_body_takes_no_more_and_can_be_archived(office: Body, world: make.World) -> None:
    make.step(office, "close", world.centre, reason="reform", valid_until="2020")
    with pytest.raises(NotNow):
        make.cover(office, "RU-TA", world.centre)
    make.step(office, "archive", world.centre)
    with pytest.raises(NotNow):
        make.step(office, "change", world.centre, phone="1")


def test_closing_asks_why(office: Body, world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.step(office, "close", world.centre, valid_until="2020")
    assert fields(caught.value) == {"reason"}


def test_checked_needs_a_source(office: Body, world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.step(office, "check", world.centre)
    assert fields(caught.value) == {"source"}
    make.step(office, "check", world.centre, source="Decree 1", confidence="of_record")
    assert (office.checked, office.confidence) == (timezone.localdate().isoformat(), "of_record")


def test_identifiers_are_set_and_taken_away(office: Body, world: make.World) -> None:
    make.step(office, "identify", world.centre, scheme="registry number", value="77")
    assert office.identifiers == {"registry number": "77"}
    make.step(office, "identify", world.centre, scheme="registry number", value="")
    assert office.identifiers == {}


def test_members_belong_once_at_a_time(world: make.World) -> None:
    forum = make.format_record(world.centre)
    make.step(forum, "add_member", world.centre, territory="KZ", standing="observer", valid_from="2010")
    with pytest.raises(Invalid):
        make.step(forum, "add_member", world.centre, territory="KZ", standing="member", valid_from="2015")
    membership = Membership.objects.get()
    make.step(forum, "end_membership", world.centre, membership=membership.pk, valid_until="2014-12-31")
    make.step(forum, "add_member", world.centre, territory="KZ", standing="member", valid_from="2015")
    assert Membership.objects.count() == 2


def test_a_session_lies_in_the_past_and_drops_a_next_one_that_is_not_after_it(world: make.World) -> None:
    forum = make.format_record(world.centre, next_session="2025-06", cadence_months=12)
    make.step(forum, "hold_session", world.centre, last_session="2025-06-20")
    assert (forum.last_session, forum.next_session) == ("2025-06-20", "2025-06")
    make.step(forum, "hold_session", world.centre, last_session="2025-07-01")
    assert forum.next_session == ""
    with pytest.raises(Invalid):
        make.step(forum, "hold_session", world.centre, last_session="2999")


def test_a_format_ends_after_it_began(world: make.World) -> None:
    with pytest.raises(Invalid) as caught:
        make.format_record(world.centre, founded="2010", dissolved="2009")
    assert fields(caught.value) == {"dissolved"}


def test_parts_stand_on_the_timeline_of_their_body(office: Body, world: make.World) -> None:
    make.cover(office, "RU-TA", world.centre)
    events = timeline(office)
    assert [e.action for e in events] == ["body.assign", "body.create"]
    assert any(c.table == "directory_jurisdiction" for c in events[0].changes)
    assert Entry.objects.filter(action__isnull=True, table_name="directory_jurisdiction").count() == 0
