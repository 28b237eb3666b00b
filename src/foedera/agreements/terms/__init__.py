"""The term engine: what is in force on a day, until when, and until when one may object. Pure; no database, no clock.

One implementation on numpy arrays serves one agreement (`evaluate_one`, with the calculation in words) and a million
(`evaluate`, `spans`).

**Days.** Civil dates of the register's keeper, in the proleptic Gregorian calendar, years 1 to 9999. No time of day,
no time zone and no clock of the machine takes part. A day of an end is the last day in force: the status changes when
that day is over. Months are counted as `terms.months` says: a term that begins on D ends on the day before the same
day m months later; every renewal's end is computed from the beginning, not from the end before it; delays and notice
periods do not count their first day.

**Entry.** A recorded `in_force_from` prevails. Else the rule applies to its fact (signature, last notification,
ratification) plus the delay, months first. For `provisional_from_signature` the agreement is in force provisionally
from `provisional_from` or else the signature, and definitively from the later of the recorded notification and
ratification. A rule without its fact, or no rule, is unknown from the signature on (always, if that is not recorded),
and nothing is invented. Before the signature, and between signature and a known entry: not yet in force.

**Statuses**, the later in this list prevailing:
not yet in force; *in force*, also provisionally; *renewed*: after the first term, by tacit renewal; *expiring*: the
final end follows from the facts, no renewal will come, and it is at most `expiring_days` away; where an objection or
a notice brings that end, not before the notice took effect; *suspended* (first and last day included; the term runs
on); *unknown*; *expired*: the day after the last term, when it is not renewed, its renewals are used up or an
objection stopped them; *terminated*: the day after the last day under a notice of termination, the day another
agreement replaces it (both only if it had not expired before), and always from `terminated_on`.

**Duration.** In force needs a term, `indefinite`, or a known end (a denunciation, a termination, a supersession);
otherwise unknown, `duration_not_recorded`. A term_end prevails over term_months. After the first term: with
`tacit_renewal` false it has expired; null, unknown, unless an objection was in time; true, renewed by
`renewal_months`, later by `later_renewal_months`, at most `renewal_limit` times (null: without limit), or for an
indefinite time if `renewal_indefinite`; without a length, unknown. If it is recorded as indefinite and with a term, or
never renewing and renewing indefinitely, it is unknown after the first term.

**Notices.** An objection takes effect on `objected_on`. It is in time for the end X of a term if it is not after X less
the days and then the months of the non-renewal period; a later one stops the renewal after that. Without a recorded
period it is in time until X. A notice of termination that takes effect on D ends the agreement with the day D plus its
period; with `denunciation_at_term_end`, with the end of the term in which that day lies. `notice_deadline` is the last
day on which an objection can take effect before the next renewal; `last_safe_day`, the last on which it can be sent:
the same day if notices count from dispatch, else (receipt, or not recorded) `transmission_days` earlier. Where only a
notice to end with a term is provided, its period is used instead.

**Coarse dates.** A partial date stands for all its days. A status is given if it is the same whichever day is true,
otherwise it is unknown, `date_too_coarse`; the same holds for each day and number of the result.

**Contradictions** are warnings, never errors. Refused (ValueError) are only dates that do not exist and lengths beyond
a thousand years. A day computed beyond the year 9999 is told as "none", with a warning.
"""

from foedera.agreements.terms.codes import (
    COUNTED_FROM_LABELS,
    ENDING_LABELS,
    ENTRY_RULE_LABELS,
    IN_FORCE_STATUSES,
    REASON_LABELS,
    STATUS_LABELS,
    WARNING_LABELS,
    CountedFrom,
    Ending,
    EntryRule,
    Reason,
    Status,
    Warnings,
    describe_reason,
    describe_status,
    describe_warnings,
)
from foedera.agreements.terms.evaluation import EXPIRING_DAYS, TRANSMISSION_DAYS, Evaluation, evaluate
from foedera.agreements.terms.facts import FACT_NAMES, TermColumns, TermFacts
from foedera.agreements.terms.single import TermResult, evaluate_one
from foedera.agreements.terms.spans import SpanColumns, spans
from foedera.agreements.terms.steps import Step

__all__ = [
    "COUNTED_FROM_LABELS",
    "ENDING_LABELS",
    "ENTRY_RULE_LABELS",
    "EXPIRING_DAYS",
    "FACT_NAMES",
    "IN_FORCE_STATUSES",
    "REASON_LABELS",
    "STATUS_LABELS",
    "TRANSMISSION_DAYS",
    "WARNING_LABELS",
    "CountedFrom",
    "Ending",
    "EntryRule",
    "Evaluation",
    "Reason",
    "SpanColumns",
    "Status",
    "Step",
    "TermColumns",
    "TermFacts",
    "TermResult",
    "Warnings",
    "describe_reason",
    "describe_status",
    "describe_warnings",
    "evaluate",
    "evaluate_one",
    "spans",
]
