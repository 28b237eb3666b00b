"""Measures the term engine: columns, statuses and spans of a million invented agreements, against plain Python.

Run: PYTHONPATH=src .venv/bin/python benchmarks/terms.py [ROWS]

The peer is the plain function of the tests (`test_terms_peer.plain_status`): the same definitions for one agreement at
a time in standard Python. Ratios are of one run on one machine; nothing is asserted but that both agree.
"""

from __future__ import annotations

import platform
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from foedera.agreements.terms import FACT_NAMES, TermColumns, TermFacts, evaluate, spans
from foedera.agreements.tests.test_terms_peer import plain_status

Result = TypeVar("Result")
AS_OF = date(2026, 1, 1)
SAMPLE = 20_000
SPANS = 100_000
RULES = ("signature", "signature", "last_notification", "after_signature", "ratification", "fixed_date", "")


def invented(generator: random.Random, *, exact: bool) -> TermFacts:
    """Return the facts of an invented agreement, in the proportions of a foreign ministry's register."""
    signed = date(1950, 1, 1) + timedelta(days=generator.randrange(76 * 365))
    chance = generator.random
    coarse = not exact and chance() < 0.15
    indefinite = chance() < 0.3
    tacit = None if chance() < 0.1 else chance() < 0.6
    later = signed + timedelta(days=generator.randrange(1, 900))
    ended = later + timedelta(days=generator.randrange(400, 9000))
    return TermFacts(
        signed_on=signed.isoformat()[: generator.choice((4, 7))] if coarse else signed.isoformat(),
        in_force_rule=generator.choice(RULES),
        in_force_delay_days=30 if chance() < 0.2 else None,
        in_force_from=later.isoformat() if chance() < 0.4 else "",
        last_notification_on=later.isoformat() if chance() < 0.6 else "",
        ratified_on=later.isoformat() if chance() < 0.6 else "",
        term_months=None if indefinite or chance() < 0.1 else generator.choice((12, 24, 36, 60, 60, 60, 120)),
        indefinite=indefinite,
        tacit_renewal=tacit,
        renewal_months=generator.choice((12, 36, 60)) if tacit else None,
        renewal_limit=generator.choice((1, 2, 5)) if chance() < 0.15 else None,
        nonrenewal_months=6 if tacit else None,
        notice_months=6,
        objected_on=ended if chance() < 0.03 else None,
        denounced_on=ended if chance() < 0.03 else None,
        terminated_on=ended.isoformat() if chance() < 0.08 else "",
        superseded_on=ended if chance() < 0.03 else None,
        suspensions=((ended, ended + timedelta(days=365)),) if chance() < 0.01 else (),
    )


@dataclass
class Clock:
    """Prints one line for each piece of work: seconds on the wall and of the processor, and rows per second."""

    last: float = 0.0

    def measure(self, words: str, rows: int, work: Callable[[], Result], note: str = "") -> Result:
        """Do the work, print its line, keep its processor seconds in `last`, and return its result."""
        wall, processor = time.perf_counter(), time.process_time()
        result = work()
        wall, self.last = time.perf_counter() - wall, time.process_time() - processor
        print(f"{words:28}{wall:8.3f} s{self.last:10.3f} s{rows / wall:15,.0f} rows/s  {note}")
        return result


def main(size: int) -> None:
    """Measure and print."""
    generator = random.Random(2026)
    print(
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}; {size:,} rows as of {AS_OF}"
    )
    print(f"{'':28}{'wall':>10}{'processor':>12}")
    kinds = [invented(generator, exact=False) for _ in range(min(size, 50_000))]
    as_tuples = [tuple(getattr(each, name) for name in FACT_NAMES) for each in kinds]
    rows = [as_tuples[number % len(as_tuples)] for number in range(size)]
    generator.shuffle(rows)
    clock = Clock()

    columns = clock.measure("columns from tuples", size, lambda: TermColumns.from_rows(rows))
    building = clock.last
    coarse = int(columns.coarse().sum())
    found = clock.measure(
        "status and all days", size, lambda: evaluate(columns, AS_OF), f"{coarse:,} with coarse dates"
    )
    evaluating = clock.last
    print("    " + ", ".join(f"{status.slug} {number:,}" for status, number in found.counts().items()))

    some = columns.part(0, min(size, SPANS))
    stored = clock.measure(f"spans of {len(some):,}", len(some), lambda: spans(some))
    if size > SPANS:
        clock.measure(f"spans of {size:,}", size, lambda: spans(columns))
    status = clock.measure("status from spans", len(some), lambda: stored.on(AS_OF))
    print(f"    {len(stored.starts) / len(stored):.1f} spans a row")
    if status.tolist() != found.status[: len(some)].tolist():
        raise SystemExit("spans and evaluation differ")

    sample = [invented(generator, exact=True) for _ in range(SAMPLE)]
    expected = clock.measure(
        "plain Python, status only", SAMPLE, lambda: [plain_status(each, AS_OF) for each in sample]
    )
    plain = clock.last / SAMPLE * size
    if evaluate(TermColumns.from_facts(sample), AS_OF).status.tolist() != expected:
        raise SystemExit("the engine and plain Python differ")
    print(f"ratios of processor time for {size:,} rows: plain Python (status only) takes")
    print(f"    {plain / evaluating:.1f} times as long as the engine (status, terms, notice days, warnings),")
    print(f"    {plain / (building + evaluating):.1f} times as long as building the columns and the engine together")


if __name__ == "__main__":
    main(int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else 1_000_000)
