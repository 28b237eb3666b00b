"""Faulty data: each fault is named with file, line, column and reason, and all are named at once."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from foedera.countries import ProfileError, read_profile
from foedera.countries.loading import FOLDER

Change = Callable[[list[list[str]]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the profile of Brazil."""
    return Path(shutil.copytree(FOLDER / "br", tmp_path / "br"))


def change(path: Path, edit: Change) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)


def put(column: str, line: int, value: str) -> Change:
    def edit(rows: list[list[str]]) -> None:
        rows[line - 1][rows[0].index(column)] = value

    return edit


def faults(folder: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        read_profile(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_copy_is_sound(folder: Path) -> None:
    assert read_profile(folder).code == "BR"


def test_bad_toml(folder: Path) -> None:
    (folder / "profile.toml").write_text('code = "BR\n', encoding="utf-8")
    found = faults(folder)
    assert found[0].startswith("profile.toml: not TOML: ")
    assert "at line 1" in found[0]


def test_a_setting_of_the_wrong_kind_names_its_key(folder: Path) -> None:
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    changed = text.replace("expiry_warning_days = 180", 'expiry_warning_days = "soon"')
    (folder / "profile.toml").write_text(changed, encoding="utf-8")
    (found,) = faults(folder)
    assert found.startswith("profile.toml, review.expiry_warning_days: ")
    assert "'soon'" in found


def test_a_missing_file(folder: Path) -> None:
    (folder / "memberships.csv").unlink()
    assert faults(folder) == ["memberships.csv: the file is missing"]


def test_a_missing_column_and_an_unknown_one(folder: Path) -> None:
    def edit(rows: list[list[str]]) -> None:
        rows[0][rows[0].index("function")] = "task"

    change(folder / "jurisdictions.csv", edit)
    assert faults(folder) == [
        "jurisdictions.csv, line 1, function: the column is missing",
        "jurisdictions.csv, line 1, task: no such column",
    ]


@pytest.mark.parametrize("bad", ["2025-02-30", "2025-13", "12.05.2025", "soon"])
def test_a_bad_date(folder: Path, bad: str) -> None:
    change(folder / "regions.csv", put("valid_from", 3, bad))
    (found,) = faults(folder)
    assert found.startswith("regions.csv, line 3, valid_from: ")
    assert found.endswith(f"{bad!r}")


def test_an_unknown_region(folder: Path) -> None:
    change(folder / "jurisdictions.csv", put("territory", 2, "BR-ZZ"))
    assert faults(folder) == ["jurisdictions.csv, line 2, territory: 'BR-ZZ' is no known territory"]


def test_a_duplicate_code_names_the_first(folder: Path) -> None:
    change(folder / "regions.csv", put("code", 4, "BR-AC"))
    found = faults(folder)
    assert found[0] == "regions.csv, line 4, code: 'BR-AC' is there already, in regions.csv, line 2"


def test_overlapping_membership_of_one_member(folder: Path) -> None:
    def edit(rows: list[list[str]]) -> None:
        position = {name: at for at, name in enumerate(rows[0])}
        again = list(rows[1])
        again[position["valid_from"]] = "2010-01-01"
        rows.append(again)

    change(folder / "memberships.csv", edit)
    (found,) = faults(folder)
    assert found.startswith("memberships.csv, line ")
    assert found.endswith("MERCOSUR-FCCR / AR: overlaps with memberships.csv, line 2")


def test_a_membership_may_be_taken_up_on_the_day_the_last_ended(folder: Path) -> None:
    def edit(rows: list[list[str]]) -> None:
        position = {name: at for at, name in enumerate(rows[0])}
        rows[1][position["valid_until"]] = "2010-01-01"
        again = list(rows[1])
        again[position["valid_from"]], again[position["valid_until"]] = "2010-01-01", ""
        rows.append(again)

    change(folder / "memberships.csv", edit)
    assert read_profile(folder).code == "BR"


def test_an_end_before_the_beginning(folder: Path) -> None:
    change(folder / "memberships.csv", put("valid_until", 2, "1999"))
    assert faults(folder) == ["memberships.csv, line 2, valid_until: ends on 1999, before it begins on 2004-12-16"]


def test_a_contested_region_without_the_positions_of_both_sides(folder: Path) -> None:
    change(folder / "regions.csv", put("contested", 2, "yes"))
    assert faults(folder) == [
        "regions.csv, line 2, contested: contested, but positions.csv holds the position of fewer than two"
    ]


def test_a_row_with_too_few_cells(folder: Path) -> None:
    def edit(rows: list[list[str]]) -> None:
        rows[1].pop()

    change(folder / "posts.csv", edit)
    assert faults(folder)[0].startswith("posts.csv, line 2: 7 cells, but 8 columns")


def test_a_wrong_encoding(folder: Path) -> None:
    (folder / "districts.csv").write_bytes("code,kind\nBR-M-N,região\n".encode("latin-1"))
    assert faults(folder)[0].startswith("districts.csv: cannot be read as UTF-8 text")


def test_a_number_out_of_range_and_a_word_that_is_none_of_the_list(folder: Path) -> None:
    change(folder / "regions.csv", put("latitude", 2, "123"))
    change(folder / "bodies.csv", put("kind", 2, "ministery"))
    found = faults(folder)
    assert found[0].startswith("regions.csv, line 2, latitude: ")
    assert found[1].startswith("bodies.csv, line 2, kind: ")
    assert "'ministery'" in found[1]


def test_a_missing_english_name(folder: Path) -> None:
    change(folder / "bodies.csv", put("name_en", 5, ""))
    assert "bodies.csv, line 5, name_en: the English name is missing" in faults(folder)


def test_all_faults_are_named_at_once(folder: Path) -> None:
    change(folder / "regions.csv", put("valid_from", 3, "soon"))
    change(folder / "posts.csv", put("rank", 2, "boss"))
    change(folder / "jurisdictions.csv", put("function", 2, "everything"))
    files = {fault.split(",")[0] for fault in faults(folder)}
    assert files == {"regions.csv", "posts.csv", "jurisdictions.csv"}
