"""Queries in the search box of a list mean what the panel's filters mean, within the reader's rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, public, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.lists import querying
from foedera.platform.lists.asking.binding import names_of
from foedera.platform.lists.asking.language import QueryFault
from foedera.platform.lists.description import Context, record_types
from foedera.platform.lists.filters import Filter

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NUMBER = AGREEMENTS.column("number")


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def actor(world: make.World) -> Actor:
    return make.actor(Role.COORDINATOR, world.ministry)


@pytest.fixture
def register(actor: Actor) -> dict[str, str]:
    """Four agreements by a short name."""
    made = {
        "trade": make.agreement(actor, indefinite=True),
        "tea": make.agreement(
            actor, title="Memorandum on tea", kind="memorandum", foreign="KZ-ALM", signed_on="2020-05"
        ),
        "schools": make.agreement(
            actor, title="Contract for schools", kind="contract", signed_on="", in_force_rule="", foreign="KZ-ALM"
        ),
        "coffee": make.agreement(
            actor, title="Agreement on coffee and trade", foreign="BR-SP", coordinator="Synthetic Sample"
        ),
    }
    return {record.number: name for name, record in made.items()}


def asked(actor: Actor, query: str, **more: str) -> querying.View:
    address = QueryDict(mutable=True)
    address.update({"q": query, **more})
    return querying.parse_view(AGREEMENTS, address, Context(actor))


def found(actor: Actor, register: dict[str, str], query: str, **more: str) -> set[str]:
    page = querying.read_page(AGREEMENTS, asked(actor, query, **more), Context(actor), [NUMBER])
    return {register[row["number"]] for row in page.rows}


EVERYTHING = {"trade", "tea", "schools", "coffee"}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind:memorandum", {"tea"}),
        ("вид:memorandum", {"tea"}),
        ("kind:memorandum,contract", {"tea", "schools"}),
        ("-kind:memorandum,contract", {"trade", "coffee"}),
        ("NOT kind:memorandum trade", {"trade", "coffee"}),
        ("partner:BR", {"coffee"}),
        ("partner:br", {"coffee"}),
        ("partner:Brazil", {"coffee"}),
        ("partner:BR,KZ -kind:contract", {"coffee", "tea"}),
        ("partner:BR OR kind:contract", {"coffee", "schools"}),
        ("(partner:BR OR partner:KZ) -tea", {"coffee", "schools"}),
        ("-(partner:BR OR partner:KZ)", {"trade"}),
        ("signed_on:2020", {"tea"}),
        ("signed_on:2014..2019", {"trade", "coffee"}),
        ("signed_on:>=2020", {"tea"}),
        ("signed_on:..2014-03", {"trade", "coffee"}),
        ("signed_on:empty", {"schools"}),
        ("signed_on:any", {"trade", "tea", "coffee"}),
        ("since:2015", {"tea"}),
        ("coordinator:sample", {"coffee"}),
        ("coordinator:empty", {"trade", "tea", "schools"}),
        ("title:tea", {"tea"}),
        ("title:tea,schools", {"tea", "schools"}),
        ("-title:tea", {"trade", "schools", "coffee"}),
        ("indefinite:yes", {"trade"}),
        ("бессрочно:да", {"trade"}),
        ("indefinite:empty", {"tea", "schools", "coffee"}),
        ('"coffee and trade"', {"coffee"}),
        ('"trade and coffee"', set()),
        ("trade", {"trade", "coffee"}),
        ("trade -coffee", {"trade"}),
        ("state:in_force", {"trade"}),
        ("state:idea", {"schools"}),
        ("state:in_force,idea", {"trade", "schools"}),
        ("", EVERYTHING),
    ],
)
def test_a_query_finds_what_it_says(actor: Actor, register: dict[str, str], query: str, names: set[str]) -> None:
    assert found(actor, register, query) == names


@pytest.mark.parametrize(
    ("query", "at", "length", "says"),
    [
        ("kind:memrandum", 5, 9, "memorandum"),
        ("trade knd:contract", 6, 3, "kind"),
        ("partner:Atlantis", 8, 8, "Atlantis"),
        ("signed_on:soon", 10, 4, "soon"),
        ("kind:contract,x", 14, 1, "x"),
        ("kind:1..2", 5, 4, "ranges"),
        ("title:empty", 6, 5, "empty"),
        ("indefinite:perhaps", 11, 7, "yes"),
        ("kind: contract", 0, 5, "colon"),
    ],
)
def test_a_fault_points_at_its_place(actor: Actor, query: str, at: int, length: int, says: str) -> None:
    with pytest.raises(QueryFault) as refused:
        asked(actor, query)
    assert (refused.value.at, refused.value.length) == (at, length)
    assert says in str(refused.value.message)


def test_simple_pieces_are_the_filters_of_the_panel(actor: Actor) -> None:
    view = asked(actor, "state:expiring partner:BR until:2027-03 coffee -kind:contract")
    assert view.filters == (
        Filter("status", "is", ("expiring",)),
        Filter("partner", "is", ("BR",)),
        Filter("ends_on", "until", ("2027-03",)),
        Filter("kind", "not", ("contract",)),
    )
    assert view.words == "coffee"
    assert not view.conditions


def test_days_that_move_with_the_reader(actor: Actor, register: dict[str, str]) -> None:
    assert found(actor, register, "signed_on:..today-1y") == {"trade", "tea", "coffee"}
    assert found(actor, register, "signed_on:>=сегодня-1д") == set()
    assert found(actor, register, "", signed_on__from="today-4000w") == {"trade", "tea", "coffee"}
    with pytest.raises(Invalid):
        found(actor, register, "", signed_on__from="today+9999y")


def test_a_filter_in_the_address_and_one_in_the_query_hold_together(actor: Actor, register: dict[str, str]) -> None:
    assert found(actor, register, "kind:memorandum,contract", partner="KZ", signed_on__empty="true") == {"schools"}
    assert found(actor, register, "", kind__not="agreement") == {"tea", "schools"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            ["kind:contract", "partner:KZ", "trade", "-tea", "OR", "(", ")", '"', "until:2030", "x:y", "-"]
        ),
        max_size=8,
    )
)
def test_any_query_is_carried_out_or_refused(actor: Actor, pieces: list[str]) -> None:
    context = Context(actor)
    try:
        view = asked(actor, " ".join(pieces))
    except QueryFault:
        return
    assert querying.read_page(AGREEMENTS, view, context, [NUMBER]).rows == []


def test_a_negation_tells_nothing_of_what_is_withheld(actor: Actor) -> None:
    make.agreement(
        actor,
        title="Agreement on border trade",
        publicity="title_only",
        publicity_ground="Asked for",
        coordinator="secret",
    )
    nobody: Any = public(TODAY)
    for query in (
        "coordinator:secret",
        "-coordinator:secret",
        "kind:contract OR coordinator:secret",
        "-(a coordinator:empty)",
        "-x y",
    ):
        assert querying.count(querying.narrowed(AGREEMENTS, asked(nobody, query), Context(nobody))) == 0, query
    assert querying.count(querying.narrowed(AGREEMENTS, asked(nobody, ""), Context(nobody))) == 1


def test_a_number_in_a_negation_does_not_tell_whether_it_exists(world: make.World, actor: Actor) -> None:
    hidden = make.agreement(actor, own="RU-PRI", title="Agreement on fish")
    mine = make.actor(Role.OFFICE_OFFICER, world.office)
    shown = make.agreement(mine, title=f"Agreement beside {hidden.number}")
    for query in (f"{hidden.number} OR kind:treaty", f"-(kind:treaty OR -{hidden.number})"):
        view = asked(mine, query)
        rows = querying.read_page(AGREEMENTS, view, Context(mine), [NUMBER]).rows
        assert [row["number"] for row in rows] == [shown.number]


@pytest.mark.parametrize("record_type", record_types(), ids=lambda t: t.name)
def test_every_column_with_a_filter_has_a_name_in_a_query(record_type: Any) -> None:
    meanings = names_of(record_type.name)
    named = {c.name for meaning in meanings.values() for c in meaning.columns}
    assert named == {c.name for c in record_type.columns if c.filters}


def test_a_command_needs_no_look_ups(world: make.World) -> None:
    actor = system(TODAY)
    view = querying.parse_view(AGREEMENTS, QueryDict("q=partner:BR"))
    assert querying.read_page(AGREEMENTS, view, Context(actor), [NUMBER]).rows == []
