"""Files as people send them: encodings, separators, damage. All content is synthetic."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from foedera.platform.lists.importing.reading import FileFault, Row, RowFault, open_table
from foedera.platform.lists.importing.reading.encodings import EncodingFault, detect

RUSSIAN = (
    "номер,название\n"
    "1,Соглашение о торгово-экономическом сотрудничестве\n"
    "2,Протокол о намерениях между областью и провинцией\n"
    "3,Программа совместных действий в области культуры\n"
)
FRENCH = "numéro,titre\n1,Accord de coopération économique générale\n2,Échange de lettres à caractère privé\n"


def file(folder: Path, content: bytes | str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **options: str) -> tuple[tuple[str, ...], list[Row | RowFault]]:
    with open_table(path, **options) as table:
        return table.columns, list(table.rows)


# ------------------------------------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1251", "koi8-r", "cp866", "iso-8859-5"],
)
def test_russian_is_read_in_every_encoding_it_is_written_in(tmp_path: Path, encoding: str) -> None:
    columns, rows = read(file(tmp_path, RUSSIAN.encode(encoding)))
    assert columns == ("номер", "название")
    assert [r.cells[1] for r in rows if isinstance(r, Row)] == [
        "Соглашение о торгово-экономическом сотрудничестве",
        "Протокол о намерениях между областью и провинцией",
        "Программа совместных действий в области культуры",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "iso-8859-1", "utf-16"])
def test_french_is_read_in_the_encodings_of_the_west(tmp_path: Path, encoding: str) -> None:
    columns, rows = read(file(tmp_path, FRENCH.encode(encoding)))
    assert columns == ("numéro", "titre")
    assert isinstance(rows[1], Row)
    assert rows[1].cells[1] == "Échange de lettres à caractère privé"


def test_a_damaged_utf_8_file_is_refused_and_the_place_named(tmp_path: Path) -> None:
    damaged = RUSSIAN.encode()[:120] + b"\xff" + RUSSIAN.encode()[120:]
    with pytest.raises(FileFault, match="damaged at byte 121"):
        read(file(tmp_path, damaged))


def test_a_file_cut_off_in_the_middle_of_a_letter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="cut off"):
        read(file(tmp_path, RUSSIAN.encode()[:-2]))


def test_noise_has_no_encoding() -> None:
    chance = random.Random(5)  # noqa: S311 - noise for a test
    noise = bytes(chance.randrange(128, 256) for _n in range(4000))
    with pytest.raises(EncodingFault, match="cannot be told"):
        detect(io.BytesIO(b"a,b\n" + noise))


def test_a_named_encoding_prevails_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    path = file(tmp_path, FRENCH.encode("cp1252"))
    assert read(path, encoding="cp1252")[0] == ("numéro", "titre")
    with pytest.raises(FileFault, match="not in the encoding utf-8"):
        read(path, encoding="utf-8")
    with pytest.raises(FileFault, match="no encoding named"):
        read(path, encoding="klingon")


# ------------------------------------------------------------------------------------------------------------------ CSV


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    text = separator.join(["a", '"b, or ; or |"', "c"]) + "\n" + separator.join(["1", "2", "3"]) + "\n"
    columns, rows = read(file(tmp_path, text))
    assert columns == ("a", "b, or ; or |", "c")
    assert rows == [Row(2, ["1", "2", "3"])]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    _columns, rows = read(file(tmp_path, 'a,b\n1,"two\nlines"\n\n3,4\n'))
    assert rows == [Row(2, ["1", "two\nlines"]), Row(4, ["3", "4"])]


def test_ragged_rows_are_told_one_by_one(tmp_path: Path) -> None:
    _columns, rows = read(file(tmp_path, "a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n"))
    assert [type(r) for r in rows] == [RowFault, Row, RowFault, Row]
    assert rows[0] == RowFault(2, "The row has 2 values, the header names 3 columns.")


def test_a_quotation_mark_that_is_not_closed_is_told(tmp_path: Path) -> None:
    _columns, rows = read(file(tmp_path, 'a,b\n1,2\n3,"open\n5,6\n'))
    assert rows[0] == Row(2, ["1", "2"])
    assert isinstance(rows[1], RowFault)
    assert "not closed" in rows[1].reason
    _columns, rows = read(file(tmp_path, 'a,b\n3,"open' + "x" * (1 << 21) + "\n5,6\n"))
    assert any(isinstance(r, RowFault) and "million characters" in r.reason for r in rows)


def test_quotation_marks_that_do_not_match_cost_one_row(tmp_path: Path) -> None:
    _columns, rows = read(file(tmp_path, 'a,b\n"x"y,2\n3,4\n'))
    assert [type(r) for r in rows] == [RowFault, Row]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n\n", "no header"),
        (b"a,b,a\n1,2,3\n", r"names the column .a. twice"),
        (b"%PDF-1.7\n...", "no table"),
        (b"\xd0\xcf\x11\xe0old office", "no table"),
        (b"PK\x03\x04 not a workbook", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_plain_words(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(FileFault, match=words):
        read(file(tmp_path, content))


def test_zero_bytes_stay_in_their_cell(tmp_path: Path) -> None:
    _columns, rows = read(
        file(tmp_path, b"key,title\n1,one\x00two\n2,three and some more words to make it long enough\n")
    )
    assert rows[0] == Row(2, ["1", "one\x00two"])


# ----------------------------------------------------------------------------------------------------------------- gzip


def test_gzip_of_each_kind_is_read(tmp_path: Path) -> None:
    plain = file(tmp_path, gzip.compress(b"a,b\n1,2\n"), "t.csv.gz")
    lines = file(tmp_path, gzip.compress(b'{"a": 1, "b": "2"}\n'), "t.jsonl.gz")
    book = file(tmp_path, gzip.compress(workbook([["a", "b"], [1, "2"]])), "t.xlsx.gz")
    for path in (plain, lines, book):
        columns, rows = read(path)
        assert columns == ("a", "b")
        assert [r.cells for r in rows if isinstance(r, Row)] == [["1", "2"]]


def test_a_truncated_gzip_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(RUSSIAN.encode() * 2000)
    with pytest.raises(FileFault, match="damaged"):
        read(file(tmp_path, whole[: len(whole) // 2], "t.csv.gz"))


def test_a_bomb_is_refused(tmp_path: Path, settings: object) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 1 << 20  # type: ignore[attr-defined]  # the fixture of pytest-django
    with pytest.raises(FileFault, match="unpacks to more"):
        read(file(tmp_path, gzip.compress(b"a,b\n" + b"0,0\n" * (1 << 20)), "t.csv.gz"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * (2 << 20))
    with pytest.raises(FileFault, match="unpacks to more"):
        read(file(tmp_path, packed.getvalue(), "t.xlsx"))


def test_a_file_packed_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileFault, match="twice"):
        read(file(tmp_path, gzip.compress(gzip.compress(b"a,b\n1,2\n"))))


# ------------------------------------------------------------------------------------------------------------------ XLSX


def workbook(rows: list[list[object]], *, first_row: int = 0, name: str = "Sheet1") -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for line, row in enumerate(rows, start=first_row):
            for place, value in enumerate(row):
                if isinstance(value, str) and value.startswith("="):
                    sheet.write_formula(line, place, value, None, 4)
                elif hasattr(value, "isoformat"):
                    sheet.write_datetime(line, place, value, day)
                else:
                    sheet.write(line, place, value)
        book.add_worksheet("Second").write(0, 0, "x")
    return target.getvalue()


def test_cells_of_a_workbook_become_what_a_person_would_have_typed(tmp_path: Path) -> None:
    import datetime

    content = workbook([["n", "day", "half", "sum"], [7, datetime.date(1954, 3, 17), 0.5, "=2+2"]], first_row=2)
    columns, rows = read(file(tmp_path, content, "t.xlsx"))
    assert columns == ("n", "day", "half", "sum")
    # The stored result of a formula is read; nothing is computed.
    assert rows == [Row(4, ["7", "1954-03-17", "0.5", "4"])]


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    path = file(tmp_path, workbook([["a"], ["1"]]), "t.xlsx")
    assert read(path, sheet="Second")[0] == ("x",)
    with pytest.raises(FileFault, match="no sheet named"):
        read(path, sheet="Third")


# ----------------------------------------------------------------------------------------------------------- JSON Lines


def test_json_lines_may_have_different_keys(tmp_path: Path) -> None:
    text = '{"a": 1, "b": null}\n\n{"c": ["x", "y"], "a": true}\nnot json\n{"a": {"deep": 1}}\n'
    columns, rows = read(file(tmp_path, text, "t.jsonl"))
    assert columns == ("a", "b", "c")
    assert rows[0] == Row(1, ["1", "", ""])
    assert rows[1] == Row(3, ["true", "", "x ; y"])
    assert [r.reason for r in rows if isinstance(r, RowFault)] == [
        "The line is not a JSON object.",
        "“a” holds an object; texts, numbers and lists are taken.",
    ]


# ------------------------------------------------------------------------------------------------------------- anything


@effort(deadline=None)
@given(st.binary(max_size=400))
def test_no_content_makes_the_reader_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(content)
    with suppress(FileFault):
        read(path)
