"""No page takes more SQL statements than its budget in budgets.toml, whatever the number of rows."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foedera.agreements.tests import make

from .house import House, undone

pytestmark = pytest.mark.django_db
BUDGETS = Path(__file__).with_name("budgets.toml")
WRITES = os.environ.get("FOEDERA_WRITE_BUDGETS") == "1"


@dataclass(frozen=True)
class Budget:
    """A page, with whose eyes it is asked for, and how many statements it may take."""

    path: str
    eyes: str
    statements: int

    def __str__(self) -> str:
        return f"{self.path} {self.eyes}"


def budgets() -> list[Budget]:
    pages = tomllib.loads(BUDGETS.read_text(encoding="utf-8")).get("pages", [])
    return [Budget(page["path"], page["eyes"], page["statements"]) for page in pages]


def statements(client: Client, path: str) -> list[str]:
    """The statements of a page that has been asked for before, so that what is kept in memory is there."""
    first = client.get(path)
    assert first.status_code == 200, f"{path} answers {first.status_code}"
    read(first)
    with CaptureQueriesContext(connection) as captured:
        read(client.get(path))
    return [query["sql"] for query in captured.captured_queries]


def read(response: object) -> None:
    """Take the whole answer, also one that is made while it is sent."""
    chunks = getattr(response, "streaming_content", ())
    assert isinstance(b"".join(chunks), bytes)


@pytest.mark.skipif(WRITES, reason="the budgets are being written")
@pytest.mark.parametrize("budget", budgets(), ids=str)
def test_a_page_keeps_to_its_budget(house: House, budget: Budget) -> None:
    took = statements(house.clients[budget.eyes], house.fill(budget.path))
    told = "\n".join(f"{i:3} {sql[:400]}" for i, sql in enumerate(took, 1))
    assert len(took) <= budget.statements, f"{budget}: {len(took)} statements, {budget.statements} allowed\n{told}"


GROWING = (
    "/agreements/",
    "/ties/",
    "/directory/",
    "/api/v1/agreements?limit=50",
    "/review/",
    "/agreements/?format=csv",
)


@pytest.fixture
def more_rows(house: House) -> Iterator[None]:
    """Ten agreements more than there were."""
    with undone():
        for position in range(10):
            make.agreement(house.actors["office"], title=f"Agreement on matter {position}")
        yield


@pytest.mark.parametrize("path", GROWING)
def test_more_rows_take_no_more_statements(house: House, path: str, request: pytest.FixtureRequest) -> None:
    before = len(statements(house.clients["coordinator"], path))
    request.getfixturevalue("more_rows")
    assert len(statements(house.clients["coordinator"], path)) == before


@pytest.mark.skipif(not WRITES, reason="only with FOEDERA_WRITE_BUDGETS=1")
def test_write_the_budgets(house: House) -> None:
    text = BUDGETS.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("#")]
    for page in budgets():
        took = len(statements(house.clients[page.eyes], house.fill(page.path)))
        lines += ["", "[[pages]]", f'path = "{page.path}"', f'eyes = "{page.eyes}"', f"statements = {took}"]
    BUDGETS.write_text("\n".join(lines) + "\n", encoding="utf-8")
