"""CSV: the separator is found in the header; rows are numbered as records, so a quoted line break does not shift them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from .tables import FileFault, Row, RowFault, Table

SEPARATORS: Final = (",", ";", "\t", "|")
# A quotation mark that is never closed would swallow the rest of the file; no field of ours is near this long.
LONGEST_CELL: Final = 1 << 20


def csv_table(text: io.TextIOWrapper) -> Table:
    """The table of a CSV file. Raises FileFault when its header cannot be read."""
    csv.field_size_limit(LONGEST_CELL)
    start = text.readline(LONGEST_CELL)
    separator = _separator(start)
    text.seek(0)
    reader = csv.reader(text, delimiter=separator, strict=True)
    header: list[str] = []
    number = 0
    try:
        for header in reader:
            number += 1
            if any(cell.strip() for cell in header):
                break
    except csv.Error as error:
        raise FileFault(_("The header cannot be read: %(reason)s.") % {"reason": _words(error)}) from error
    return Table(tuple(header), _rows(reader, len(header), number), "CSV", {"separator": separator})


def _separator(start: str) -> str:
    """The separator that stands most often in the header outside quotation marks."""
    outside = "".join(part for place, part in enumerate(start.split('"')) if place % 2 == 0)
    return max(SEPARATORS, key=lambda s: (outside.count(s), -SEPARATORS.index(s)))


def _rows(reader: Iterator[list[str]], width: int, number: int) -> Iterator[Row | RowFault]:
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowFault(number, _("The row cannot be read: %(reason)s.") % {"reason": _words(error)})
            continue
        if len(cells) == width:
            yield Row(number, cells)
        elif not any(cells):
            continue
        elif len(cells) > width and not any(cells[width:]):
            yield Row(number, cells[:width])
        else:
            yield RowFault(
                number,
                _("The row has %(cells)d values, the header names %(columns)d columns.")
                % {"cells": len(cells), "columns": width},
            )


def _words(error: csv.Error) -> str:
    text = str(error)
    if "field larger" in text:
        return _("a value is longer than a million characters, probably a quotation mark is not closed")
    if "end of data" in text:
        return _("a quotation mark is not closed")
    return _("quotation marks do not match")
