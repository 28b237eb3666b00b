"""How fast the past is read: 100,000 agreements whose history holds 1,000,000 entries, against the same pages of today.

Fills the database of DATABASE_URL (migrated, with a profile) with synthetic agreements and changes them in rounds, unless that has been
done; asks for the pages as the web process does, under the fenced role. Prints medians in milliseconds, beside them how long the
processor worked, and ratios; nothing is asserted.
Usage: python benchmarks/past.py [AGREEMENTS ENTRIES]
"""

from __future__ import annotations

import datetime
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from fenced import as_the_web_asks
from search import processor_time

ROUNDS = 15
CHANGE = """
UPDATE agreements_agreement SET note = note || 'x', title = title || CASE WHEN id %% 7 = %s THEN ' again' ELSE '' END WHERE id %% 10 = %s
"""


def milliseconds(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """The median of several runs after one that warms up, and the median of what the processor worked for them."""
    work()
    taken, worked = [], []
    for _ in range(rounds):
        began, before = time.perf_counter(), processor_time()
        work()
        taken.append((time.perf_counter() - began) * 1000)
        worked.append(processor_time() - before)
    return statistics.median(taken), statistics.median(worked)


def fill(agreements: int, entries: int) -> list[str]:
    """Make the agreements and change them until the history holds so many entries; returns instants before the changes."""
    from django.db import connection
    from population import populate

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM history_entry")
        if cursor.fetchone()[0] < entries:
            populate(agreements, 0)
            for number in range(100):
                cursor.execute("SELECT count(*) FROM history_entry")
                if cursor.fetchone()[0] >= entries:
                    break
                for part in range(10):
                    cursor.execute(CHANGE, [number % 7, part])
            cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT DISTINCT known_until FROM foedera_past.agreements_agreement_rows ORDER BY 1")
        return [(moment - datetime.timedelta(milliseconds=1)).isoformat() for (moment,) in cursor.fetchall()]


def visitor() -> Any:
    """A browser in which a coordinator is signed in."""
    from django.test import Client
    from django.utils import timezone

    from foedera.accounts.actions import give_duty, make_person
    from foedera.accounts.models import Person
    from foedera.accounts.queries import body_for_administrator
    from foedera.platform.access.actors import system
    from foedera.platform.access.roles import Role

    client = Client(HTTP_HOST="127.0.0.1")
    known = Person.objects.filter(login="benchmark").first()
    if known is not None:
        client.force_login(known)
        return client
    by = system(timezone.localdate())
    password = "seven hills and a river"  # noqa: S105 - of a throwaway database
    person = make_person(actor=by, login="benchmark", name="Synthetic", password=password, synthetic=True)
    give_duty(
        actor=by,
        person=person,
        role=Role.COORDINATOR,
        body_id=body_for_administrator(),
        valid_from=timezone.localdate(),
    )
    client.force_login(person)
    return client


def read(instants: list[str]) -> None:
    """Print how long records and list pages take, today and at three instants."""
    from foedera.agreements.models import Agreement

    client = visitor()
    number = Agreement.objects.order_by("pk")[1234].number
    pages: dict[str, tuple[str, dict[str, str]]] = {
        "record, page": (f"/agreements/{number}/", {}),
        "record, API": (f"/api/v1/agreements/{number}", {}),
        "list, page": ("/agreements/", {}),
        "list, API": ("/api/v1/agreements", {}),
        "list by status": ("/agreements/", {"status": "expiring"}),
        "list by partner": ("/agreements/", {"partner": "BY"}),
        "list by region and partner": ("/agreements/", {"partner": "BY", "region": "RU-TAM"}),
        "list by words": ("/agreements/", {"q": "border science"}),
        "list sorted by title": ("/agreements/", {"sort": "title"}),
    }
    with as_the_web_asks():
        _print_times(client, pages, instants)


def _print_times(client: Any, pages: dict[str, tuple[str, dict[str, str]]], instants: list[str]) -> None:
    at = {"today": "", "early": instants[0], "middle": instants[len(instants) // 2], "late": instants[-2]}
    print(f"{'median ms (processor)':<28}" + "".join(f"{name:>16}" for name in at))
    for title, (path, query) in pages.items():
        line = []
        for instant in at.values():
            asked = {**query, **({"as_of": instant} if instant else {})}
            answer = client.get(path, asked)
            assert answer.status_code == 200, (path, asked, answer.content[:500])
            line.append(milliseconds(lambda path=path, asked=asked: client.get(path, asked)))  # type: ignore[misc]
        print(f"{title:<28}" + "".join(f"{taken:8.1f} ({worked:5.1f})" for taken, worked in line), flush=True)


def change() -> None:
    """Print what keeping old rows costs a change of 2,000 rows."""
    from django.db import connection, transaction

    def run() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE agreements_agreement SET note = note || 'y' WHERE id %% 50 = 7", [])

    _taken, with_past = milliseconds(run, 5)
    with connection.cursor() as cursor:
        for trigger in ("past_stamp", "past_update"):
            cursor.execute(f"ALTER TABLE agreements_agreement DISABLE TRIGGER {trigger}")
        _taken, without = milliseconds(run, 5)
        for trigger in ("past_stamp", "past_update"):
            cursor.execute(f"ALTER TABLE agreements_agreement ENABLE TRIGGER {trigger}")
    print(
        f"changing 2,000 rows: {with_past:.0f} ms of the processor, without keeping old rows {without:.0f} ms: "
        f"{with_past / without:.2f} times"
    )


def seal() -> None:
    """Print how long sealing, exporting and verifying all of it take."""
    from foedera.platform.history.exporting import export_history
    from foedera.platform.history.sealing import seal_all
    from foedera.platform.history.verifying import verify

    began = time.perf_counter()
    count = sum(s.count for s in seal_all())
    print(f"sealing {count:,} actions and entries: {time.perf_counter() - began:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.gz"
        began = time.perf_counter()
        export_history(path)
        print(f"exporting: {time.perf_counter() - began:.1f} s, {path.stat().st_size / 2**20:.0f} MiB")
        began = time.perf_counter()
        assert verify(path).intact
        print(f"verifying: {time.perf_counter() - began:.1f} s")


def main() -> None:
    """Fill, then measure."""
    django.setup()
    agreements, entries = (int(a) for a in sys.argv[1:3]) if len(sys.argv) > 2 else (100_000, 1_000_000)
    began = time.perf_counter()
    instants = fill(agreements, entries)
    print(f"{agreements:,} agreements, {entries:,} entries at least, made in {time.perf_counter() - began:.0f} s")
    read(instants)
    change()
    seal()


if __name__ == "__main__":
    main()
