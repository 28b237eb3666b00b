"""What the rules need, read for the whole register in one go into columns."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from django.db import connection

from foedera.agreements.deriving import facts_of
from foedera.agreements.terms import TermColumns
from foedera.platform.records.partial_dates import bounds_of

from .duplicates import Entry, normalised
from .rules import Register

PROCEDURE = ("cleared_on", "notified_on", "registered_on")

COLUMNS = """
SELECT a.id, a.kind, a.state, a.title, a.titles, a.signed_on, a.signed_date_unknown, a.in_force_from, a.in_force_rule,
       a.superseded_on, a.last_activity_on, a.last_report_on, a.last_reviewed_on, a.coordinator <> '', a.subject_areas,
       a.own_ids, a.partner_ids, a.review_cycle_months, a.framework_id, a.register_number,
       a.cleared_on, a.notified_on, a.registered_on,
       num_nonnulls(a.framework_id, a.term_months, a.indefinite, a.tacit_renewal, a.renewal_months, a.notice_months,
                    a.nonrenewal_months, nullif(a.in_force_from, ''), nullif(a.in_force_rule, ''), nullif(a.signed_on, ''),
                    nullif(a.register_number, ''), nullif(a.coordinator, ''), nullif(a.signed_at, ''))
FROM agreements_agreement a ORDER BY a.id
"""

PARTIES = """
SELECT p.agreement_id, p.side, coalesce('b' || p.body_id, 't' || p.territory_id, ''),
       CASE WHEN p.name = '' THEN coalesce(b.name, t.name, '') ELSE p.name END
FROM agreements_party p
LEFT JOIN directory_territory t ON t.id = p.territory_id
LEFT JOIN directory_body b ON b.id = p.body_id
WHERE p.side <> 'witness' ORDER BY p.agreement_id, p.id
"""

GONE = """
SELECT p.agreement_id, p.side, t.code, t.name, upper(t.during), t.successors, ''
FROM agreements_party p JOIN directory_territory t ON t.id = p.territory_id
WHERE p.side <> 'witness' AND upper(t.during) <= %(day)s
UNION ALL
SELECT p.agreement_id, p.side, b.number, b.name, upper(b.during), '[]'::jsonb, coalesce(s.number, '')
FROM agreements_party p JOIN directory_body b ON b.id = p.body_id LEFT JOIN directory_body s ON s.id = b.successor_id
WHERE p.side <> 'witness' AND upper(b.during) <= %(day)s
ORDER BY 1, 2, 3
"""

TEXTS = """
SELECT agreement_id, bool_or(kind <> 'draft') FROM agreements_textversion GROUP BY agreement_id
"""

TIES = """
SELECT agreement_id, max(last_activity_on) FROM agreements_tie
WHERE agreement_id IS NOT NULL AND last_activity_on <> '' GROUP BY agreement_id
"""

LINKS = "SELECT agreement_id, target_id, kind, effective_on FROM agreements_agreementlink ORDER BY id"


@dataclass(frozen=True, slots=True)
class WholeRegister:
    """The columns of the rules, and what the search for duplicates compares."""

    columns: Register
    blocks: dict[Hashable, list[Entry]]
    linked: frozenset[tuple[int, int]]


def _rows(query: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _json(value: Any) -> Any:
    """JSON as Django's plain cursors give it: not yet read."""
    return orjson.loads(value) if isinstance(value, str) else value


def _other_titles(value: Any) -> list[str]:
    if value == "{}":
        return []
    return [title for title in (_json(value) or {}).values() if isinstance(title, str) and title]


def _texts(values: list[str]) -> np.ndarray[Any, np.dtype[np.str_]]:
    return np.array(values, dtype=np.str_) if values else np.empty(0, dtype="U10")


