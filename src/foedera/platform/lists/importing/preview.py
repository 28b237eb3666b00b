"""The first rows of a file, for choosing its columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from .reading import Row, open_table

ROWS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """The header and the first rows of a file, and how it was understood."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    details: dict[str, str]


def sample_of(path: Path, *, encoding: str = "", sheet: str = "") -> Sample:
    """The first rows of a file that can be read. Raises FileFault."""
    with open_table(path, encoding=encoding, sheet=sheet) as table:
        rows = tuple(r for r in islice(table.rows, ROWS) if isinstance(r, Row))
        return Sample(table.columns, rows, dict(table.details))
