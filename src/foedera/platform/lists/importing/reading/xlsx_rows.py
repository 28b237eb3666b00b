"""XLSX by calamine: values only, formulas are not run (their last stored result is read).

The library unpacks and holds a whole sheet; only the turning into rows is one at a time. `check_unpacked_size` bounds it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import python_calamine
from django.utils.translation import gettext as _

from .tables import FileFault, Row, RowFault, Table, as_text


def xlsx_table(source: IO[bytes], path: Path | None, sheet: str) -> Table:
    """The table of one sheet: the named one, else the first that is not empty. Raises FileFault for anything else."""
    try:
        book = python_calamine.load_workbook(str(path) if path is not None else io.BytesIO(source.read()))
        names = book.sheet_names
        if sheet and sheet not in names:
            raise FileFault(_("There is no sheet named “%(name)s”.") % {"name": sheet})
        wanted = [sheet] if sheet else names
        found = next((s for name in wanted if (s := book.get_sheet_by_name(name)).start is not None), None)
    except (python_calamine.CalamineError, OSError) as error:
        raise FileFault(_("The workbook is damaged or is no XLSX file.")) from error
    if found is None or found.start is None:
        raise FileFault(_("The workbook is empty."))
    rows = found.iter_rows()
    number = 0
    header: tuple[str, ...] = ()
    for cells in rows:
        number += 1
        header = tuple(as_text(c).strip() for c in cells)
        if any(header):
            break
    return Table(header, _rows(rows, number), "XLSX", {"sheet": found.name}, streamed=False)


def _rows(rows: Iterator[list[Any]], number: int) -> Iterator[Row | RowFault]:
    for cells in rows:
        number += 1
        texts = [as_text(c) for c in cells]
        if any(texts):
            yield Row(number, texts)
