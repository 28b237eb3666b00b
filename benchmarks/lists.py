"""What queries, groups, counts and exports of a list cost beside the plain list, in one process, for a user bound to regions.

Prints medians in milliseconds and ratios to the plain list of the same run; asserts nothing. No web server in it: see web.py for that.

    PYTHONPATH=src .venv/bin/python benchmarks/lists.py [--agreements 100000]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

ROUNDS = 9
ADDRESSES = {
    "plain list": "",
    "filters of the panel": "kind=memorandum&status=expired",
    "the same as a query": "q=kind:memorandum+status:expired",
    "a negation": "q=-kind:memorandum",
    "one or the other": "q=kind:memorandum+OR+status:expired",
    "words or not words": "q=(trade+OR+culture)+-sport",
    "sorted by a date": "sort=-signed_on",
}


def main(arguments: list[str] | None = None) -> None:
    """Build the population in a throw-away database, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreements", type=int, default=100_000)
    options = parser.parse_args(arguments)
    from foedera.config.embedded import running

    with tempfile.TemporaryDirectory(prefix="foedera-benchmark-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # the database runs as another user
        with running(folder / "data") as cluster:
            os.environ["DATABASE_URL"] = cluster.url
            os.environ["FOEDERA_DATA"] = str(folder / "data")
            os.environ.setdefault("FOEDERA_SECRET_KEY", "of the benchmark")
            os.environ["FOEDERA_LOG_LEVEL"] = "ERROR"
            os.environ["DJANGO_SETTINGS_MODULE"] = "foedera.config.settings"
            measure(options.agreements)


def median(call: Any) -> float:
    """Milliseconds of a call, the median after one that warms up."""
    call()
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def measure(agreements: int) -> None:
    """Measure on the database of DATABASE_URL."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.http import QueryDict
    from django.utils import timezone
    from population import populate
    from web import prepare

    from foedera.accounts.models import Person
    from foedera.accounts.queries import actor_of, duties_on
    from foedera.agreements.lists import AGREEMENTS
    from foedera.platform.actions.performing import perform
    from foedera.platform.lists import querying
    from foedera.platform.lists.delivering.actions import ASK
    from foedera.platform.lists.delivering.job import write_now
    from foedera.platform.lists.description import Context

    call_command("migrate", verbosity=0)
    prepare()
    populate(agreements, 0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    person = Person.objects.get(login="benchmark")
    actor = actor_of(duties_on(person.pk, timezone.localdate())[0], language="en", channel="page")
    context = Context(actor)
    columns = [AGREEMENTS.column(n) for n in AGREEMENTS.shown_by_default()]
    floor = 0.0

    def tell(name: str, took: float) -> None:
        print(f"{name:28} {took:9.1f} ms  x {took / floor:5.1f}", flush=True)

    for name, address in ADDRESSES.items():
        view = querying.parse_view(AGREEMENTS, QueryDict(address), context)
        took = median(lambda view=view: querying.read_page(AGREEMENTS, view, context, columns))
        floor = floor or took
        tell(name, took)
    everything = querying.View()
    facets = [c for c in AGREEMENTS.columns if c.facet]
    tell(
        "panel of values with counts",
        median(lambda: [querying.facet_counts(AGREEMENTS, everything, context, c) for c in facets]),
    )
    tell(
        "counts of groups",
        median(lambda: querying.value_counts(AGREEMENTS, everything, context, AGREEMENTS.column("kind"))),
    )
    for form in ("csv", "xlsx", "jsonl"):
        run = perform(ASK, actor, values={"kind": "agreements", "query": "", "format": form})
        started = time.perf_counter()
        write_now(run.pk)
        run.refresh_from_db()
        seconds = time.perf_counter() - started
        rows = run.rows_done
        print(
            f"export {form:5} {run.state} {rows:,} rows, {(run.size or 0) / 2**20:.1f} MiB: {seconds:.1f} s, "
            f"{rows / seconds:,.0f} rows/s",
            flush=True,
        )


if __name__ == "__main__":
    main()
