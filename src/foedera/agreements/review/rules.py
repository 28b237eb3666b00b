"""The rules of the review: pure functions over columns of the whole register at once.

Only agreements that the register carries as concluded are looked at (`SIGNED_STATES`); those that are only prepared, and
those archived, superseded or withdrawn, need no decision here. Facts of a finding depend on what is recorded, never on how
many days have passed, so that a finding that was decided comes back only when the recorded facts changed.

**What changed materially.** A decided finding stays decided as long as its facts contain those found now (JSON
containment): the same values, and in lists (missing facts, contradictions, vanished parties) nothing that was not there
when it was decided. When it is no longer found it is closed, and found anew it is open again.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from foedera.agreements.models import SIGNED_STATES, Decision, FindingRule, State
from foedera.agreements.terms import Ending, Evaluation, Status, TermColumns, Warnings, evaluate
from foedera.agreements.terms.months import add_months
from foedera.countries.profile import ReviewSettings
from foedera.platform.records.partial_dates import bounds_of

Texts = NDArray[np.str_]
Flags = NDArray[np.bool_]
Days = NDArray[np.int64]

# Order of the desk where no day presses: what is wrong in law first, what is only untidy last.
RULE_ORDER: Final[tuple[FindingRule, ...]] = (
    FindingRule.RENEWS_SOON,
    FindingRule.EXPIRES_SOON,
    FindingRule.WITHOUT_CLEARANCE,
    FindingRule.EXPIRED_CARRIED,
    FindingRule.SUPERSEDED,
    FindingRule.FRAMEWORK_GONE,
    FindingRule.PARTY_GONE,
    FindingRule.DUPLICATE,
    FindingRule.DATE_ODDITY,
    FindingRule.DORMANT,
    FindingRule.REVIEW_DUE,
    FindingRule.MISSING_FACTS,
    FindingRule.TEXT_MISSING,
    FindingRule.NO_COORDINATOR,
)

# Warnings of the engine that tell of something missing rather than of a contradiction.
MISSING_BY_WARNING: Final[Mapping[Warnings, str]] = {
    Warnings.RENEWAL_WITHOUT_LENGTH: "renewal_length",
    Warnings.RENEWAL_WITHOUT_TERM: "duration",
    Warnings.NONRENEWAL_PERIOD_NOT_RECORDED: "nonrenewal_period",
}
CONTRADICTIONS: Final = int(~sum(MISSING_BY_WARNING) & sum(Warnings))

# What may count as a sign of life, the later prevailing; of two on one day the first named here.
SIGNS_OF_LIFE: Final = ("last_activity_on", "last_report_on", "tie_activity_on", "last_reviewed_on", "signed_on")
# Dormant this many times longer than the limit: propose to end rather than to ask.
LONG_DORMANT: Final = 3

_ABSENT: Final = np.iinfo(np.int64).min


class Found(NamedTuple):
    """A finding before it is written: rows of the register, the facts, the proposal and the day by which to act."""

    row: int
    rule: FindingRule
    other: int
    facts: dict[str, Any]
    proposed: Decision
    urgent_by: datetime.date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What the rules need of every agreement, one column for each fact. Rows are ordered by id."""

    ids: NDArray[np.int64]
    kinds: Texts
    states: Texts
    terms: TermColumns
    signed_on: Texts
    in_force_from: Texts
    in_force_rules: Texts
    superseded_on: Texts
    last_activity_on: Texts
    last_report_on: Texts
    last_reviewed_on: Texts
    tie_activity_on: Texts
    dates_of_procedure: Mapping[str, Texts] = field(default_factory=dict)
    """Other recorded days, by field name, that are checked against the signature."""
    signed_date_unknown: Flags
    has_coordinator: Flags
    has_text: Flags
    has_draft: Flags
    has_subjects: Flags
    has_own_party: Flags
    has_partner: Flags
    cycle_months: NDArray[np.int64]
    """The agreement's own review cycle, -1 if it follows its kind."""
    framework: NDArray[np.int64]
    """Row of the framework agreement, -1 if there is none."""
    replaced: NDArray[np.int64]
    """Rows replaced by another agreement, and in `replacing` by which; `replaced_on` from when ("" if not recorded)."""
    replacing: NDArray[np.int64]
    replaced_on: Texts
    gone_parties: Mapping[int, Sequence[Mapping[str, Any]]]
    """Row to its parties that no longer exist on the as-of date."""

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Situation:
    """The register as of a day, with what several rules use."""

    register: Register
    as_of: datetime.date
    settings: ReviewSettings
    evaluation: Evaluation
    carried: Flags
    ended: Flags
    dormant: Flags
    life_on: Days
    life_of: NDArray[np.int64]

    @property
    def day(self) -> int:
        """The as-of date as a day number."""
        return int(np.datetime64(self.as_of, "D").astype(np.int64))

    @property
    def living(self) -> Flags:
        """Carried as concluded and not ended, also when the status is unknown."""
        return self.carried & ~self.ended


