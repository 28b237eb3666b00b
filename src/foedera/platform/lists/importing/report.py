"""What came of every row: counts, remarks by kind, the first problems kept with the run, the whole report as a file."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from typing import IO, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.lists.exporting import harmless

KEPT: Final = 200
IN_MEMORY: Final = 1 << 20
# The counts of a report in the order in which they are shown.
COUNTS: Final[dict[str, str | Promise]] = {
    "read": gettext_lazy("Rows read"),
    "created": gettext_lazy("Created"),
    "changed": gettext_lazy("Changed"),
    "unchanged": gettext_lazy("Unchanged"),
    "folded": gettext_lazy("Folded into another row"),
    "refused": gettext_lazy("Refused"),
}
_labels: dict[str, str | Promise] = {
    "value": gettext_lazy("Values not accepted"),
    "row": gettext_lazy("Rows that cannot be read"),
    "repeated": gettext_lazy("The same key twice in the file"),
    "rights": gettext_lazy("Outside your territory"),
    "constraint": gettext_lazy("Facts that contradict each other"),
    "reference": gettext_lazy("References not found"),
    "odd": gettext_lazy("Odd values taken"),
    "unlisted": gettext_lazy("Values that the mapping does not know"),
}


def name_problems(labels: dict[str, str | Promise]) -> None:
    """Give kinds of problems and remarks their labels; an adapter calls this for its own."""
    _labels.update(labels)


def label_of_problem(code: str) -> str:
    """The label of a kind of problem; the code itself for one that nobody named."""
    return str(_labels.get(code, code))


class Report:
    """Counts and problems of one run. An error refuses its row, a warning does not.

    Only the first problems of each kind are held; all of them are written to a file, which is temporary and, while small, in memory.
    """

    def __init__(self, *, kept: int = KEPT) -> None:
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.warnings: Counter[str] = Counter()
        self.extra: Counter[str] = Counter()
        self.problems: list[dict[str, Any]] = []
        self._kept = kept
        self._refused: set[int] = set()
        # Reading and writing report at the same time.
        self._lock = threading.Lock()
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed below
        # Closed with the report, also where nobody closes it because an import was refused.
        weakref.finalize(self, self._file.close)
        self._file.write(codecs.BOM_UTF8)
        self._write([_("Row"), _("Column"), _("Value"), _("Problem or remark"), _("Kind"), _("Taken or refused")])

    def error(self, row: int, column: str, value: str, reason: str, code: str = "value") -> None:
        """The row is refused for this reason."""
        with self._lock:
            self.errors[code] += 1
            if row not in self._refused:
                self._refused.add(row)
                self.counts["refused"] += 1
            self._keep(row, column, value, reason, code, "error")

    def warn(self, row: int, column: str, value: str, reason: str, code: str) -> None:
        """The row is taken, but somebody should look."""
        with self._lock:
            self.warnings[code] += 1
            self._keep(row, column, value, reason, code, "warning")

    def fold(self, count: int = 1) -> None:
        """So many rows said again what another row says."""
        self.counts["folded"] += count

    def _keep(self, row: int, column: str, value: str, reason: str, code: str, level: str) -> None:
        shown = value.replace("\x00", "\ufffd")[:200]
        of_kind = self.errors[code] if level == "error" else self.warnings[code]
        if of_kind <= self._kept // 4 and len(self.problems) < self._kept * 4:
            self.problems.append(
                {"row": row, "column": column, "value": shown, "reason": str(reason), "code": code, "level": level}
            )
        taken = _("refused") if level == "error" else _("taken")
        self._write(
            [row or "", harmless(column), harmless(shown), harmless(str(reason)), label_of_problem(code), taken]
        )

    def _write(self, cells: list[Any]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(cells)
        self._file.write(line.getvalue().encode())

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        return self.counts["refused"]

    def as_counts(self) -> dict[str, Any]:
        """The counts in the form in which a run keeps them."""
        return {
            **{name: self.counts[name] for name in COUNTS},
            "errors": dict(self.errors),
            "warnings": dict(self.warnings),
            "also": dict(self.extra),
        }

    def content(self) -> Iterator[bytes]:
        """The whole report as CSV (UTF-8 with a byte order mark), in portions."""
        self._file.seek(0)
        while portion := self._file.read(1 << 16):
            yield portion

    def close(self) -> None:
        """Give back the temporary file."""
        self._file.close()
