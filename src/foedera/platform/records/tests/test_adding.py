"""Many rows written at once stand as those written one by one, under keys in the order given."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import Value
from django.db.models.expressions import DatabaseDefault

from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.directory.models import Body
from foedera.platform.records.adding import FEW, add_many

pytestmark = pytest.mark.django_db
MANY = FEW * 2


def agreements(number: int, **values: Any) -> list[Agreement]:
    owner = Body.objects.order_by("pk").first() or make.world().ministry
    return [
        Agreement(owner_id=owner.pk, title=f"Line\none\t\\{n} “ё”", idea_on="2024", **values) for n in range(number)
    ]


def stored(rows: list[Agreement]) -> list[dict[str, Any]]:
    found = Agreement.objects.filter(pk__in=[r.pk for r in rows]).order_by("pk").values()
    return [
        {k: v for k, v in row.items() if k not in ("id", "number", "created_at", "updated_at", "known_from")}
        for row in found
    ]


def test_many_are_like_few() -> None:
    given = {
        "titles": {"ru": "Соглашение"},
        "subject_areas": ["trade", "culture"],
        "own_ids": [1, 2],
    }
    few, many = agreements(FEW, **given), agreements(MANY, **given)
    add_many(few)
    add_many(many)
    assert stored(few) == stored(many)[:FEW]
    assert [a.title for a in many] == [
        a.title for a in Agreement.objects.filter(pk__in=[a.pk for a in many]).order_by("pk")
    ]
    assert len({a.pk for a in few + many}) == FEW + MANY
    many[0].note = "It is saved as a row that exists."
    many[0].save()


def test_none_are_none() -> None:
    add_many([])
    assert not Agreement.objects.exists()


def test_what_the_table_refuses_is_refused() -> None:
    rows = agreements(MANY)
    rows[-1].owner_id = -1
    add_many(rows)
    with pytest.raises(IntegrityError):
        # Foreign keys are looked at when the transaction ends.
        connection.check_constraints()


def test_a_column_is_given_for_all_rows_or_for_none() -> None:
    rows = agreements(MANY)
    rows[3].title = DatabaseDefault(Value("of the database"))
    with pytest.raises(ValueError, match="title"):
        add_many(rows)