def situation(register: Register, as_of: datetime.date, settings: ReviewSettings) -> Situation:
    """The register evaluated as of a day."""
    found = evaluate(register.terms, as_of, expiring_days=min(settings.expiry_warning_days, 3_660))
    carried = np.isin(register.states, [str(s) for s in SIGNED_STATES])
    ended = np.isin(found.status, [int(Status.EXPIRED), int(Status.TERMINATED)])
    signs = np.stack([_last_days(getattr(register, name)) for name in SIGNS_OF_LIFE])
    life_of = np.argmax(signs, axis=0) if len(register) else np.empty(0, np.int64)
    life_on = signs[life_of, np.arange(len(register))]
    day = int(np.datetime64(as_of, "D").astype(np.int64))
    known = life_on != _ABSENT
    until = np.where(known, life_on, 0)
    silent = add_months(until, np.full(len(register), settings.dormant_months, np.int64)) <= day
    alive = np.isin(
        found.status,
        [int(s) for s in (Status.IN_FORCE, Status.RENEWED, Status.EXPIRING, Status.SUSPENDED, Status.UNKNOWN)],
    )
    return Situation(
        register, as_of, settings, found, carried, ended, known & silent & carried & alive, life_on, life_of
    )


def findings(now: Situation) -> Iterator[Found]:
    """All findings but duplicates (see `duplicates`), rule by rule."""
    yield from _expired_carried(now)
    yield from _superseded(now)
    yield from _renews_soon(now)
    yield from _expires_soon(now)
    yield from _dormant(now)
    yield from _review_due(now)
    yield from _framework_gone(now)
    yield from _missing_facts(now)
    yield from _date_oddities(now)
    yield from _party_gone(now)
    yield from _simple(now)


def _last_days(texts: Texts) -> Days:
    return bounds_of(texts)[1].view(np.int64)


def _first_days(texts: Texts) -> Days:
    return bounds_of(texts)[0].view(np.int64)


def _rows(mask: Flags) -> list[int]:
    rows: list[int] = np.flatnonzero(mask).tolist()
    return rows


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _replaced_rows(now: Situation) -> dict[int, tuple[int, str]]:
    """Row to the row that replaces it (-1: not named) and the recorded day, for replacements that hold on the day."""
    register = now.register
    result: dict[int, tuple[int, str]] = {}
    recorded = _first_days(register.superseded_on)
    for row in _rows(now.carried & (recorded != _ABSENT) & (recorded <= now.day)):
        result[row] = (-1, str(register.superseded_on[row]))
    in_force = np.isin(
        now.evaluation.status, [int(s) for s in (Status.IN_FORCE, Status.RENEWED, Status.EXPIRING, Status.SUSPENDED)]
    )
    since = _first_days(register.replaced_on)
    for link, (row, other) in enumerate(zip(register.replaced.tolist(), register.replacing.tolist(), strict=True)):
        if not now.carried[row]:
            continue
        begun = bool(in_force[other]) if since[link] == _ABSENT else bool(since[link] <= now.day)
        if begun or row in result:
            result[row] = (other, str(register.replaced_on[link]) or result.get(row, (-1, ""))[1])
    return result


def _superseded(now: Situation) -> Iterator[Found]:
    for row, (other, on) in sorted(_replaced_rows(now).items()):
        yield Found(row, FindingRule.SUPERSEDED, other, {"since": on}, Decision.END, None)


def _expired_carried(now: Situation) -> Iterator[Found]:
    found = now.evaluation
    superseded = _replaced_rows(now)
    ends = found.ends_on.tolist()
    for row in _rows(now.carried & now.ended):
        if row in superseded:
            continue
        facts = {
            "status": Status(int(found.status[row])).slug,
            "ended_on": _iso(ends[row]),
            "ending": Ending(int(found.ending[row])).slug,
        }
        yield Found(row, FindingRule.EXPIRED_CARRIED, -1, facts, Decision.END, None)


