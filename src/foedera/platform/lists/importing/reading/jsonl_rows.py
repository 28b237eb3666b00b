"""JSON Lines: one object per line; the columns are the keys of all lines, in the order in which they first appear."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import orjson
from django.utils.translation import gettext as _

from .tables import MOST_COLUMNS, FileFault, Row, RowFault, Table, as_text


def jsonl_table(text: io.TextIOWrapper) -> Table:
    """The table of a JSON Lines file; it is gone through twice, for later lines may have keys that the first lacks.

    Raises FileFault when no line is an object.
    """
    columns: dict[str, None] = {}
    for line in text:
        record = _record(line)
        if record is not None:
            columns.update(dict.fromkeys(record))
            if len(columns) > MOST_COLUMNS:
                raise FileFault(_("The file has more than %(most)d columns.") % {"most": MOST_COLUMNS})
    if not columns:
        raise FileFault(_("No line of the file is a JSON object."))
    text.seek(0)
    return Table(tuple(columns), _rows(text, tuple(columns)), "JSON Lines")


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line.lstrip("\ufeff"))
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) else None


def _rows(text: io.TextIOWrapper, columns: tuple[str, ...]) -> Iterator[Row | RowFault]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        record = _record(line)
        if record is None:
            yield RowFault(number, _("The line is not a JSON object."))
            continue
        faulty = next((k for k, v in record.items() if isinstance(v, dict)), None)
        if faulty is not None:
            yield RowFault(
                number, _("“%(name)s” holds an object; texts, numbers and lists are taken.") % {"name": faulty}
            )
            continue
        yield Row(number, [as_text(record.get(name)) for name in columns])
