"""A file as a table: opened by its content, read row by row, with numbers as a spreadsheet program shows them."""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, cast

from django.utils.translation import gettext as _

from foedera.platform.actions.errors import Invalid
from foedera.platform.documents.storing import check_unpacked_size

from .encodings import EncodingFault, detect

GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
MOST_COLUMNS: Final = 1000


class FileFault(ValueError):
    """The file as a whole cannot be imported; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that cannot be read as a row of the table; the words say why."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its number (the header is row 1; in JSON Lines the line) and its cells as texts, one for each column."""

    number: int
    cells: list[str]


@dataclass(slots=True)
class Table:
    """An open file: `columns` are the names in the header as they stand there; `rows` can be gone through once.

    `streamed` is false where the library holds the whole sheet (XLSX). `details` say how the file was understood.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row | RowFault]
    format: str
    details: dict[str, str] = field(default_factory=dict)
    streamed: bool = True


@contextmanager
def open_table(path: Path, *, encoding: str = "", sheet: str = "") -> Iterator[Table]:
    """Open a CSV, XLSX or JSON Lines file, or a gzip of one, whatever its name says.

    `encoding` and `sheet` prevail over what is detected (the first sheet). Raises FileFault when it is empty, damaged,
    unpacks to too much, is of another kind, or has a header that cannot be used; and, while rows are read, when it is cut
    off or its encoding turns out to be wrong.
    """
    from .csv_rows import csv_table
    from .jsonl_rows import jsonl_table
    from .xlsx_rows import xlsx_table

    try:
        if path.stat().st_size == 0:
            raise FileFault(_("The file is empty."))
        _check_size(path)
        with _unpacked(path) as source:
            head = source.read(8)
            source.seek(0)
            if not head:
                raise FileFault(_("The file is empty."))
            if head.startswith(GZIP):
                raise FileFault(_("The file is packed twice. Unpack it once."))
            if head.startswith(ZIP):
                yield _checked(xlsx_table(source, path if not _is_gzip(path) else None, sheet))
                return
            if head.startswith((b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff")):
                raise FileFault(_("The file is no table: CSV, XLSX and JSON Lines are taken, also packed with gzip."))
            name = encoding or detect(source)
            source.seek(0)
            try:
                text = io.TextIOWrapper(source, encoding=name, errors="strict", newline="")
            except LookupError:
                raise FileFault(_("There is no encoding named “%(name)s”.") % {"name": name}) from None
            made = jsonl_table if _looks_like_jsonl(text) else csv_table
            text.seek(0)
            table = made(text)
            table.details["encoding"] = name
            try:
                yield _checked(table)
            finally:
                text.detach()
    except EncodingFault as error:
        raise FileFault(str(error)) from error
    except UnicodeError as error:
        raise FileFault(_("The file is not in the encoding %(name)s.") % {"name": encoding or "UTF-8"}) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFault(_("The compressed file is damaged or cut off.")) from error


def _check_size(path: Path) -> None:
    try:
        check_unpacked_size(path)
    except Invalid as error:
        raise FileFault(str(error.problems[0].message)) from error


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as source:
        return source.read(2) == GZIP


@contextmanager
def _unpacked(path: Path) -> Iterator[IO[bytes]]:
    if _is_gzip(path):
        with gzip.open(path) as source:
            yield cast(IO[bytes], source)
    else:
        with path.open("rb") as plain:
            yield plain


def _looks_like_jsonl(text: io.TextIOWrapper) -> bool:
    for _line in range(20):
        start = text.readline(4096).lstrip("\ufeff").strip()
        if start:
            return start.startswith("{")
    return False


def _checked(table: Table) -> Table:
    """Refuse a header that cannot be used. Columns without a name are kept, empty, and cannot be mapped."""
    columns = tuple(" ".join(c.split()) for c in table.columns)
    if not any(columns):
        raise FileFault(_("The file has no header: its first row must name the columns."))
    if len(columns) > MOST_COLUMNS:
        raise FileFault(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise FileFault(_("The header names the column “%(name)s” twice.") % {"name": twice[0]})
    if any("\x00" in name for name in columns):
        raise FileFault(_("The header holds a character that cannot be stored; the file is damaged."))
    table.columns = columns
    return table


def as_text(value: Any) -> str:
    """A cell of a spreadsheet or a JSON value as the text that a person would have typed."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, int):
        return str(value)
    if hasattr(value, "isoformat"):
        text = str(value.isoformat())
        return text.removesuffix("T00:00:00")
    if isinstance(value, list):
        return " ; ".join(as_text(v) for v in value)
    return str(value)
