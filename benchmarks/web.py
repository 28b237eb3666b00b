"""Pages and API at 100,000 agreements and 300,000 history rows, for a user bound to regions, against a floor in the same run.

The floor is the same rows by raw SQL and orjson behind the same server. Server and load run on this machine, PostgreSQL with its
default settings. Prints medians in milliseconds and ratios; asserts nothing.

    PYTHONPATH=src .venv/bin/python benchmarks/web.py [--agreements 100000] [--history 300000]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

PASSWORD = "two rivers and a hill"  # noqa: S105 - of a synthetic officer in a throw-away database
ROUNDS = 60
PORT = 8765
FLOOR_PORT = 8766


def measured(call: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Milliseconds of each call, after a few that warm up."""
    for _round in range(5):
        call()
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return times


class Client:
    """A client that keeps its connection, as a browser does."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = headers
        self.used = 0.0

    def get(self, path: str) -> bytes:
        """The body of an answer. Raises RuntimeError unless it is 200."""
        return self._ask("GET", path, None, {}, (200,))

    def post(self, path: str, body: Any, **headers: str) -> bytes:
        """The body of the answer to a JSON object. Raises RuntimeError unless it is 200 or 201."""
        return self._ask("POST", path, json.dumps(body).encode(), headers, (200, 201))

    def change(self, path: str, body: Any, **headers: str) -> bytes:
        """The body of the answer to a change. Raises RuntimeError unless it is 200."""
        return self._ask("PATCH", path, json.dumps(body).encode(), headers, (200,))

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str], fine: tuple[int, ...]) -> bytes:
        if time.monotonic() - self.used > 2:
            self.connection.close()  # the server may have given up an idle connection; the next request opens another
        self.used = time.monotonic()
        self.connection.request(method, path, body, {**self.headers, **headers})
        response = self.connection.getresponse()
        content = response.read()
        if response.status not in fine:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
        return content


def floor_application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The same fifty rows by raw SQL and orjson, without a framework."""
    import orjson
    import psycopg

    global _connection
    if _connection is None:
        _connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    with _connection.cursor() as cursor:
        cursor.execute(os.environ["FLOOR_SQL"])
        names = [d.name for d in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    body = orjson.dumps({"items": rows}, default=str)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


_connection: Any = None


def serve(
    application: str, port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """A granian with one worker; waits until it answers."""
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            application,
        ],
        stdout=(folder / f"{port}.log").open("wb"),
        stderr=subprocess.STDOUT,
        env={
            **(environment or os.environ),
            "PYTHONPATH": os.pathsep.join((str(Path(__file__).parent.parent / "src"), str(Path(__file__).parent))),
        },
    )
    for _try in range(200):
        try:
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            probe.request("GET", "/health/")
            probe.getresponse().read()
            return server
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server on port {port} does not answer")


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Build the population, measure, print; returns the medians by name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agreements", type=int, default=100_000)
    parser.add_argument("--history", type=int, default=300_000)
    parser.add_argument("--keep", type=Path, help="a folder in which the population is kept for the next run")
    parser.add_argument("--as-owner", action="store_true", help="serve as the owner of the tables, whom no fence binds")
    options = parser.parse_args(arguments)
    from foedera.config.embedded import running

    with tempfile.TemporaryDirectory(prefix="foedera-benchmark-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the database runs as another user
        with running(folder / "data") as cluster:
            os.environ["DATABASE_URL"] = cluster.url
            os.environ["FOEDERA_DATA"] = str(folder / "data")
            os.environ.setdefault("FOEDERA_SECRET_KEY", "of the benchmark")
            os.environ["FOEDERA_LOG_LEVEL"] = "ERROR"
            os.environ["DJANGO_SETTINGS_MODULE"] = "foedera.config.settings"
            fenced = {**os.environ, "DATABASE_URL": cluster.web_url, "FOEDERA_FENCE": "connection"}
            return run(options, folder, None if options.as_owner else fenced)


def run(options: argparse.Namespace, folder: Path, environment: Mapping[str, str] | None) -> dict[str, float]:
    """Measure on the database of DATABASE_URL, served in that environment (None: that of this process)."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from population import populate

    call_command("migrate", verbosity=0)
    secret, cookie, regions = prepare()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM agreements_agreement")
        there = cursor.fetchone()[0]
    if there < options.agreements:
        started = time.perf_counter()
        populate(options.agreements - there, options.history)
        print(f"population of {options.agreements:,} made in {time.perf_counter() - started:.0f} s", flush=True)
    os.environ["FLOOR_SQL"] = floor_sql(regions)
    servers = [
        serve("foedera.config.wsgi:application", PORT, folder, environment),
        serve("web:floor_application", FLOOR_PORT, folder),
    ]
    try:
        return measure(secret, cookie)
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def prepare() -> tuple[str, str, list[int]]:
    """A user bound to seven regions: the secret of his token, the cookie of his session, the ids of his regions."""
    import datetime

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from foedera.accounts.actions import give_duty, make_person, make_token
    from foedera.accounts.models import Person
    from foedera.accounts.queries import actor_of, duties_on
    from foedera.directory.loading import load_profile
    from foedera.directory.models import Body, Function, Jurisdiction, Territory
    from foedera.directory.rules import during
    from foedera.platform.access.actors import system
    from foedera.platform.access.roles import Role

    today = timezone.localdate()
    load_profile("RU", system(today))
    person = Person.objects.filter(login="benchmark").first()
    if person is None:
        office = Body.objects.create(
            name="Synthetic office", kind="office_in_region", during=during("", ""), is_synthetic=True
        )
        function = Function.objects.order_by("id")[0]
        for region in Territory.objects.filter(own=True, kind="region").order_by("code")[:7]:
            Jurisdiction.objects.create(body=office, territory=region, function=function, during=during("", ""))
        person = make_person(actor=system(today), login="benchmark", name="Synthetic officer", password=PASSWORD)
        give_duty(
            actor=system(today),
            person=person,
            role=Role.OFFICE_OFFICER,
            body_id=office.pk,
            valid_from=datetime.date(2020, 1, 1),
        )
    duty = duties_on(person.pk, today)[0]
    actor = actor_of(duty, language="en", channel="api")
    _token, secret = make_token(actor=actor, name="benchmark", days=2, reads_only=False)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return secret, f"sessionid={session.session_key}", sorted(actor.own_territories)


def floor_sql(regions: list[int]) -> str:
    """The rows of the API list by hand: the same filter, order and columns, parties and codes in sub-selects."""
    from django.db import connection

    from foedera.agreements.lists import AGREEMENTS

    plain = [
        c.path
        for c in AGREEMENTS.columns
        if c.in_api and c.expression is None and c.compute is None and c.kind.value not in ("rows", "reference")
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'agreements_agreement'")
        known = {r[0] for r in cursor.fetchall()}
    columns = ", ".join(f"a.{c}" for c in plain if c in known)
    ids = "ARRAY[" + ",".join(map(str, regions)) + "]::bigint[]"
    names = (
        "(SELECT array_agg(coalesce(b.name, nullif(p.name, ''), t.names->>'en', t.name) ORDER BY p.id) FROM agreements_party p "
        "LEFT JOIN directory_territory t ON t.id = p.territory_id LEFT JOIN directory_body b ON b.id = p.body_id "
        "WHERE p.agreement_id = a.id AND p.side = '{side}') AS {name}"
    )
    codes = (
        "(SELECT array_agg(t.code ORDER BY t.code) FROM directory_territory t WHERE t.id = ANY(a.{field})) AS {name}"
    )
    return (
        f"SELECT a.id, {columns}, a.title, {names.format(side='own', name='own_parties')}, "  # noqa: S608 - names of the program
        f"{names.format(side='foreign', name='foreign_parties')}, {codes.format(field='own_ids', name='region')}, "
        f"{codes.format(field='partner_ids', name='partner')}, a.status_codes[width_bucket(current_date, a.status_starts)] AS status "
        f"FROM agreements_agreement a WHERE a.kind = 'memorandum' AND (a.publicity = 'public' OR a.own_ids && {ids}) "
        "ORDER BY a.id DESC LIMIT 50"
    )


def measure(secret: str, cookie: str) -> dict[str, float]:
    """The medians in milliseconds by name."""
    api = Client(PORT, {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"})
    page = Client(PORT, {"Cookie": cookie})
    floor = Client(FLOOR_PORT, {})
    first = json.loads(api.get("/api/v1/agreements?region=RU-AD&limit=1"))["items"][0]
    number = first["number"]
    made = iter(range(10**9))

    def one() -> dict[str, Any]:
        return {
            "title": f"Synthetic agreement {time.time_ns()} {next(made)}",
            "parties": [{"side": "own", "territory": first["region"][0]}, {"side": "foreign", "territory": "BY"}],
            "signed_on": "2024-05-06",
            "in_force_rule": "signature",
            "term_months": 60,
            "tacit_renewal": True,
            "renewal_months": 60,
        }

    found: dict[str, float] = {}
    listed: list[float] = []
    floored: list[float] = []
    for _round in range(3):
        listed += measured(lambda: api.get("/api/v1/agreements?kind=memorandum"))
        floored += measured(lambda: floor.get("/"))
    found["API list of 50, filtered"] = statistics.median(listed)
    found["its floor"] = statistics.median(floored)
    found["HTML list"] = statistics.median(measured(lambda: page.get("/agreements/")))
    found["HTML list, filtered by status"] = statistics.median(
        measured(lambda: page.get("/agreements/?status=expiring"))
    )
    found["detail page"] = statistics.median(measured(lambda: page.get(f"/agreements/{number}/")))
    found["detail by API"] = statistics.median(measured(lambda: api.get(f"/api/v1/agreements/{number}")))
    found["create by API"] = statistics.median(measured(lambda: api.post("/api/v1/agreements", one())))
    bulk = [
        measured(lambda: api.post("/api/v1/agreements/bulk", {"items": [one() for _n in range(1000)]}), 1)[0]
        for _n in range(2)
    ]
    found["bulk create of 1,000 by API"] = min(bulk)
    for name, value in found.items():
        print(f"{name:<34} {value:9.1f} ms")
    print(f"API list / floor                   {found['API list of 50, filtered'] / found['its floor']:9.2f} x")
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    main()
