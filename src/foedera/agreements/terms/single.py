"""The calculation for one agreement, by the same kernel as for a million, with its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.terms.codes import Ending, Reason, Status, Warnings
from foedera.agreements.terms.evaluation import EXPIRING_DAYS, TRANSMISSION_DAYS, enclose_one, evaluate
from foedera.agreements.terms.facts import TermColumns, TermFacts
from foedera.agreements.terms.steps import Step, steps_of
from foedera.agreements.terms.trajectory import Enclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class TermResult:
    """What is so for one agreement on a date; the fields are those of Evaluation, with None for "none"."""

    as_of: date
    status: Status
    reason: Reason
    renewal_number: int | None
    current_term_start: date | None
    current_term_end: date | None
    next_renewal: date | None
    notice_deadline: date | None
    last_safe_day: date | None
    ends_on: date | None
    ending: Ending
    provisional: bool
    warnings: Warnings
    steps: tuple[Step, ...]
    # What it was made from, for whoever asks more of the same agreement.
    columns: TermColumns = field(repr=False, compare=False)
    enclosure: Enclosure = field(repr=False, compare=False)

    @property
    def sentences(self) -> list[str]:
        """The calculation in words of the active language, a sentence for each step."""
        return [step.sentence for step in self.steps]


def evaluate_one(
    facts: TermFacts,
    as_of: date,
    *,
    expiring_days: int = EXPIRING_DAYS,
    transmission_days: int = TRANSMISSION_DAYS,
) -> TermResult:
    """Return status, terms and notice days of one agreement as of a date, with the calculation in words.

    Raises as `evaluate` and `TermColumns.from_rows`.
    """
    columns = TermColumns.from_facts([facts])
    both = enclose_one(columns, expiring_days)
    found = evaluate(columns, as_of, expiring_days=expiring_days, transmission_days=transmission_days, enclosure=both)
    number = int(found.renewal_number[0])
    return TermResult(
        as_of=as_of,
        status=Status(int(found.status[0])),
        reason=Reason(int(found.reason[0])),
        renewal_number=None if number < 0 else number,
        current_term_start=_only(found.current_term_start),
        current_term_end=_only(found.current_term_end),
        next_renewal=_only(found.next_renewal),
        notice_deadline=_only(found.notice_deadline),
        last_safe_day=_only(found.last_safe_day),
        ends_on=_only(found.ends_on),
        ending=Ending(int(found.ending[0])),
        provisional=bool(found.provisional[0]),
        warnings=Warnings(int(found.warnings[0])),
        steps=tuple(steps_of(facts, both, found, as_of, transmission_days)),
        columns=columns,
        enclosure=both,
    )


def _only(days: NDArray[np.datetime64]) -> date | None:
    day: date | None = days[0].item()
    return day