def _renews_soon(now: Situation) -> Iterator[Found]:
    found = now.evaluation
    renewal, safe = found.next_renewal.view(np.int64), found.last_safe_day.view(np.int64)
    latest = now.day + now.settings.renewal_warning_days
    ahead = (safe != _ABSENT) & (safe >= now.day)
    soon = np.where(ahead, safe <= latest, renewal <= latest) & (renewal != _ABSENT) & now.living
    renewals, safes, deadlines, ends = (
        column.tolist()
        for column in (found.next_renewal, found.last_safe_day, found.notice_deadline, found.current_term_end)
    )
    for row in _rows(soon):
        facts = {
            "next_renewal": _iso(renewals[row]),
            "term_end": _iso(ends[row]),
            "deadline": _iso(deadlines[row]),
            "last_safe_day": _iso(safes[row]),
        }
        passed = safe[row] != _ABSENT and not ahead[row]
        act_by = safes[row] if ahead[row] else None if passed else ends[row]
        # What can no longer be stopped for this term is kept; what nobody used is proposed to end in time.
        proposed = Decision.END if now.dormant[row] and not passed else Decision.KEEP
        yield Found(row, FindingRule.RENEWS_SOON, -1, facts, proposed, act_by)


def _expires_soon(now: Situation) -> Iterator[Found]:
    found = now.evaluation
    end = found.ends_on.view(np.int64)
    soon = now.living & (end != _ABSENT) & (end >= now.day) & (end <= now.day + now.settings.expiry_warning_days)
    ends = found.ends_on.tolist()
    stopped = np.isin(
        found.ending,
        [int(e) for e in (Ending.OBJECTION, Ending.DENUNCIATION, Ending.TERMINATION, Ending.SUPERSESSION)],
    )
    for row in _rows(soon):
        facts = {"ends_on": _iso(ends[row]), "ending": Ending(int(found.ending[row])).slug}
        proposed = Decision.END if stopped[row] or now.dormant[row] else Decision.RENEW
        yield Found(row, FindingRule.EXPIRES_SOON, -1, facts, proposed, ends[row])


def _dormant(now: Situation) -> Iterator[Found]:
    register = now.register
    limit = np.full(len(register), LONG_DORMANT * now.settings.dormant_months, np.int64)
    known = np.where(now.life_on == _ABSENT, 0, now.life_on)
    long_ago = add_months(known, limit) <= now.day
    for row in _rows(now.dormant):
        name = SIGNS_OF_LIFE[int(now.life_of[row])]
        facts = {"last_sign": name, "last_on": str(getattr(register, name)[row])}
        yield Found(row, FindingRule.DORMANT, -1, facts, Decision.END if long_ago[row] else Decision.REVISE, None)


def _review_due(now: Situation) -> Iterator[Found]:
    """Where nothing at all happened, dormancy says so already and the cycle is not told as well."""
    register, settings = now.register, now.settings
    cycle = np.full(len(register), settings.default_cycle_months, np.int64)
    for kind, months in settings.cycle_months.items():
        cycle[register.kinds == kind] = months
    cycle = np.where(register.cycle_months > 0, register.cycle_months, cycle)
    reviewed, signed = _last_days(register.last_reviewed_on), _last_days(register.signed_on)
    base = np.where(reviewed != _ABSENT, reviewed, signed)
    known = base != _ABSENT
    due = add_months(np.where(known, base, 0), cycle)
    dues = due.view("datetime64[D]").tolist()
    for row in _rows(now.living & ~now.dormant & known & (due <= now.day)):
        facts = {
            "due_on": dues[row].isoformat(),
            "cycle_months": int(cycle[row]),
            "last_reviewed_on": str(register.last_reviewed_on[row]),
        }
        yield Found(row, FindingRule.REVIEW_DUE, -1, facts, Decision.KEEP, None)


def _framework_gone(now: Situation) -> Iterator[Found]:
    register, found = now.register, now.evaluation
    frame = register.framework
    has = frame >= 0
    at = np.where(has, frame, 0)
    if not len(register):
        return
    dropped = np.isin(register.states, [State.ARCHIVED, State.SUPERSEDED, State.WITHDRAWN])
    gone = has & now.living & (now.ended[at] | dropped[at])
    ends = found.ends_on.tolist()
    for row in _rows(gone):
        other = int(frame[row])
        facts = {
            "status": Status(int(found.status[other])).slug if now.ended[other] else str(register.states[other]),
            "ended_on": _iso(ends[other]) if now.ended[other] else None,
        }
        yield Found(row, FindingRule.FRAMEWORK_GONE, other, facts, Decision.REVISE, None)


