"""Exports hold what the list shows, and no spreadsheet runs anything of it."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import orjson
import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from foedera.accounts.models import Person
from foedera.agreements.lists import AGREEMENTS
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, Kind
from foedera.platform.lists.exporting import FORMATS, as_csv, as_xlsx, export, harmless, plain

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://x")', "=cmd|' /C calc'!A0"]
TEXT = Column(name="title", label="Title")


def csv_rows(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "spreadsheets need the mark to see UTF-8"
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet(content: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_a_csv_begins_a_formula(formula: str) -> None:
    (head, row) = csv_rows(b"".join(as_csv([TEXT], [{"title": formula}])))
    assert head == ["title"]
    assert row[0].startswith("'")
    assert row[0][1:].replace("\r\n", "\n") == formula.replace("\r\n", "\n")


@given(
    st.lists(
        st.one_of(st.text(max_size=30), st.none(), st.booleans(), st.integers(-5, 5), st.lists(st.text(max_size=5)))
    )
)
def test_no_value_of_any_kind_begins_a_formula(values: list[Any]) -> None:
    content = b"".join(as_csv([TEXT], [{"title": v} for v in values]))
    for (cell,) in csv_rows(content)[1:]:
        assert not cell.startswith(("=", "+", "@", "\t", "\r", "\n"))
        assert not cell.startswith("-") or cell.lstrip("-").isdigit()


@pytest.mark.parametrize("value", ["plain", "Соглашение", "", "1", "a=b", "'quoted'"])
def test_what_is_harmless_stays_as_it_is(value: str) -> None:
    assert harmless(value) == value


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_workbook_holds_text_and_no_formula(formula: str) -> None:
    import zipfile

    content = b"".join(as_xlsx([TEXT], [{"title": formula}], title="List"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    rows = sheet(content)
    assert rows[0] == ["Title"]
    assert str(rows[1][0]).replace("_x000D_", "\r").strip() == formula.strip()


def test_a_workbook_takes_what_people_write() -> None:
    values = ["Соглашение", "x" * 40_000, "a\x0bb", "http://x/" + "y" * 3000, "🙂", "00123", "1e5"]
    rows = sheet(
        b"".join(as_xlsx([TEXT], [{"title": v} for v in values], title="[bad]: name/with*everything? and far too long"))
    )
    assert rows[1][0] == "Соглашение"
    assert len(rows[2][0]) == 32_767, "the most that a cell holds"
    assert rows[6][0] == "00123", "no number is made of a text"
    assert rows[7][0] == "1e5"


def test_numbers_are_numbers_and_days_are_days() -> None:
    columns = [Column(name="n", label="N", kind=Kind.INTEGER), Column(name="d", label="D", kind=Kind.DATE)]
    rows: list[dict[str, Any]] = [{"n": 5, "d": datetime.date(2020, 2, 29)}, {"n": None, "d": None}]
    assert sheet(b"".join(as_xlsx(columns, rows, title="")))[1] == [5.0, "2020-02-29"]
    assert csv_rows(b"".join(as_csv(columns, rows)))[1:] == [["5", "2020-02-29"], ["", ""]]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        (Kind.BOOLEAN, True, "yes"),
        (Kind.BOOLEAN, False, "no"),
        (Kind.CHOICES, ["a", "b"], "a ; b"),
        (Kind.NAMES, {"en": "A", "ru": "Б"}, "en: A ; ru: Б"),
        (Kind.DATA, {"a": 1}, '{"a":1}'),
        (Kind.TEXT, None, ""),
    ],
)
def test_values_as_a_file_has_them(kind: Kind, value: Any, shown: str) -> None:
    assert plain(Column(name="x", label="X", kind=kind), value) == shown


def test_a_file_without_rows_has_its_head() -> None:
    assert csv_rows(b"".join(as_csv([TEXT], []))) == [["title"]]
    assert sheet(b"".join(as_xlsx([TEXT], [], title="x"))) == [["Title"]]
    assert b"".join(export("jsonl", [TEXT], [], title="x")) == b""
    with pytest.raises(KeyError):
        export("pdf", [TEXT], [], title="x")


def test_large_files_come_in_portions() -> None:
    portions = list(as_csv([TEXT], ({"title": str(n)} for n in range(1200))))
    assert len(portions) > 1
    assert len(csv_rows(b"".join(portions))) == 1201


# --------------------------------------------------------------------------------------------------------- of the register


@pytest.fixture
def actor(db: None) -> Actor:
    make.world()
    return system(timezone.localdate())


@pytest.mark.django_db
def test_an_export_holds_the_rows_of_the_view(actor: Actor) -> None:
    make.agreement(actor, title="=cmd|'/C calc'!A0", own="RU-TAM")
    make.agreement(actor, title="Other", own="RU-PSK")
    view = querying.parse_view(AGREEMENTS, QueryDict("region=RU-TAM"))
    columns = [AGREEMENTS.column(n) for n in ("number", "title", "status", "own_parties", "signed_on")]
    rows = list(querying.stream(AGREEMENTS, view, Context(actor), columns))
    content = csv_rows(b"".join(as_csv(columns, rows)))
    assert len(content) == 2
    assert content[1][1] == "'=cmd|'/C calc'!A0"
    assert content[1][3:] == ["Tambov Oblast", "2014-03-12"]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(FORMATS))
def test_a_list_is_exported_by_its_address(client: Client, db: None, kind: str) -> None:
    world = make.world()
    centre = make.actor(Role.COORDINATOR, world.ministry)
    first = make.agreement(centre, title="Agreement on fishing", titles={"ru": "О рыбе"}, binding=True, term_months=60)
    make.agreement(centre, title="Other", kind="protocol")
    assert centre.person_id is not None
    client.force_login(Person.objects.get(pk=centre.person_id))
    answer = client.get(f"/agreements/?kind=agreement&format={kind}")
    assert answer["Content-Type"] == FORMATS[kind]
    assert f'agreements-{timezone.localdate()}.{kind}"' in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    if kind == "csv":
        head, *rows = csv_rows(content)
        records = [dict(zip(head, row, strict=True)) for row in rows]
    elif kind == "jsonl":
        records = [orjson.loads(line) for line in content.splitlines()]
    else:
        head, *rows = sheet(content)
        assert len(rows) == 1
        assert "Agreement on fishing" in rows[0]
        return
    assert [r["number"] for r in records] == [first.number]
    assert records[0]["title"] == "Agreement on fishing"
    exported = {c.name for c in AGREEMENTS.columns if c.in_export}
    assert set(records[0]) == exported


@pytest.mark.django_db
def test_an_export_of_chosen_columns_and_of_rubbish(client: Client, actor: Actor) -> None:
    from foedera.agreements.models import Agreement

    make.agreement(actor)
    Agreement.objects.update(publicity="public")
    answer = client.get("/agreements/?columns=title&format=csv")
    assert csv_rows(b"".join(answer.streaming_content))[0] == ["number", "title"]  # type: ignore[attr-defined]
    assert client.get("/agreements/?columns=parties&format=csv").status_code == 422
    assert client.get("/agreements/?format=exe").status_code == 200
