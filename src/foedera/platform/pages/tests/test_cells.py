"""Cells and rows as markup."""

import pytest
from django.utils.safestring import mark_safe
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.pages.cells import cell_markup, chip_markup, row_markup
from foedera.platform.pages.shapes import Cell, Chip, Column, Row


@given(st.text(max_size=60))
def test_no_text_escapes_into_markup(text: str) -> None:
    hostile = f"<img src=x onerror=alert(1)>{text}\"'"
    with override("en"):
        chip = Chip(hostile, "red", hostile)
        row = Row(
            (
                Cell(hostile, href=hostile, hint=hostile, note=hostile, lang=hostile, chip=chip),
                Cell(kind="code", text=hostile, chips=(chip,)),
            ),
            url=hostile,
            number=hostile,
            key=hostile,
        )
        columns = (Column("a", hostile), Column("b", hostile))
        assert "<img" not in row_markup(row, columns, selectable=True, form="bulk")
        assert '"<' not in row_markup(row, columns, selectable=True, form="bulk")


def test_text_marked_as_safe_stays() -> None:
    assert cell_markup(Cell(mark_safe("<mark>x</mark>"))) == "<mark>x</mark>"


def test_an_empty_cell_says_so_to_those_who_listen() -> None:
    with override("en"):
        assert "none" in cell_markup(Cell())


def test_a_cell_has_the_language_and_direction_of_its_text() -> None:
    assert cell_markup(Cell("اتفاق", lang="ar", direction="rtl")) == '<span lang="ar" dir="rtl">اتفاق</span>'


def test_the_first_cell_leads_to_the_record_and_heads_the_row() -> None:
    with override("en"):
        markup = row_markup(
            Row((Cell("A-1"), Cell(number=1200, unit="km")), url="/a/1", number="A-1", key="7"),
            (Column("number", "Number"), Column("length", "Length", numeric=True)),
            selectable=True,
            form="bulk",
        )
    assert '<th scope="row" role="rowheader" data-label="Number"><a href="/a/1">A-1</a></th>' in markup
    assert 'aria-label="Select A-1"' in markup
    assert 'class="number"' in markup
    assert '1,200 <span class="unit">km</span>' in markup


def test_a_row_with_too_few_cells_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        row_markup(Row((Cell("a"),)), (Column("a", "A"), Column("b", "B")), selectable=False)


def test_a_chip_says_in_words_what_its_colour_says() -> None:
    assert chip_markup(Chip("expired", "red")) == '<span class="chip chip-red">expired</span>'