def missing_of(now: Situation) -> dict[str, Flags]:
    """Which fact is missing where, by its name."""
    register, terms = now.register, now.register.terms
    term = (terms.term_months > 0) | (terms.term_end_low.view(np.int64) != _ABSENT)
    forever = terms.indefinite == 1
    warned = now.evaluation.warnings
    rule = register.in_force_rules
    entry = (register.in_force_from == "") & (rule == "")
    ended_by_record = terms.terminated_on_low.view(np.int64) != _ABSENT
    waits = (register.in_force_from == "") & (
        ((rule == "last_notification") & (terms.last_notification_on_low.view(np.int64) == _ABSENT))
        | ((rule == "ratification") & (terms.ratified_on_low.view(np.int64) == _ABSENT))
        | (rule == "fixed_date")
    )
    missing = {
        "signed_on": (register.signed_on == "") & ~register.signed_date_unknown,
        "entry": entry,
        "entry_day": waits,
        "duration": ~term & ~forever & ~ended_by_record & ~(terms.renewal_indefinite == 1),
        "renewal": term & ~forever & (terms.tacit_renewal == -1),
        "own_party": ~register.has_own_party,
        "partner": ~register.has_partner,
        "subject_areas": ~register.has_subjects,
    }
    for warning, name in MISSING_BY_WARNING.items():
        missing[name] = missing.get(name, np.zeros(len(register), np.bool_)) | ((warned & int(warning)) != 0)
    return missing


def _missing_facts(now: Situation) -> Iterator[Found]:
    missing = missing_of(now)
    names = list(missing)
    pattern = np.zeros(len(now.register), np.int64)
    for place, name in enumerate(names):
        pattern |= missing[name].astype(np.int64) << place
    rows = _rows(now.living & (pattern != 0))
    for row, bits in zip(rows, pattern[rows].tolist(), strict=True):
        facts = {"missing": [name for place, name in enumerate(names) if bits >> place & 1]}
        yield Found(row, FindingRule.MISSING_FACTS, -1, facts, Decision.REVISE, None)


def _date_oddities(now: Situation) -> Iterator[Found]:
    register = now.register
    signed_first, signed_last = _first_days(register.signed_on), _last_days(register.signed_on)
    signed = signed_first != _ABSENT
    own: dict[str, Flags] = {"signed_in_future": signed & (signed_first > now.day)}
    for name, texts in register.dates_of_procedure.items():
        first, last = _first_days(texts), _last_days(texts)
        both = signed & (first != _ABSENT)
        if name == "cleared_on":
            own["cleared_after_signature"] = both & (first > signed_last)
        else:
            own[f"{name.removesuffix('_on')}_before_signature"] = both & (last < signed_first)
    warned = now.evaluation.warnings & CONTRADICTIONS
    odd = warned != 0
    for mask in own.values():
        odd = odd | mask
    for row in _rows(now.carried & odd):
        oddities = [*Warnings(int(warned[row])).slugs, *(name for name, mask in own.items() if mask[row])]
        yield Found(row, FindingRule.DATE_ODDITY, -1, {"oddities": oddities}, Decision.REVISE, None)


def _party_gone(now: Situation) -> Iterator[Found]:
    for row in sorted(now.register.gone_parties):
        if now.living[row]:
            parties = [dict(party) for party in now.register.gone_parties[row]]
            yield Found(row, FindingRule.PARTY_GONE, -1, {"parties": parties}, Decision.REVISE, None)


def _simple(now: Situation) -> Iterator[Found]:
    register = now.register
    living = now.living
    for row in _rows(living & ~register.has_text):
        facts = {"draft_only": bool(register.has_draft[row])}
        yield Found(row, FindingRule.TEXT_MISSING, -1, facts, Decision.REVISE, None)
    for row in _rows(living & ~register.has_coordinator):
        yield Found(row, FindingRule.NO_COORDINATOR, -1, {}, Decision.REVISE, None)
    for row in _rows(living & (register.states == str(State.SIGNED_WITHOUT_CLEARANCE))):
        signed = {"signed_on": str(register.signed_on[row])}
        yield Found(row, FindingRule.WITHOUT_CLEARANCE, -1, signed, Decision.REVISE, None)
