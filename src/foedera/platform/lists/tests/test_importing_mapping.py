"""Mappings of columns: read, recognised, guessed, applied; and the report of an import."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from foedera.platform.lists.description import Choice, Column, Kind
from foedera.platform.lists.importing.mapping import (
    ImportMapping,
    MappingFault,
    Note,
    guessed,
    mapping_from,
    read_mapping,
    readers_for,
    recognised,
    targets_of,
)
from foedera.platform.lists.importing.report import Report
from foedera.platform.lists.importing.values import ValueFault

COLUMNS = (
    Column(name="title", label="Title", required=True),
    Column(name="titles", label="Titles in other languages", kind=Kind.NAMES),
    Column(name="kind", label="Kind", kind=Kind.CHOICE, choices=lambda: (Choice("treaty", "Treaty"),)),
    Column(name="signed_on", label="Signed", kind=Kind.PARTIAL_DATE),
    Column(name="note", label="Note", kind=Kind.LONG_TEXT),
)
TARGETS = targets_of(COLUMNS)
HEADER = ("Name", "name (fr)", "type", "signed", "Refs")


def get(field: object, **cells: str) -> tuple[str, list[Note]]:
    """What a field of a mapping makes of cells."""
    mapping = mapping_from({"fields": {"title": next(iter(cells)), "note": field}})
    reader = next(r for r in readers_for(mapping, TARGETS, tuple(cells)) if r.target.name == "note")
    notes: list[Note] = []
    return reader.get(list(cells.values()), notes), notes


def test_a_column_a_list_of_columns_and_a_constant() -> None:
    assert get("a", a="x")[0] == "x"
    assert get(["a", "b"], a=" ", b="y")[0] == "y"
    assert get({"value": "public"}, a="x")[0] == "public"
    assert get({"from": "a", "prefix": "uk:"}, a="7")[0] == "uk:7"
    assert get({"from": "a", "prefix": "uk:"}, a="")[0] == ""


def test_values_by_table_beginning_and_otherwise() -> None:
    table = {
        "from": "a",
        "values": {"TRADE": "trade", "BOTH": ["trade", "culture"]},
        "begins": {"Exchange of": "notes"},
    }
    assert get(table, a="trade")[0] == "trade"
    assert get(table, a="both")[0] == "trade,culture"
    assert get(table, a="Exchange of Notes on x")[0] == "notes"
    with pytest.raises(ValueFault, match=r"no value for .SLAVERY."):
        get(table, a="SLAVERY")
    assert get({**table, "otherwise": ""}, a="SLAVERY")[0] == ""
    assert get({**table, "unlisted": "keep"}, a="SLAVERY")[0] == "SLAVERY"
    text, notes = get({**table, "unlisted": "leave_out"}, a="SLAVERY")
    assert (text, notes[0].code, notes[0].value) == ("", "unlisted", "SLAVERY")


def test_parts_lines_markup_and_odd_values() -> None:
    part = {"from": "a", "part": {"separator": ";", "begins": "UN Registration ", "until": "/"}}
    assert get(part, a="PRO 1/0: 0;UN Registration 5535/0: 0")[0] == "UN Registration 5535"
    assert get(part, a="PRO 1/0: 0")[0] == ""
    lines = {"lines": [{"label": "Subject", "column": "a"}, {"label": "Refs", "column": "b"}]}
    assert get(lines, a="TRADE", b="")[0] == "Subject: TRADE"
    assert get({"from": "a", "plain": True}, a="le 1<sup>er</sup> mai \uf0a8 <b>")[0] == "le 1er mai  "
    text, notes = get({"from": "a", "odd": ["liaison"]}, a="liaison")
    assert (text, [n.code for n in notes]) == ("liaison", ["odd"])


def test_a_mapping_is_read_from_toml_and_json(tmp_path: Path) -> None:
    (tmp_path / "m.toml").write_text('kind = "agreements"\n[fields]\ntitle = "Name"\nsigned_on = ["a", "b"]\n')
    (tmp_path / "m.json").write_text('{"kind": "agreements", "fields": {"title": {"from": "Name"}}}')
    assert read_mapping(tmp_path / "m.toml").fields["signed_on"].columns == ["a", "b"]
    assert read_mapping(tmp_path / "m.json").fields["title"].columns == ["Name"]
    stored = read_mapping(tmp_path / "m.toml").stored()
    assert mapping_from(stored) == read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("kind = ", "not understood"),
        ("fields = 3", "faulty at fields"),
        ('[fields.title]\nfrom = "a"\nregex = "x"', "faulty at fields.title.regex"),
        ('existing = "delete"', "faulty at existing"),
    ],
)
def test_a_faulty_mapping_says_where(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "m.toml").write_text(content)
    with pytest.raises(MappingFault, match=words):
        read_mapping(tmp_path / "m.toml")
    with pytest.raises(MappingFault, match="cannot be opened"):
        read_mapping(tmp_path / "absent.toml")


def test_the_header_recognises_the_most_special_mapping() -> None:
    wide = ImportMapping(name="wide", signature=["a"])
    narrow = ImportMapping(name="narrow", signature=["a", "b"])
    assert recognised([wide, narrow], ["a", "b", "c"]) is narrow
    assert recognised([wide, narrow], ["a", "c"]) is wide
    assert recognised([wide, narrow, ImportMapping()], ["c"]) is None


def test_columns_named_like_fields_are_taken_in_any_language() -> None:
    assert guessed(TARGETS, ["TITLE", "Signed", "titles.fr", "else"]).fields.keys() == {
        "title",
        "signed_on",
        "titles.fr",
    }


def test_what_a_mapping_needs_must_be_there() -> None:
    with pytest.raises(MappingFault, match=r"no field .tittle."):
        readers_for(mapping_from({"fields": {"tittle": "Name"}}), TARGETS, HEADER)
    with pytest.raises(MappingFault, match=r"no column .Title."):
        readers_for(mapping_from({"fields": {"title": "Title"}}), TARGETS, HEADER)
    with pytest.raises(MappingFault, match=r"fills .Title. .title., which is required"):
        readers_for(mapping_from({"fields": {"signed_on": "signed"}}), TARGETS, HEADER)


# ---------------------------------------------------------------------------------------------------------------- report


def test_a_report_counts_everything_and_keeps_the_first_of_each_kind() -> None:
    report = Report(kept=40)
    for row in range(2, 502):
        report.error(row, "title", "=cmd|' /C calc'!A0", "Too long", "value")
        report.error(row, "kind", "x", "Unknown", "value")
    report.warn(600, "kind", "odd", "Odd", "odd")
    counts = report.as_counts()
    assert (counts["refused"], counts["errors"]["value"], counts["warnings"]["odd"]) == (500, 1000, 1)
    assert len(report.problems) == 11
    rows = list(csv.reader(io.StringIO(b"".join(report.content()).decode("utf-8-sig"))))
    assert len(rows) == 1002
    # A spreadsheet must not take a value of the file for a formula.
    assert rows[1][2].startswith("'=cmd")
    report.close()
