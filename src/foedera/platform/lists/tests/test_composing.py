"""Kept statements find what the ORM finds, whatever stands in them, and PostgreSQL keeps their plans."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet, Value

from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.lists import composing

pytestmark = pytest.mark.django_db
TITLES = ("Plain", "100 % of it", "It's \\ “quoted”", "%s and %%", "Лес")


@pytest.fixture
def rows() -> list[Agreement]:
    owner = make.world().ministry
    return [
        Agreement.objects.create(owner=owner, title=title, signed_on="2024-03-01", state="signed", idea_on="2024")
        if title == "Plain"
        else Agreement.objects.create(owner=owner, title=title, idea_on="2024", public_from=datetime.date(2025, 1, 2))
        for title in TITLES
    ]


@pytest.mark.parametrize("title", TITLES)
def test_words_with_every_sign_stand_in_them(rows: list[Agreement], title: str) -> None:
    def compose() -> QuerySet[Any, Any]:
        said = Agreement.objects.filter(pk=composing.A_NUMBER, title=title)
        return said.values_list("title", Value(title))

    for row in rows:
        found = composing.statement(("words", title), compose).rows(row.pk)
        assert found == ([(title, title)] if row.title == title else [])


def test_days_truths_and_lists_stand_in_them(rows: list[Agreement]) -> None:
    day = datetime.date(2025, 1, 2)

    def compose() -> QuerySet[Any, Any]:
        known = Agreement.objects.filter(Q(public_from=day, is_synthetic=False) | Q(pk__in=[rows[0].pk]))
        return known.order_by("pk").values_list("pk")

    statement = composing.statement(("days", day, rows[0].pk), compose)
    assert [key for (key,) in statement.rows()] == [row.pk for row in rows]
    assert statement.count() == len(rows)


def test_records_are_loaded_as_the_orm_loads_them(rows: list[Agreement]) -> None:
    found = composing.loaded(
        ("one agreement",), Agreement, lambda: Agreement.objects.filter(pk=composing.A_NUMBER), rows[1].pk
    )
    (same,) = found
    fresh = Agreement.objects.get(pk=rows[1].pk)
    assert {f.attname: getattr(same, f.attname) for f in Agreement._meta.concrete_fields} == {
        f.attname: getattr(fresh, f.attname) for f in Agreement._meta.concrete_fields
    }
    same.note = "It can be saved."
    same.save()
    assert Agreement.objects.get(pk=same.pk).note == "It can be saved."


def test_what_no_row_can_fulfil_asks_nothing(rows: list[Agreement], django_assert_num_queries: Any) -> None:
    statement = composing.statement(("none",), lambda: Agreement.objects.filter(pk__in=[]).values_list("pk"))
    with django_assert_num_queries(0):
        assert statement.rows() == []
        assert statement.count() == 0


def test_the_plan_is_kept_and_people_of_one_role_share_it(rows: list[Agreement]) -> None:
    for person in range(1, 9):

        def compose(person: int = person) -> QuerySet[Any, Any]:
            return Agreement.objects.filter(pk=composing.A_NUMBER, owner_id__gt=-person).values_list("pk", "title")

        assert composing.statement(("of a person", person), compose).rows(rows[0].pk) == [(rows[0].pk, "Plain")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%owner_id\" > $%%'")
        assert cursor.fetchone() == (1,)
