"""The two questions with gaps, overlaps and partial dates, each one SQL statement; formats, contacts, precedence."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from foedera.directory import queries
from foedera.directory.models import Body
from foedera.directory.rules import Holding
from foedera.directory.tests import make
from foedera.platform.actions.errors import Invalid, NotFound

pytestmark = pytest.mark.django_db

CountQueries = Callable[..., Any]


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def office(world: make.World) -> Body:
    made = make.body(world.centre, "Office in Kazan", territory="RU-TA", names={"ru": "Представительство в Казани"})
    make.cover(made, "RU-TA", world.centre, since="2024-02")
    return made


@pytest.fixture
def embassy(world: make.World) -> Body:
    made = make.body(world.centre, "Embassy in Astana", "embassy", country="KZ", of_state="RU")
    make.cover(made, "KZ", world.centre, "representation")
    return made


def names(answer: queries.Answer) -> list[tuple[str, str]]:
    return [(r.side, r.body) for r in answer.responsible]


# --------------------------------------------------------------------------------------------------- who was responsible


def test_who_was_responsible_in_march_last_year(
    world: make.World, office: Body, django_assert_num_queries: CountQueries
) -> None:
    post = make.post(office, world.centre)
    make.appoint(post, world.centre, "First Person", "2024-02-10", "2025-03-14")
    make.appoint(post, world.centre, "Second Person", "2025-03-15")
    make.appoint(post, world.centre, "Deputy Person", "2025", standing="deputy")
    with django_assert_num_queries(1):
        answer = queries.responsible_for(world.centre, "RU-TA", on="2025-03")
    assert (answer.first, answer.last) == (datetime.date(2025, 3, 1), datetime.date(2025, 3, 31))
    (found,) = answer.responsible
    assert (found.body, found.function, found.relation, found.holding) == (
        "Office in Kazan",
        "coordination",
        "direct",
        Holding.WHOLE,
    )
    held = [(h.person_name, h.standing, h.holding) for h in found.posts[0].holders]
    assert held == [
        ("First Person", "full", Holding.PART),
        ("Second Person", "full", Holding.PART),
        ("Deputy Person", "deputy", Holding.POSSIBLE),
    ]


def test_a_single_day_has_one_in_office(world: make.World, office: Body) -> None:
    post = make.post(office, world.centre)
    make.appoint(post, world.centre, "First Person", "2024-02-10", "2025-03-14")
    make.appoint(post, world.centre, "Second Person", "2025-03-15")
    answer = queries.responsible_for(world.centre, "RU-TA", on="14 March 2025")
    assert [h.person_name for h in answer.responsible[0].posts[0].holders] == ["First Person"]


def test_a_month_in_which_it_began_is_part_of_the_time_or_only_possible(world: make.World, office: Body) -> None:
    assert queries.responsible_for(world.centre, "RU-TA", on="2024-02").responsible[0].holding is Holding.PART
    on_day = queries.responsible_for(world.centre, "RU-TA", on="2024-02-20").responsible[0]
    assert on_day.holding is Holding.POSSIBLE
    assert queries.responsible_for(world.centre, "RU-TA", on="2024-01").responsible == ()


def test_a_gap_is_an_empty_answer_not_an_error(world: make.World) -> None:
    assert queries.responsible_for(world.centre, "RU-PNZ").responsible == ()


def test_a_territory_is_found_by_name_in_any_language_and_by_a_part(world: make.World, office: Body) -> None:
    for asked in ("ru-ta", "Republic of Tatarstan", "республика татарстан", "Татарстан"):
        assert queries.responsible_for(world.centre, asked).territory == "RU-TA"
    georgia = queries.responsible_for(world.centre, "Georgia")
    assert georgia.territory == "GE"
    assert ("US-GA", "Georgia") in georgia.other_matches
    with pytest.raises(NotFound):
        queries.responsible_for(world.centre, "Atlantis")


def test_what_is_no_date_or_no_partner_is_named(world: make.World, office: Body) -> None:
    with pytest.raises(Invalid) as caught:
        queries.responsible_for(world.centre, "RU-TA", on="yesterday")
    assert caught.value.problems[0].field == "on"
    with pytest.raises(Invalid) as caught:
        queries.responsible_for(world.centre, "RU-TA", partner="Atlantis")
    assert caught.value.problems[0].field == "partner"


def test_a_district_reaches_its_regions_and_two_bodies_overlap(world: make.World, office: Body) -> None:
    envoy = make.body(world.centre, "Envoy", "presidential_envoy", country="RU")
    make.cover(envoy, "RU-FD-V", world.centre)
    answer = queries.responsible_for(world.centre, "RU-TA")
    assert [(r.body, r.relation, r.overlaps) for r in answer.responsible] == [
        ("Office in Kazan", "direct", True),
        ("Envoy", "above", True),
    ]
    assert answer.overlapping
    assert not queries.responsible_for(world.centre, "RU-PNZ").overlapping


def test_a_part_does_not_overlap_with_its_whole_nor_with_one_before_it(world: make.World, office: Body) -> None:
    branch = make.body(world.centre, "Branch", parent=office.number)
    make.cover(branch, "RU-TA", world.centre)
    former = make.body(world.centre, "Former office")
    make.cover(former, "RU-TA", world.centre, since="2010", until="2024-01-31")
    assert not queries.responsible_for(world.centre, "RU-TA", on="2026").overlapping
    both = queries.responsible_for(world.centre, "RU-TA", on="2024")
    assert {r.body for r in both.responsible} == {"Office in Kazan", "Branch", "Former office"}
    assert [r.overlaps for r in both.responsible if r.body == "Office in Kazan"] == [False]


def test_towards_a_state_both_missions_are_named(world: make.World, office: Body, embassy: Body) -> None:
    theirs = make.body(world.centre, "Consulate of Kazakhstan", "consulate", country="RU", of_state="KZ")
    make.cover(theirs, "RU-TA", world.centre, "consular")
    answer = queries.responsible_for(world.centre, "RU-TA", partner="Казахстан")
    assert names(answer) == [
        ("own", "Office in Kazan"),
        ("mission", "Embassy in Astana"),
        ("counterpart", "Consulate of Kazakhstan"),
    ]
    assert names(queries.responsible_for(world.centre, "RU-TA")) == [("own", "Office in Kazan")]


def test_only_one_function_when_one_is_asked_for(world: make.World, office: Body) -> None:
    make.cover(office, "RU-TA", world.centre, "trade")
    answer = queries.responsible_for(world.centre, "RU-TA", function="trade")
    assert [r.function for r in answer.responsible] == ["trade"]


def test_a_government_is_responsible_by_its_seat(world: make.World) -> None:
    make.body(world.centre, "Government", "region_government", territory="RU-TA")
    (found,) = queries.responsible_for(world.centre, "RU-TA").responsible
    assert (found.relation, found.function) == ("seat", "own_government")


def test_drafts_and_hidden_bodies_are_not_answers(world: make.World, office: Body) -> None:
    hidden = make.body(world.centre, "Internal", publicity="internal")
    make.cover(hidden, "RU-TA", world.centre)
    assert len(queries.responsible_for(world.centre, "RU-TA").responsible) == 2
    assert names(queries.responsible_for(make.nobody(), "RU-TA")) == [("own", "Office in Kazan")]


# -------------------------------------------------------------------------------------------------------- uncovered pairs


def pairs(found: queries.Uncovered) -> set[tuple[str, str]]:
    return {(p.region, p.state) for p in found.pairs}


def test_which_pairs_has_nobody(
    world: make.World, office: Body, embassy: Body, django_assert_num_queries: CountQueries
) -> None:
    with django_assert_num_queries(1):
        found = queries.uncovered_pairs(world.centre)
    assert (found.regions, found.states, found.all_pairs) == (3, 3, 9)
    covered = {("RU-TA", "KZ")}
    assert pairs(found) == {
        (r, s) for r in ("RU-TA", "RU-PNZ", "RU-X-CR") for s in ("KZ", "GE", "BR") if (r, s) not in covered
    }
    assert [c for c, _n, _p in found.regions_without] == ["RU-PNZ", "RU-X-CR"]
    assert [(c, p) for c, _n, p in found.states_without] == [("BR", 3), ("GE", 3)]


def test_a_body_assigned_to_both_covers_the_pair(world: make.World, embassy: Body) -> None:
    make.cover(embassy, "RU-PNZ", world.centre, "trade")
    found = queries.uncovered_pairs(world.centre)
    assert found.assigned == 1
    assert ("RU-PNZ", "KZ") not in pairs(found)
    assert ("RU-PNZ", "GE") in pairs(found)


def test_before_it_began_the_pair_was_uncovered(world: make.World, office: Body, embassy: Body) -> None:
    found = queries.uncovered_pairs(world.centre, on=datetime.date(2024, 1, 31))
    assert ("RU-TA", "KZ") in pairs(found)
    assert ("RU-TA", "KZ") not in pairs(queries.uncovered_pairs(world.centre, on=datetime.date(2024, 2, 1)))


def test_a_district_covers_its_regions_and_the_whole_state_does_not(world: make.World, embassy: Body) -> None:
    department = make.body(world.centre, "Department", "ministry_department", country="RU")
    make.cover(department, "RU", world.centre)
    assert len(pairs(queries.uncovered_pairs(world.centre))) == 9
    make.cover(department, "RU-FD-V", world.centre)
    left = {(r, s) for r, s in pairs(queries.uncovered_pairs(world.centre)) if s == "KZ"}
    assert left == {("RU-X-CR", "KZ")}


def test_with_a_function_both_halves_need_it(world: make.World, office: Body, embassy: Body) -> None:
    assert ("RU-TA", "KZ") in pairs(queries.uncovered_pairs(world.centre, function="trade"))
    make.cover(office, "RU-TA", world.centre, "trade")
    make.cover(embassy, "KZ", world.centre, "trade")
    assert ("RU-TA", "KZ") not in pairs(queries.uncovered_pairs(world.centre, function="trade"))


def test_one_region_or_state_can_be_asked_for(world: make.World, office: Body, embassy: Body) -> None:
    assert pairs(queries.uncovered_pairs(world.centre, region="ru-ta")) == {("RU-TA", "GE"), ("RU-TA", "BR")}
    assert {s for _r, s in pairs(queries.uncovered_pairs(world.centre, state="GE"))} == {"GE"}
    nothing = queries.uncovered_pairs(world.centre, region="RU-TA", state="KZ")
    assert (nothing.pairs, nothing.regions, nothing.states) == ((), 1, 1)


def test_foreign_missions_do_not_cover_for_us(world: make.World) -> None:
    theirs = make.body(world.centre, "Consulate of Kazakhstan", "consulate", country="RU", of_state="KZ")
    make.cover(theirs, "RU-TA", world.centre)
    make.cover(theirs, "KZ", world.centre)
    assert len(pairs(queries.uncovered_pairs(world.centre))) == 9


def test_gaps_and_overlaps_of_regions(world: make.World, office: Body, django_assert_num_queries: CountQueries) -> None:
    make.cover(make.body(world.centre, "Other"), "RU-TA", world.centre)
    with django_assert_num_queries(1):
        found = {c.region: c for c in queries.covering_of_regions(world.centre)}
    assert found["RU-TA"].is_overlap
    assert not found["RU-TA"].is_gap
    assert found["RU-PNZ"].is_gap
    assert found["RU-X-CR"].contested


# ------------------------------------------------------------------------------------------------------- and the others


def test_formats_overdue_and_of_a_territory_on_a_day(world: make.World) -> None:
    forum = make.format_record(world.centre, "Forum", cadence_months=12, last_session="2024-05-01")
    make.format_record(world.centre, "Silent", cadence_months=12)
    make.step(
        forum, "add_member", world.centre, territory="RU-TA", standing="member", valid_from="2020", valid_until="2024"
    )
    later = world.centre.at(datetime.date(2025, 5, 2))
    assert [f.name for f in queries.overdue_formats(later)] == ["Forum"]
    assert queries.overdue_formats(world.centre.at(datetime.date(2025, 5, 1))) == []
    then = world.centre.at(datetime.date(2024, 12, 31))
    assert [f.name for f in queries.formats_of(then, world["RU-TA"])] == ["Forum"]
    assert queries.formats_of(later, world["RU-TA"]) == []
    assert [m.territory for m in queries.members_of(world.centre, forum, on=datetime.date(2022, 1, 1))] == ["RU-TA"]
    assert [m.holds for m in queries.members_of(world.centre, forum)] == [False]


def test_the_contact_list_of_a_region_has_bodies_seated_there_or_covering_it(world: make.World, office: Body) -> None:
    far = make.body(world.centre, "Far office", phone="+7 1")
    make.cover(far, "RU-TA", world.centre, "trade")
    make.body(world.centre, "Elsewhere", territory="RU-PNZ")
    make.appoint(make.post(office, world.centre), world.centre, "First Person", contact="office@example.org")
    found = list(queries.contacts(world.centre, world["RU-TA"]))
    assert [(c.body, c.person_name) for c in found] == [("Far office", ""), ("Office in Kazan", "First Person")]


def test_the_order_of_precedence_names_whoever_is_in_office(world: make.World, office: Body) -> None:
    second = make.post(office, world.centre, "Deputy head", "deputy", precedence=2)
    first = make.post(office, world.centre, precedence=1)
    make.post(office, world.centre, "Officer", "officer")
    make.appoint(first, world.centre, "Acting Person", standing="acting")
    make.appoint(first, world.centre, "Full Person")
    found = queries.precedence(world.centre)
    assert [(p.order, p.person_name) for p in found] == [(1, "Full Person"), (2, "")]
    assert found[1].post == second.name


def test_missions_here_and_abroad(world: make.World, embassy: Body) -> None:
    theirs = make.body(world.centre, "Consulate of Brazil", "consulate", territory="RU-TA", of_state="BR")
    make.cover(theirs, "RU-FD-V", world.centre, "consular")
    assert [m["shown"] for m in queries.foreign_missions(world.centre)] == ["Consulate of Brazil"]
    assert [m["shown"] for m in queries.foreign_missions(world.centre, territory=world["RU-PNZ"])] == [
        "Consulate of Brazil"
    ]
    assert queries.foreign_missions(world.centre, territory=world["RU-X-CR"]) == []
    make.cover(theirs, "RU", world.centre, "representation")
    assert len(queries.foreign_missions(world.centre, territory=world["RU-X-CR"])) == 1
    assert queries.foreign_missions(world.centre, territory=world["RU-X-CR"], whole_state=False) == []
    abroad = {m["code"]: m["missions"] for m in queries.missions_by_state(world.centre)}
    assert abroad == {"BR": 0, "GE": 0, "KZ": 1}


def test_former_states_do_not_hold_today(world: make.World) -> None:
    today = queries.territories(language="en", own=False, on=datetime.date(2026, 1, 1))
    assert "SUHH" not in {t.code for t in today}
    then = queries.territories(language="en", own=False, on=datetime.date(1990, 1, 1))
    assert "SUHH" in {t.code for t in then}


def test_finders_name_what_may_be_entered(world: make.World, office: Body) -> None:
    assert queries.find_bodies(world.centre, "Казани") == [(office.number, f"{office.number} Office in Kazan")]
    assert queries.find_territories(world.centre, "georg")[0] == ("GE", "GE Georgia")
