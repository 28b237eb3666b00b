"""Exports of what a list shows: CSV, XLSX and JSON Lines, streamed from the database."""

from __future__ import annotations

import csv
import datetime
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
import xlsxwriter

from .description import Column, Kind

FORMATS: dict[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl; charset=utf-8",
}
# Spreadsheets run what begins with these; an apostrophe before makes it text (OWASP, CSV injection).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
MOST_SHEET_ROWS = 1_048_575


def plain(column: Column, value: Any) -> Any:
    """The value of a column for a file: codes, ISO dates and numbers as they are, lists joined by " ; "."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if column.kind is Kind.NAMES:
        return " ; ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return " ; ".join(str(v) for v in value)
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return value


def harmless(value: Any) -> Any:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value


def as_csv(columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """The rows as CSV in portions: UTF-8 with a byte order mark (spreadsheets ask for it), names of columns as heads."""
    target = io.StringIO()
    writer = csv.writer(target)
    target.write("\ufeff")
    writer.writerow([c.name for c in columns])
    for position, row in enumerate(rows):
        writer.writerow([harmless(plain(c, row[c.name])) for c in columns])
        if position % 500 == 499:
            yield target.getvalue().encode()
            target.seek(0)
            target.truncate()
    yield target.getvalue().encode()


def as_jsonl(columns: Sequence[Column], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """The rows as JSON Lines."""
    for row in rows:
        yield orjson.dumps({c.name: row[c.name] for c in columns}, option=orjson.OPT_APPEND_NEWLINE)


def as_xlsx(columns: Sequence[Column], rows: Iterable[dict[str, Any]], *, title: str) -> Iterator[bytes]:
    """The rows as a workbook, made in a temporary file and then read in portions. Raises ValueError beyond a sheet's rows."""
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    os.close(handle)
    try:
        options = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        with xlsxwriter.Workbook(path, options) as book:
            sheet = book.add_worksheet("".join(c for c in title if c not in "[]:*?/\\'")[:31] or "Foedera")
            bold = book.add_format({"bold": True})
            for place, column in enumerate(columns):
                sheet.write_string(0, place, str(column.label), bold)
            for line, row in enumerate(rows, start=1):
                if line > MOST_SHEET_ROWS:
                    raise ValueError(f"a sheet holds {MOST_SHEET_ROWS} rows; export CSV instead")
                for place, column in enumerate(columns):
                    value = plain(column, row[column.name])
                    if isinstance(value, int | float):
                        sheet.write_number(line, place, value)
                    elif value != "":
                        sheet.write_string(line, place, str(value)[:32_767])
            sheet.freeze_panes(1, 0)
            sheet.autofilter(0, 0, 0, max(len(columns) - 1, 0))
        with open(path, "rb") as made:
            while portion := made.read(64 * 1024):
                yield portion
    finally:
        os.unlink(path)


def export(kind: str, columns: Sequence[Column], rows: Iterable[dict[str, Any]], *, title: str) -> Iterator[bytes]:
    """The rows in one of FORMATS. Raises KeyError for another."""
    if kind == "xlsx":
        return as_xlsx(columns, rows, title=title)
    return {"csv": as_csv, "jsonl": as_jsonl}[kind](columns, rows)
