"""What history, row-level security and search upkeep each cost a create, an update and a list page: with and without, in one run.

Two real servers on one database: one connects as the owner of the tables, whom no fence binds, the other as the fenced role, as an
operator has it. A user bound to regions asks them in turns of a few requests, while the triggers of the history and of the search are
switched on and off, so that noise falls on all alike. Prints lower quartiles in milliseconds and ratios against the same without all
three; asserts nothing.

    PYTHONPATH=src .venv/bin/python benchmarks/costs.py [--agreements 20000] [--turns 12]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
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
IN_A_TURN = 6
WARMING = 6
OPEN_PORT, FENCED_PORT = 8771, 8772


def switch(on: frozenset[str], triggers: list[tuple[str, str, str]]) -> None:
    """Let the database work with the triggers of these and without the others."""
    from django.db import connection

    with connection.cursor() as cursor:
        for table, name, what in triggers:
            cursor.execute(f'ALTER TABLE {table} {"ENABLE" if what in on else "DISABLE"} TRIGGER "{name}"')


def steps(secret: str, cookie: str, port: int) -> dict[str, Callable[[], Any]]:
    """A create and an update by the API, a page of the list, as somebody bound to regions does them."""
    from web import Client

    api = Client(port, {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"})
    page = Client(port, {"Cookie": cookie})
    count = itertools.count()
    changed: list[tuple[str, int]] = []
    region = json.loads(api.get("/api/v1/agreements?region=RU-AD&limit=1"))["items"][0]["region"][0]

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
        made = json.loads(api.post("/api/v1/agreements", body))
        changed.append((made["number"], made["version"]))

    def update() -> None:
        number, version = changed.pop()
        body = {"title": f"Synthetic agreement on another subject {time.time_ns()}"}
        answer = api.change(f"/api/v1/agreements/{number}", body, **{"If-Match": f'"{version}"'})
        changed.append((number, json.loads(answer)["version"]))

    return {"create": create, "update": update, "list page": lambda: page.get("/agreements/")}


def quick(times: list[float]) -> float:
    """The lower quartile: what others do on the machine lengthens a request and never shortens it."""
    return statistics.quantiles(times, n=4)[0]


def main() -> None:
    """Fill a database of its own, serve it with the fence and without, measure in turns, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreements", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=12)
    options = parser.parse_args()
    from foedera.config.embedded import running

    with tempfile.TemporaryDirectory(prefix="foedera-benchmark-") as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # the database runs as another user
        with running(folder / "data") as cluster:
            os.environ |= {"DATABASE_URL": cluster.url, "FOEDERA_DATA": str(folder / "data")}
            os.environ |= {"FOEDERA_LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "foedera.config.settings"}
            os.environ.setdefault("FOEDERA_SECRET_KEY", "of the benchmark")
            run(options, folder, {**os.environ, "DATABASE_URL": cluster.web_url, "FOEDERA_FENCE": "connection"})


def run(options: argparse.Namespace, folder: Path, fenced: dict[str, str]) -> None:
    """Measure on the database of DATABASE_URL."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from population import populate
    from web import prepare, serve

    call_command("migrate", verbosity=0)
    secret, cookie, _regions = prepare()
    populate(options.agreements, 0)
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        triggers = cursor.fetchall()
    application = "foedera.config.wsgi:application"
    servers = [serve(application, OPEN_PORT, folder), serve(application, FENCED_PORT, folder, fenced)]
    try:
        taken = measure(options.turns, triggers, secret, cookie)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    report(options, taken)


def measure(
    turns: int, triggers: list[tuple[str, str, str]], secret: str, cookie: str
) -> dict[tuple[str, str], list[float]]:
    """Milliseconds of each request by what is done and with what."""
    tried = {fence: steps(secret, cookie, FENCED_PORT if fence else OPEN_PORT) for fence in (False, True)}
    taken: dict[tuple[str, str], list[float]] = defaultdict(list)
    for turn in range(turns):
        order = list(VARIANTS)[turn % len(VARIANTS) :] + list(VARIANTS)[: turn % len(VARIANTS)]
        for variant in order:
            on = VARIANTS[variant]
            switch(on, triggers)
            for what, step in tried["fence" in on].items():
                # The first after a change of triggers plan their statements anew, on each connection of the server.
                for _request in range(WARMING):
                    step()
                for _request in range(IN_A_TURN):
                    began = time.perf_counter()
                    step()
                    taken[what, variant].append((time.perf_counter() - began) * 1000)
    return taken


def report(options: argparse.Namespace, taken: dict[tuple[str, str], list[float]]) -> None:
    """Print what each takes, and its ratio to the same without all three."""
    kinds = list(dict.fromkeys(what for what, _variant in taken))
    requests = options.turns * IN_A_TURN
    print(f"{options.agreements:,} agreements; lower quartiles of {requests} requests each, in milliseconds")
    print(f"{'':<22}" + "".join(f"{what:>20}" for what in kinds))
    for variant in VARIANTS:
        cells = []
        for what in kinds:
            mine, bare = quick(taken[what, variant]), quick(taken[what, "without all three"])
            cells.append(f"{mine:>10.1f}{mine / bare:>8.2f} x")
        print(f"{variant:<22}" + "".join(f"{cell:>20}" for cell in cells))
    print("target: all three at most 2 x of a create and 1.3 x of a list page")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
