"""Two hundred signed-in users at once against the real server, for ten minutes: errors, times, and memory over time.

Starts `foedera demo RU` in a folder of its own (web workers, worker and database as an operator has them), signs people of many bodies
in, and lets each read, search, filter and now and then write, with a pause for thought between two requests. Users and server share
the machine. Prints figures; asserts nothing.

    PYTHONPATH=src .venv/bin/python benchmarks/load.py [--seconds 600] [--users 200] [--think 15]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

KEY = "of the benchmark"
PASSWORD = "two rivers and a hill"  # noqa: S105 - of synthetic people in a throw-away database
READY_WITHIN = 600.0
SAMPLES = 40
ROLES = (
    ("office_officer", "office_in_region", 6),
    ("region", "region_government", 6),
    ("mission", "embassy", 4),
    ("coordinator", "ministry", 2),
    ("legal", "ministry", 1),
    ("auditor", "ministry", 1),
)
WORDS = ("trade", "culture", "education", "tourism", "forest", "sport", "Belarus", "соглашение", "торговля")


@dataclass
class Figures:
    """What the users saw."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    faults: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, milliseconds: float, fault: str) -> None:
        with self.lock:
            self.taken[what].append(milliseconds)
            if fault:
                self.faults[f"{what}: {fault}"] += 1


