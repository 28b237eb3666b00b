"""Every address of the program with every role's eyes: the answers are those of rights.csv, and no address is missing there.

After a change of rights `FOEDERA_WRITE_RIGHTS=1 ./foedera test tests/test_permissions.py` writes the table anew; read the difference.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable

import pytest

from foedera.platform.access.roles import Role

from .house import EYES, House, undone
from .rights import LAYOUT, TABLE, Row, ask, route_of, routes, rows

pytestmark = pytest.mark.django_db
# "new": only empty cells are asked for, which is quicker when addresses or roles were added.
WRITES = os.environ.get("FOEDERA_WRITE_RIGHTS") in ("1", "new")
ONLY_NEW = os.environ.get("FOEDERA_WRITE_RIGHTS") == "new"


def answers(house: House, row: Row, of: Iterable[str] = EYES) -> dict[str, str]:
    """The status that each of these pairs of eyes gets; nothing of it stays."""
    found = {}
    for eyes in of:
        with undone():
            found[eyes] = str(ask(house, eyes, row))
    return found


@pytest.mark.skipif(WRITES, reason="the table is being written")
@pytest.mark.parametrize("row", rows(), ids=str)
def test_everybody_gets_what_the_table_of_rights_says(house: House, row: Row) -> None:
    found = answers(house, row)
    wrong = {eyes: f"{row.expected[eyes]}, but got {found[eyes]}" for eyes in EYES if found[eyes] != row.expected[eyes]}
    assert not wrong, f"{row}: expected {wrong}"


def test_every_role_looks_at_the_table_of_rights() -> None:
    seen = {Role.PUBLIC if seat is None else seat[0] for seat in EYES.values()}
    assert seen == set(Role)


def test_no_address_is_missing_in_the_table_of_rights() -> None:
    missing = set(routes()) - {route_of(row) for row in rows()}
    assert not missing, "Add these to rights.csv: " + ", ".join(f"{m} {r}" for m, r in sorted(missing))


def test_no_answer_of_the_table_is_a_failure_of_the_program() -> None:
    broken = [f"{row}: {eyes}" for row in rows() for eyes, status in row.expected.items() if status.startswith("5")]
    assert not broken


@pytest.mark.skipif(not WRITES, reason="only with FOEDERA_WRITE_RIGHTS=1")
def test_write_the_table_of_rights(house: House) -> None:
    lines = []
    for row in rows():
        known = {eyes: status for eyes, status in row.expected.items() if ONLY_NEW and status}
        found = known | answers(house, row, [eyes for eyes in EYES if eyes not in known])
        lines.append({"method": row.method, "path": row.path, "body": row.body, **found})
    with TABLE.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, LAYOUT, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
