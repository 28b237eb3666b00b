"""How fast an import is: a file of synthetic agreements through `run_file`, with search, history and derived columns.

    python benchmarks/importing.py [ROWS]

needs DATABASE_URL of a migrated database with a loaded profile; the rows stay in that database. Prints rows per second, the processor
time of the program and of the database per row, the greatest memory, and as a floor the time in which COPY alone takes the file.
"""

from __future__ import annotations

import csv
import datetime
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "foedera.config.settings")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import django

django.setup()

from django.db import connection, transaction  # noqa: E402

from foedera.platform.access.actors import system  # noqa: E402
from foedera.platform.lists.importing.adapters import adapter_for  # noqa: E402
from foedera.platform.lists.importing.mapping import mapping_from  # noqa: E402
from foedera.platform.lists.importing.running import run_file  # noqa: E402

WORDS = [
    "trade",
    "economic",
    "scientific",
    "technical",
    "cultural",
    "cooperation",
    "agriculture",
    "education",
    "health",
    "tourism",
    "transport",
    "energy",
    "сотрудничество",
    "торговля",
    "культура",
    "наука",
    "образование",
    "туризм",
    "энергетика",
    "здравоохранение",
    "развитие",
    "обмен",
]
STATES = [
    "KZ",
    "BY",
    "CN",
    "DE",
    "FR",
    "IT",
    "JP",
    "IN",
    "BR",
    "VN",
    "MN",
    "UZ",
    "KG",
    "AM",
    "AZ",
    "RS",
    "HU",
    "FI",
    "TR",
    "EG",
]
MAPPING = mapping_from(
    {
        "options": {"own_state": "RU", "own_state_in": "listed", "publicity": "internal"},
        "fields": {
            "source_key": "key",
            "title": "title",
            "register_number": "number",
            "kind": "kind",
            "subject_areas": "areas",
            "parties": "parties",
            "signed_on": "signed",
            "signed_at": "place",
            "in_force_rule": "rule",
            "term_months": "term",
            "tacit_renewal": "renewal",
            "renewal_months": "renewed",
            "nonrenewal_months": "notice",
            "coordinator": "coordinator",
        },
    }
)
HEADER = [
    "key",
    "title",
    "number",
    "kind",
    "areas",
    "parties",
    "signed",
    "place",
    "rule",
    "term",
    "renewal",
    "renewed",
    "notice",
    "coordinator",
]


KEY = f"{time.time():.0f}"


ACTOR = system(datetime.datetime.now(tz=datetime.UTC).date())


class RolledBack(Exception):
    """Leaves the transaction of the measurement."""


def write_file(path: Path, rows: int, regions: list[str]) -> None:
    """A CSV file of synthetic agreements; the same every time."""
    chance = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADER)
        for number in range(rows):
            day = datetime.date(1992, 1, 1) + datetime.timedelta(days=chance.randrange(12_000))
            writer.writerow(
                [
                    f"synthetic:{KEY}:{number}",
                    "Agreement on " + " ".join(chance.choices(WORDS, k=8)),
                    f"{number}/{day.year}",
                    chance.choice(["agreement", "memorandum", "protocol", "programme"]),
                    chance.choice(["trade", "culture", "science,education", "tourism"]),
                    f"{chance.choice(regions)} ; {chance.choice(STATES)}",
                    day.isoformat(),
                    chance.choice(["Moscow", "Minsk", "Astana", "Москва", "Казань"]),
                    "signature",
                    chance.choice(["36", "60", "120"]),
                    chance.choice(["yes", "no"]),
                    "60",
                    "6",
                    "Department of external relations",
                ]
            )


def backend_seconds(pid: int) -> float:
    """The processor time that the database has spent on our connection."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = int(cursor.fetchone()[0])
        cursor.execute("SELECT name FROM directory_territory WHERE own AND kind = 'region' ORDER BY code LIMIT 40")
        regions = [name for (name,) in cursor.fetchall()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agreements.csv"
        write_file(path, rows, regions)
        floor = copy_alone(path)
        # The lists of names are read once in the life of a process, not once per import.
        run_file(adapter_for("agreements"), first_rows(path), ACTOR, mapping=MAPPING, dry_run=True)
        for label in ("import", "the same again"):
            before = backend_seconds(pid), time.process_time()
            result = run_file(
                adapter_for("agreements"),
                path,
                ACTOR,
                mapping=MAPPING,
            )
            used = backend_seconds(pid) - before[0], time.process_time() - before[1]
            report = result.report
            print(
                f"{label}: {rows} rows in {result.seconds:.1f} s, {rows / result.seconds:,.0f} rows/s, "
                f"{result.seconds / floor:.1f} x COPY alone ({floor:.2f} s); "
                f"processor time per row: program {used[1] / rows * 1e6:.0f} µs, database {used[0] / rows * 1e6:.0f} µs; "
                f"created {report.counts['created']}, unchanged {report.counts['unchanged']}, refused {report.refused}; "
                f"greatest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB; load {os.getloadavg()[0]:.1f}"
            )


def first_rows(path: Path) -> Path:
    """A small file with the beginning of another."""
    small = path.with_name("small.csv")
    with path.open(encoding="utf-8") as source:
        small.write_text("".join(next(source) for _line in range(50)), encoding="utf-8")
    return small


def copy_alone(path: Path) -> float:
    """How long COPY needs to take the file into a table of texts."""
    columns = ", ".join(f"{name} text" for name in HEADER)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMPORARY TABLE floor ({columns}) ON COMMIT DROP")
            began = time.perf_counter()
            with path.open("rb") as source, cursor.copy("COPY floor FROM STDIN (FORMAT csv, HEADER)") as copy:
                while portion := source.read(1 << 18):
                    copy.write(portion)
            taken = time.perf_counter() - began
            raise RolledBack
    except RolledBack:
        return taken


if __name__ == "__main__":
    main()