def read_register(as_of: datetime.date) -> WholeRegister:
    """The whole register, whoever may see it; parties and bodies that are gone are those gone on the day.

    The statements see one state of the database only inside a transaction of repeatable reads or better; between them
    somebody may write, which the next run finds.
    """
    rows = _rows(COLUMNS)
    facts = dict(facts_of(None))
    rows = [row for row in rows if row[0] in facts]
    at = {row[0]: position for position, row in enumerate(rows)}
    size = len(rows)
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in range(24)]

    own, partner, keys, words, blocks_by_name = _parties(at)
    has_text, has_draft = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for key, final in _rows(TEXTS):
        if key in at:
            has_text[at[key]] = final
            has_draft[at[key]] = not final
    tie_activity = [""] * size
    for key, day in _rows(TIES):
        if key in at:
            tie_activity[at[key]] = day
    replaced, replacing, replaced_on, linked = _links(at, columns[18])
    gone: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for key, side, code, name, until, successors, successor in _rows(GONE, {"day": as_of}):
        if key in at:
            last = (until - datetime.timedelta(days=1)).isoformat()
            found = {"side": side, "code": code, "name": name, "until": last}
            found["successors"] = list(_json(successors) or ()) or ([successor] if successor else [])
            if found not in gone[at[key]]:
                gone[at[key]].append(found)

    register = Register(
        ids=np.array(columns[0], dtype=np.int64),
        kinds=_texts(list(columns[1])),
        states=_texts(list(columns[2])),
        terms=TermColumns.from_rows([facts[row[0]] for row in rows]),
        signed_on=_texts(list(columns[5])),
        signed_date_unknown=np.array(columns[6], dtype=np.bool_),
        in_force_from=_texts(list(columns[7])),
        in_force_rules=_texts(list(columns[8])),
        superseded_on=_texts([day.isoformat() if day else "" for day in columns[9]]),
        last_activity_on=_texts(list(columns[10])),
        last_report_on=_texts(list(columns[11])),
        last_reviewed_on=_texts(list(columns[12])),
        tie_activity_on=_texts(tie_activity),
        dates_of_procedure={name: _texts(list(columns[20 + i])) for i, name in enumerate(PROCEDURE)},
        has_coordinator=np.array(columns[13], dtype=np.bool_),
        has_text=has_text,
        has_draft=has_draft,
        has_subjects=np.array([bool(areas) for areas in columns[14]], dtype=np.bool_),
        has_own_party=own,
        has_partner=partner,
        cycle_months=np.array([-1 if m is None else m for m in columns[17]], dtype=np.int64),
        framework=np.array([at.get(f, -1) if f is not None else -1 for f in columns[18]], dtype=np.int64),
        replaced=np.array(replaced, dtype=np.int64),
        replacing=np.array(replacing, dtype=np.int64),
        replaced_on=_texts(replaced_on),
        gone_parties=gone,
    )
    first_days, last_days = (days.tolist() for days in bounds_of(register.signed_on))
    blocks: dict[Hashable, list[Entry]] = defaultdict(list)
    # What is archived, superseded or withdrawn repeats nothing that is still carried.
    for position, row in enumerate(rows):
        if row[2] in ("archived", "superseded", "withdrawn"):
            continue
        block: Hashable = (tuple(row[15]), tuple(row[16])) if row[15] or row[16] else blocks_by_name.get(position)
        if block is None:
            continue
        blocks[block].append(
            Entry(
                row=position,
                titles=(row[3], *_other_titles(row[4])),
                kind=row[1],
                first_day=first_days[position],
                last_day=last_days[position],
                parties=keys.get(position, ()),
                party_words=words.get(position, ""),
                subject_areas=frozenset(row[14]),
                register_number=row[19],
                facts_recorded=row[23] + len(row[14]) + int(has_text[position]),
            )
        )
    return WholeRegister(register, blocks, linked)


def _parties(at: dict[int, int]) -> tuple[Any, Any, dict[int, tuple[str, ...]], dict[int, str], dict[int, str]]:
    own, partner = np.zeros(len(at), np.bool_), np.zeros(len(at), np.bool_)
    keys: dict[int, list[str]] = defaultdict(list)
    words: dict[int, list[str]] = defaultdict(list)
    plain: dict[str, str] = {}
    for agreement, side, key, name in _rows(PARTIES):
        position = at.get(agreement)
        if position is None:
            continue
        if side == "own":
            own[position] = True
        else:
            partner[position] = True
        if name not in plain:
            plain[name] = normalised(name)
        keys[position].append(f"{'own' if side == 'own' else 'other'}:{key or plain[name]}")
        words[position].append(plain[name])
    joined = {position: " ".join(sorted(names)) for position, names in words.items()}
    sorted_keys = {position: tuple(sorted(k)) for position, k in keys.items()}
    return own, partner, sorted_keys, joined, joined


def _links(
    at: dict[int, int], frameworks: tuple[int | None, ...]
) -> tuple[list[int], list[int], list[str], frozenset[tuple[int, int]]]:
    replaced: list[int] = []
    replacing: list[int] = []
    replaced_on: list[str] = []
    linked: set[tuple[int, int]] = set()
    for agreement, target, kind, on in _rows(LINKS):
        if agreement not in at or target not in at:
            continue
        one, other = at[agreement], at[target]
        linked.add((min(one, other), max(one, other)))
        if kind == "replaces":
            replaced.append(other)
            replacing.append(one)
            replaced_on.append(on)
    for position, framework in enumerate(frameworks):
        if framework in at:
            other = at[framework]
            linked.add((min(position, other), max(position, other)))
    return replaced, replacing, replaced_on, frozenset(linked)
