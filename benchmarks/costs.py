"""What history, row-level security and search upkeep each cost a create, an update and a list page: with and without, in one run.

One process, the whole program from address to answer (the test client, without a network between), a user bound to regions. In turns
of a few requests the triggers of the history, those of the search and the fence are switched on and off, so that noise falls on all
alike. Prints lower quartiles in milliseconds and ratios against the same without all three; asserts nothing.

    PYTHONPATH=src .venv/bin/python benchmarks/costs.py [--agreements 20000] [--turns 12]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

TOGETHER = frozenset({"history", "search", "fence"})
VARIANTS: dict[str, frozenset[str]] = {
    "without all three": frozenset(),
    "history": frozenset({"history"}),
    "row-level security": frozenset({"fence"}),
    "search upkeep": frozenset({"search"}),
    "all three": TOGETHER,
}
# The outbox of webhooks and what makes personal values stand apart hang on the history and go with it.
TRIGGERS = """
SELECT format('%s', tgrelid::regclass), tgname, CASE WHEN tgname LIKE 'search\\_%%' THEN 'search' ELSE 'history' END
FROM pg_trigger WHERE NOT tgisinternal
  AND (tgname LIKE 'search\\_%%' OR tgname LIKE 'history\\_%%' OR tgname LIKE 'past\\_%%')
"""
IN_A_TURN = {"create": 6, "update": 6, "list page": 6}


def switch(on: frozenset[str], triggers: list[tuple[str, str, str]]) -> None:
    """Let the database and the program work with these and without the others."""
    from django.conf import settings
    from django.db import connection

    settings.FOEDERA_FENCE = ""
    with connection.cursor() as cursor:
        for table, name, what in triggers:
            cursor.execute(f'ALTER TABLE {table} {"ENABLE" if what in on else "DISABLE"} TRIGGER "{name}"')
    settings.FOEDERA_FENCE = "switch" if "fence" in on else ""


def fenced_roles() -> list[str]:
    """The database roles under which the fence holds; none where it is not installed."""
    from django.conf import settings
    from django.db import connection

    wanted = [getattr(settings, name, "") for name in ("FOEDERA_WEB_ROLE", "FOEDERA_WORKER_ROLE")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [wanted])
        return [name for (name,) in cursor.fetchall()]


def steps(secret: str, cookie: str) -> dict[str, Callable[[], Any]]:
    """A create and an update by the API, a page of the list, as somebody bound to regions does them."""
    from django.test import Client

    api = Client(headers={"Authorization": f"Bearer {secret}"})
    page = Client(headers={"Cookie": cookie})
    count = itertools.count()
    changed: list[tuple[str, int]] = []

    def fine(answer: Any, wanted: int) -> Any:
        if answer.status_code != wanted:
            raise SystemExit(f"{answer.status_code}: {answer.content[:500]!r}")
        return answer

    region = fine(api.get("/api/v1/agreements?region=RU-AD&limit=1"), 200).json()["items"][0]["region"][0]

    def create() -> None:
        body = {
            "title": f"Synthetic agreement of the costs {time.time_ns()} {next(count)}",
            "parties": [{"side": "own", "territory": region}, {"side": "foreign", "territory": "BY"}],
            "signed_on": "2024-05-06",
            "in_force_rule": "signature",
            "term_months": 60,
            "tacit_renewal": True,
            "renewal_months": 60,
        }
        made = fine(api.post("/api/v1/agreements", json.dumps(body), content_type="application/json"), 201).json()
        changed.append((made["number"], made["version"]))

    def update() -> None:
        if not changed:
            create()
        number, version = changed.pop()
        body = {"title": f"Synthetic agreement on another subject {time.time_ns()}"}
        answer = api.patch(
            f"/api/v1/agreements/{number}",
            json.dumps(body),
            content_type="application/json",
            headers={"If-Match": f'"{version}"'},
        )
        changed.append((number, fine(answer, 200).json()["version"]))

    def listed() -> None:
        fine(page.get("/agreements/"), 200)

    return {"create": create, "update": update, "list page": listed}


def quick(times: list[float]) -> float:
    """The lower quartile: what others do on the machine lengthens a request and never shortens it."""
    return statistics.quantiles(times, n=4)[0]


def main() -> None:
    """Fill a database of its own, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreements", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=12)
    options = parser.parse_args()
    # The client of tests asks under this name.
    os.environ["FOEDERA_HOSTS"] = "testserver"
    import django

    django.setup()
    from django.db import connection
    from population import populate
    from web import prepare

    secret, cookie, _regions = prepare()
    populate(options.agreements, 0)
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        triggers = cursor.fetchall()
    fenced = bool(fenced_roles())
    variants = {name: on for name, on in VARIANTS.items() if fenced or on != frozenset({"fence"})}
    tried = steps(secret, cookie)
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    for turn in range(options.turns):
        order = list(variants)[turn % len(variants) :] + list(variants)[: turn % len(variants)]
        for variant in order:
            switch(variants[variant] if fenced else variants[variant] - {"fence"}, triggers)
            for what, step in tried.items():
                # The first after a change of triggers plans its statements anew.
                step()
                step()
                for _request in range(IN_A_TURN[what]):
                    began = time.perf_counter()
                    step()
                    taken[what, variant].append((time.perf_counter() - began) * 1000)
    print(f"{options.agreements:,} agreements; lower quartiles of {options.turns * 6} requests each, in milliseconds")
    if not fenced:
        print("row-level security is not installed on this database")
    print(f"{'':<22}" + "".join(f"{what:>20}" for what in tried))
    for variant in variants:
        cells = []
        for what in tried:
            mine, bare = quick(taken[what, variant]), quick(taken[what, "without all three"])
            cells.append(f"{mine:>10.1f}{mine / bare:>8.2f} x")
        print(f"{variant:<22}" + "".join(f"{cell:>20}" for cell in cells))
    print("target: all three at most 2 x of a create and 1.3 x of a list page")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
