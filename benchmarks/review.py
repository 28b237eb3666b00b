"""How long a run of the review takes over 100,000 agreements, against the floor: only reading the same columns.

Fills the database of DATABASE_URL (an empty one, migrated) with synthetic agreements by COPY, runs the review twice and
prints seconds and ratios. Nothing is asserted. Usage: python benchmarks/review.py [NUMBER]
"""

from __future__ import annotations

import datetime
import random
import sys
import time

import django

KINDS = ("agreement", "memorandum", "protocol", "programme", "twinning")
SUBJECTS = ("trade", "culture", "education", "science", "tourism", "health", "environment", "transport")
COLUMNS = (
    "kind, state, title, title_key, signed_on, in_force_rule, term_months, indefinite, tacit_renewal, renewal_months,"
    " nonrenewal_months, notice_months, notice_counted_from, subject_areas, coordinator, last_activity_on, register_number,"
    " own_ids, partner_ids, titles, languages, end_ground, legal_nature, status_starts, status_codes"
)


def fill(number: int) -> None:
    """Write so many synthetic agreements with two parties each."""
    from django.db import connection

    from foedera.directory.models import Territory
    from foedera.directory.rules import during

    chance = random.Random(20_260_317)
    home, _ = Territory.objects.get_or_create(
        code="X-HOME", defaults=dict(kind="state", name="Home", during=during("", ""))
    )
    regions = [
        Territory.objects.get_or_create(
            code=f"X-R{i}",
            defaults=dict(kind="region", name=f"Region {i}", own=True, state=home, during=during("", "")),
        )[0].pk
        for i in range(85)
    ]
    partners = [
        Territory.objects.get_or_create(
            code=f"X-S{i}", defaults=dict(kind="state", name=f"State {i}", during=during("", ""))
        )[0].pk
        for i in range(195)
    ]
    first = datetime.date(1992, 1, 1)
    parties = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM agreements_agreement")
        (base,) = cursor.fetchone()
        with cursor.copy(f"COPY agreements_agreement (id, {COLUMNS}) FROM STDIN") as copy:
            for i in range(1, number + 1):
                own, partner = chance.choice(regions), chance.choice(partners)
                subject = chance.choice(SUBJECTS)
                signed = first + datetime.timedelta(days=chance.randrange(12_000))
                term = chance.choice((12, 24, 36, 60, 120, None))
                tacit = chance.choice((True, True, False, None)) if term else None
                title = f"{chance.choice(KINDS).title()} on cooperation in {subject} number {i // 2 if chance.random() < 0.01 else i}"
                copy.write_row(
                    (
                        base + i,
                        chance.choice(KINDS),
                        chance.choice(("signed", "registered")) if i % 50 else "archived",
                        title,
                        title.lower(),
                        signed.isoformat() if chance.random() < 0.97 else str(signed.year),
                        "signature",
                        term,
                        None if term else True,
                        tacit,
                        term if tacit else None,
                        6 if tacit else None,
                        3,
                        chance.choice(("receipt", "dispatch")),
                        "{" + subject + "}",
                        "Department" if chance.random() < 0.8 else "",
                        (signed + datetime.timedelta(days=chance.randrange(4000))).isoformat()
                        if chance.random() < 0.5
                        else "",
                        f"{i}/{signed.year}",
                        f"{{{own}}}",
                        f"{{{partner}}}",
                        "{}",
                        "{en}",
                        "",
                        "",
                        "{}",
                        "{}",
                    )
                )
                parties += [(base + i, "own", own), (base + i, "foreign", partner)]
        with cursor.copy(
            "COPY agreements_party (agreement_id, side, territory_id, level, name, signatory, signatory_post, power) FROM STDIN"
        ) as copy:
            for agreement, side, territory in parties:
                copy.write_row((agreement, side, territory, "", "", "", "", ""))
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('agreements_agreement', 'id'), max(id)) FROM agreements_agreement"
        )
        cursor.execute("ANALYZE")


def main(number: int) -> None:
    """Fill, run twice, print."""
    django.setup()
    from django.db import transaction

    from foedera.agreements.deriving import derive
    from foedera.agreements.models import Agreement
    from foedera.agreements.review.reading import read_register
    from foedera.agreements.review.running import find, run_review
    from foedera.agreements.review.settings import review_settings
    from foedera.platform.access.actors import system

    today = datetime.date(2026, 3, 17)
    if not Agreement.objects.exists():
        with transaction.atomic():
            fill(number)
            derive()
    began = time.perf_counter()
    whole = read_register(today)
    read = time.perf_counter() - began
    began = time.perf_counter()
    found, carried = find(whole, today, review_settings())
    computed = time.perf_counter() - began
    print(f"{len(whole.columns)} agreements, {carried} carried, {len(found)} findings")
    print(f"read {read:.1f} s (floor), computed {computed:.1f} s")
    for name in ("first run", "second run"):
        began = time.perf_counter()
        summary = run_review(system(today))
        seconds = time.perf_counter() - began
        new = sum(rule.new for rule in summary.rules)
        changed = sum(rule.changed + rule.gone for rule in summary.rules)
        print(f"{name}: {seconds:.1f} s, {seconds / read:.1f} x the floor; {new} new, {changed} changed or gone")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
