"""A list is sorted by several columns: equal values by the next one, page after page, in exports, and from the heads of its table."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.agreements.tests.make import agreement
from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid
from foedera.platform.lists import querying
from foedera.platform.lists.description import Context

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return make.actor(Role.COORDINATOR, make.world().ministry)


def read(actor: Actor, address: str) -> querying.Page:
    view = querying.parse_view(AGREEMENTS, QueryDict(address))
    return querying.read_page(AGREEMENTS, view, Context(actor), [AGREEMENTS.column("number")])


def walk(actor: Actor, address: str) -> list[int]:
    """The ids of all pages, one after the other."""
    keys: list[int] = []
    after = ""
    for _page in range(50):
        page = read(actor, f"{address}&after={after}")
        keys += [row["id"] for row in page.rows]
        after = page.next
        if not after:
            return keys
    raise AssertionError("paging does not end")


@pytest.mark.parametrize("signs", [("", ""), ("", "-"), ("-", ""), ("-", "-")])
def test_equal_values_are_sorted_by_the_next_column(actor: Actor, signs: tuple[str, str]) -> None:
    for position in range(12):
        agreement(actor, title=f"Paper {position % 4}", signed_on=f"200{position % 3}-01-0{position % 2 + 1}")
    rows = {a.pk: (a.title, a.signed_on) for a in Agreement.objects.all()}
    # Python's sorting keeps the order of what is equal: the last key first.
    expected = sorted(rows, reverse=signs[1] == "-")
    expected.sort(key=lambda key: rows[key][1], reverse=signs[1] == "-")
    expected.sort(key=lambda key: rows[key][0], reverse=signs[0] == "-")
    address = f"sort={signs[0]}title,{signs[1]}signed_on"
    assert walk(actor, f"{address}&limit=3") == expected, "page after page"
    view = querying.parse_view(AGREEMENTS, QueryDict(address))
    streamed = querying.stream(AGREEMENTS, view, Context(actor), [AGREEMENTS.column("number")])
    assert [row["id"] for row in streamed] == expected, "and exported in the same order"


def test_the_number_may_decide_at_the_end(actor: Actor) -> None:
    keys = [agreement(actor, title="Same").pk for _turn in range(3)]
    assert walk(actor, "sort=title,-number&limit=2") == keys[::-1]
    assert walk(actor, "sort=-title,number&limit=2") == keys


@pytest.mark.parametrize("sort", ["title,title", "title,-title", "title,", ",title", "title,nonsense", "title,note"])
def test_a_faulty_sorting_is_named(actor: Actor, sort: str) -> None:
    with pytest.raises(Invalid) as raised:
        read(actor, f"sort={sort}")
    assert [p.field for p in raised.value.problems] == ["sort"]


def test_three_columns_and_no_more(actor: Actor) -> None:
    sortable = [c.name for c in AGREEMENTS.columns if c.sortable and c.name != "number"]
    read(actor, f"sort={','.join(sortable[:3])}")
    with pytest.raises(Invalid):
        read(actor, f"sort={','.join(sortable[:4])}")


def test_a_place_of_another_sorting_is_refused(actor: Actor) -> None:
    for _turn in range(3):
        agreement(actor)
    after = read(actor, "sort=title&limit=1").next
    with pytest.raises(Invalid):
        read(actor, f"sort=title,signed_on&limit=1&after={after}")


def test_the_heads_of_a_list_add_to_the_sorting(actor: Actor) -> None:
    agreement(actor)
    client = Client()
    client.force_login(Person.objects.get(pk=actor.person_id or 0))

    def heads(address: str) -> dict[str, tuple[str, str | None]]:
        page = client.get(address).context["page"]
        return {column.name: (column.sort_url, column.sorted) for column in page.columns}

    assert "sort=title" in heads("/agreements/")["title"][0]
    first = heads("/agreements/?sort=-signed_on&columns=title,signed_on")
    assert first["signed_on"] == ("?sort=signed_on&columns=title%2Csigned_on", "descending")
    assert "sort=title%2C-signed_on" in first["title"][0]
    both = heads("/agreements/?sort=title,-signed_on&columns=title,signed_on")
    assert (both["title"][1], both["signed_on"][1]) == ("ascending", "descending")
    assert "sort=-title%2C-signed_on" in both["title"][0]
    assert "sort=signed_on%2Ctitle" in both["signed_on"][0]
