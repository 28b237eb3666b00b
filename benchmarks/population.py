"""Fills a database with synthetic agreements and history for the measurements; nothing of it is a real record."""

from __future__ import annotations

import random
from typing import Any

from django.db import connection, transaction

SUBJECTS = ("trade", "investment", "education", "culture", "tourism", "health", "transport", "energy", "sport")
WORDS = ("trade", "science", "culture", "tourism", "transport", "education", "border", "energy", "youth", "health")


def populate(agreements: int, history: int, *, seed: int = 7) -> None:
    """Agreements with two parties each by COPY, everything derived as an import does it, and history up to `history` rows."""
    from django.utils import timezone

    from foedera.agreements.deriving import derive
    from foedera.platform.access.actors import system
    from foedera.platform.history.recording import record_action

    chance = random.Random(seed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM directory_territory WHERE own AND kind = 'region' ORDER BY id")
        regions = [r[0] for r in cursor.fetchall()]
        cursor.execute(
            "SELECT id FROM directory_territory WHERE kind = 'state' AND code <> 'RU' ORDER BY code LIMIT 190"
        )
        states = [r[0] for r in cursor.fetchall()]
    with transaction.atomic():
        record_action("benchmark.populate", system(timezone.localdate()))
        with connection.cursor() as cursor:
            columns = (
                "title, kind, state, signed_on, in_force_rule, term_months, tacit_renewal, renewal_months, nonrenewal_months, "
                "indefinite, subject_areas, publicity, titles, languages, title_key, own_ids, partner_ids, status_starts, "
                "status_codes, is_synthetic"
            )
            with cursor.copy(f"COPY agreements_agreement ({columns}) FROM STDIN") as copy:
                for number in range(agreements):
                    copy.write_row(_agreement(chance, number))
            cursor.execute("SELECT max(id) FROM agreements_agreement")
            first = cursor.fetchone()[0] - agreements + 1
            with cursor.copy(
                "COPY agreements_party (agreement_id, side, level, territory_id, name, signatory, signatory_post, power) FROM STDIN"
            ) as copy:
                for number in range(agreements):
                    copy.write_row((first + number, "own", "region", chance.choice(regions), "", "", "", ""))
                    copy.write_row((first + number, "foreign", "state", chance.choice(states), "", "", "", ""))
        derive(None)
    _more_history(history)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _agreement(chance: random.Random, number: int) -> tuple[Any, ...]:
    year = chance.randint(1992, 2025)
    words = " and ".join(chance.sample(WORDS, 2))
    title = f"Synthetic agreement {number} on {words} between a region and a partner"
    tacit = chance.random() < 0.5
    indefinite = not tacit and chance.random() < 0.3
    return (
        title,
        chance.choice(("agreement", "memorandum", "programme")),
        "signed",
        f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        "signature",
        None if indefinite else chance.choice((12, 36, 60, 120)),
        tacit,
        chance.choice((12, 36, 60)) if tacit else None,
        6,
        True if indefinite else None,
        "{" + chance.choice(SUBJECTS) + "}",
        "public" if chance.random() < 0.2 else "internal",
        "{}",
        "{}",
        "",
        "{}",
        "{}",
        "{}",
        "{}",
        True,
    )


def _more_history(wanted: int) -> None:
    """Touch agreements by raw SQL until the history holds so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history_entry")
        there = cursor.fetchone()[0]
        while there < wanted:
            cursor.execute(
                "UPDATE agreements_agreement SET note = note || '.' WHERE id IN "
                "(SELECT id FROM agreements_agreement ORDER BY id LIMIT %s)",
                [min(wanted - there, 50_000)],
            )
            cursor.execute("SELECT count(*) FROM history_entry")
            there = cursor.fetchone()[0]