class User(threading.Thread):
    """Somebody with a browser: one connection, his cookies, a pause between two requests."""

    def __init__(self, number: int, seat: dict[str, Any], port: int, until: float, think: float, figures: Figures):
        super().__init__(daemon=True)
        self.chance = random.Random(number)
        self.seat, self.port, self.until, self.think, self.figures = seat, port, until, think, figures
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = {"sessionid": seat["session"]}
        self.records: list[str] = []

    def run(self) -> None:
        time.sleep(self.chance.uniform(0, self.think))
        while time.monotonic() < self.until:
            self.one()
            time.sleep(min(self.chance.expovariate(1 / self.think), max(0.0, self.until - time.monotonic())))
        self.connection.close()

    def one(self) -> None:
        """What a user does next: mostly lists and records, now and then a search, a count, a change."""
        drawn = self.chance.random()
        if drawn < 0.30 or not self.records:
            content = self.ask("list", "GET", self.chance.choice(("/agreements/", "/agreements/?status=expiring")))
            self.records = [number.decode() for number in re.findall(rb"/agreements/(AG-\d+)/", content)]
        elif drawn < 0.60:
            self.ask("record", "GET", f"/agreements/{self.chance.choice(self.records)}/")
        elif drawn < 0.70:
            self.ask("search", "GET", f"/search/?q={self._word()}")
        elif drawn < 0.78:
            self.ask("desk", "GET", "/")
        elif drawn < 0.84:
            self.ask("inbox", "GET", "/notices/")
        elif drawn < 0.94:
            self.ask("API list", "GET", f"/api/v1/agreements?q={self._word()}")
        elif self.seat["writes"]:
            self.create()
        else:
            self.ask("directory", "GET", "/directory/")

    def _word(self) -> str:
        return quote(self.chance.choice(WORDS))

    def create(self) -> None:
        body = {
            "title": f"Synthetic agreement of the load {time.time_ns()}",
            "parties": [{"side": "own", "territory": self.seat["writes"]}, {"side": "foreign", "territory": "BY"}],
            "signed_on": "2024-05-06",
            "in_force_rule": "signature",
            "term_months": 60,
        }
        self.ask("create", "POST", "/api/v1/agreements", json.dumps(body).encode())

    def ask(self, what: str, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            token = self.cookies.get("csrftoken", "")
            headers |= {"Content-Type": "application/json", "X-CSRFToken": token, "Referer": "http://127.0.0.1/"}
        begun, fault, content = time.perf_counter(), "", b""
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
            content = answer.read()
            for header in answer.headers.get_all("Set-Cookie") or ():
                name, _sign, value = header.partition(";")[0].partition("=")
                self.cookies[name.strip()] = value
            if answer.status >= 400 or "/accounts/login" in (answer.headers.get("Location") or ""):
                fault = f"status {answer.status} at {path.partition('?')[0]}"
        except (OSError, http.client.HTTPException) as error:
            fault = type(error).__name__
            self.connection.close()
        self.figures.note(what, (time.perf_counter() - begun) * 1000, fault)
        return content


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children_of(process: int) -> list[int]:
    """The process and all below it."""
    found, parents = [process], defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            parents[parent].append(int(entry.name))
    for one in found:
        found += parents[one]
    return found


def memory_of(process: int) -> tuple[float, float]:
    """MiB that the Python processes of the server and those of PostgreSQL hold (shared pages counted once, by PSS)."""
    program, database = 0.0, 0.0
    for one in children_of(process):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            name = Path(f"/proc/{one}/comm").read_text().strip()
        except OSError:
            continue
        held = int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024  # type: ignore[index]  # always there
        if "postgres" in name:
            database += held
        else:
            program += held
    return program, database


def database_memory(data: Path) -> float:
    """MiB that PostgreSQL holds, which may run as another user's child: found by the folder it was started in."""
    total = 0.0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if (entry / "comm").read_text().strip() == "postgres" and str(data) in str((entry / "cwd").readlink()):
                found = re.search(r"^Pss:\s+(\d+)", (entry / "smaps_rollup").read_text(), re.MULTILINE)
                total += int(found[1]) / 1024 if found else 0.0
        except OSError:
            continue
    return total


def sign_in(users: int) -> list[dict[str, Any]]:
    """So many people in the roles of ROLES, each with a session; `writes` is the region for which somebody may create."""
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.utils import timezone

    from foedera.accounts.actions import give_duty, make_person
    from foedera.directory.models import Body, Territory
    from foedera.platform.access.actors import system, territories_of
    from foedera.platform.access.roles import Role

    today = timezone.localdate()
    actor = system(today)
    bodies = {kind: list(Body.objects.filter(kind=kind).order_by("id")[:60]) for _role, kind, _share in ROLES}
    codes = dict(Territory.objects.filter(own=True, kind="region").values_list("pk", "code"))
    wheel = [(role, kind) for role, kind, share in ROLES for _n in range(share) if bodies[kind]]
    seats = []
    for number in range(users):
        role, kind = wheel[number % len(wheel)]
        body = bodies[kind][number // len(wheel) % len(bodies[kind])]
        person = make_person(actor=actor, login=f"load{number}", name=f"Synthetic user {number}", password=PASSWORD)
        give_duty(actor=actor, person=person, role=Role(role), body_id=body.pk, valid_from=today)
        session = SessionStore()
        session[SESSION_KEY] = str(person.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        session.save()
        own = [codes[t] for t in sorted(territories_of(body.pk, today, "en").own) if t in codes]
        writes = own[0] if own and role in ("office_officer", "region") else ""
        seats.append({"session": session.session_key, "writes": writes, "role": role})
    return seats


def start(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server as an operator starts it; waits until it answers."""
    environment = {**os.environ, "FOEDERA_SECRET_KEY": KEY, "FOEDERA_LOG_LEVEL": "WARNING"}
    environment["PYTHONPATH"] = str(Path(__file__).parent.parent / "src")
    for name in ("DATABASE_URL", "FOEDERA_DATA"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "foedera", "demo", "RU", "--data", str(folder / "data"), "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            probe = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            probe.request("GET", "/ready/")
            if probe.getresponse().status == 200:
                return server
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"the server does not answer: {(folder / 'server.log').read_text()[-2000:]}")


def main() -> None:
    """Start, sign in, let them work, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--think", type=float, default=15, help="mean pause between two requests of a user, in seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="foedera-load-") as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o711)  # the database runs as another user
        server = start(folder, port)
        try:
            measure(options, folder, port, server.pid)
        finally:
            server.send_signal(signal.SIGINT)
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def measure(options: argparse.Namespace, folder: Path, port: int, server: int) -> None:
    """Let the users work and print what they saw and what the server held."""
    from foedera.config.installation import Installation

    os.environ |= {
        "DATABASE_URL": Installation(folder / "data").cluster.url,
        "FOEDERA_DATA": str(folder / "data"),
        "FOEDERA_SECRET_KEY": KEY,
        "FOEDERA_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "foedera.config.settings",
    }
    seats = sign_in(options.users)
    report_roles(seats)
    from django.db import connection

    connection.close()
    figures, begun = Figures(), time.monotonic()
    until = begun + options.seconds
    users = [User(n, seat, port, until, options.think, figures) for n, seat in enumerate(seats)]
    for user in users:
        user.start()
    held: list[tuple[float, float, float]] = []
    pause = max(1.0, options.seconds / SAMPLES)
    while time.monotonic() < until:
        time.sleep(min(pause, max(0.1, until - time.monotonic())))
        program, below = memory_of(server)
        held.append((time.monotonic() - begun, program, below or database_memory(folder / "data")))
    for user in users:
        user.join(90)
    report(options, figures, held, time.monotonic() - begun)


def report_roles(seats: list[dict[str, Any]]) -> None:
    """Print how many worked in each role, those too that have no body of their kind in the demonstration."""
    seated = Counter(seat["role"] for seat in seats)
    print("roles: " + ", ".join(f"{role} {seated[role]}" for role, _kind, _share in ROLES))
    for role, kind, _share in ROLES:
        if not seated[role]:
            print(
                f"nobody worked as {role}: the demonstration has no body of the kind {kind}, or there were too few users"
            )


def report(options: argparse.Namespace, figures: Figures, held: list[tuple[float, float, float]], taken: float) -> None:
    """Print requests, times and errors by kind, and the memory at the quarters of the time."""
    total = sum(map(len, figures.taken.values()))
    print(
        f"{options.users} signed-in users, {taken:.0f} s, pauses of {options.think:g} s on the average: "
        f"{total:,} requests, {total / taken:.1f} a second"
    )
    print(f"{'':<12}{'requests':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'most':>9}")
    for what, times in sorted(figures.taken.items()):
        at = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [times[0]] * 99
        print(f"{what:<12}{len(times):>9,}{at[49]:>9.0f}{at[94]:>9.0f}{at[98]:>9.0f}{max(times):>9.0f}")
    faults = sum(figures.faults.values())
    print(f"errors: {faults}" + "".join(f"\n    {count} x {what}" for what, count in figures.faults.most_common(10)))
    print("memory in MiB (PSS)     program  PostgreSQL")
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        moment, program, database = held[min(len(held) - 1, round(share * (len(held) - 1)))]
        print(f"    after {moment:>5.0f} s {program:>13.0f} {database:>11.0f}")
    later = [program for moment, program, _database in held if moment > taken / 4]
    if len(later) > 3:
        half = len(later) // 2
        first, second = statistics.mean(later[:half]), statistics.mean(later[half:])
        print(f"program, mean of the later half of the last three quarters against the earlier: {second / first:.3f} x")


if __name__ == "__main__":
    main()
