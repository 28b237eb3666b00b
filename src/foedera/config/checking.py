"""`./foedera test`: linters, types, architecture, then tests on the machine's PostgreSQL and on the embedded one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from foedera.config.browsing import find_browser
from foedera.config.embedded import Binaries, Cluster, ClusterError
from foedera.config.embedded.binaries import machine_binaries
from foedera.config.installation import PROJECT, StartError

# The browser of Debian needs a font of its own on a bare machine.
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-noto-core")
SERVER_PACKAGES = ("postgresql",)
# Debian's package would otherwise make and start a cluster of its own.
NO_MAIN_CLUSTER = Path("/etc/postgresql-common/createcluster.d/foedera.conf")
# pytest's exit code for a run that found no test to pass.
NO_TESTS = 5


def check(arguments: list[str]) -> int:
    """Runs everything, or only pytest when it is given arguments, and returns the exit code."""
    if arguments:
        return _pytest(arguments, {}).returncode
    missing = _fetch_browser() + _fetch_server()
    failed = [name for name, command in static_checks().items() if not _passes(name, command)]
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="foedera-test-")))
        room.chmod(0o711)
        server = machine_binaries()
        if server:
            print(f"\n== Tests marked server, on the machine's PostgreSQL {server.major}", flush=True)
            code = _on_cluster(stack, room / "server", server, ["-m", "server", "-n", "0"])
            if code not in (0, NO_TESTS):
                failed.append(f"tests on PostgreSQL {server.major}")
        print("\n== All tests, on the embedded PostgreSQL", flush=True)
        code = _on_cluster(stack, room / "embedded", None, ["-n", os.environ.get("FOEDERA_TEST_PROCESSES", "2")])
        if code:
            failed.append("tests")
    if failed and failed != ["tests"]:
        print(f"Failed: {', '.join(failed)}.", flush=True)
    for notice in missing:
        print(f"Not everything was tested: {notice}", flush=True)
    return 1 if failed else 0


def static_checks() -> dict[str, list[str]]:
    """Name and command of each check that reads the code without running it."""
    tools = Path(sys.executable).parent
    return {
        "ruff check": [str(tools / "ruff"), "check", "--quiet", ".", "foedera"],
        "ruff format": [str(tools / "ruff"), "format", "--check", "--quiet", ".", "foedera"],
        "import-linter": [str(tools / "lint-imports")],
        "mypy": [sys.executable, "-m", "mypy"],
        "mypy of tests across rooms": [sys.executable, "-m", "mypy", "tests"],
    }


def _passes(name: str, command: list[str]) -> bool:
    began = time.monotonic()
    print(f"\n== {name}", flush=True)
    environment = {**os.environ, "FOEDERA_TESTING": "1", "DJANGO_SETTINGS_MODULE": "foedera.config.settings"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL)
    print(f"{name}: {'failed' if done.returncode else 'passed'} ({time.monotonic() - began:.1f} s)", flush=True)
    return done.returncode == 0


def _on_cluster(stack: ExitStack, data: Path, binaries: Binaries | None, arguments: list[str]) -> int:
    cluster = Cluster(data, binaries=binaries, throwaway=True)
    try:
        cluster.start()
        stack.callback(cluster.stop)
    except ClusterError as error:
        raise StartError(str(error)) from error
    return _pytest(arguments, {"DATABASE_URL": cluster.url}).returncode


def _pytest(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Runs pytest; without DATABASE_URL or FOEDERA_TEST_DATABASE_URL its plugin brings up a cluster of its own."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=PROJECT, env={**os.environ, "FOEDERA_TESTING": "1", **environment})


def _fetch_browser() -> list[str]:
    """Makes sure of a browser for the journeys; returns a notice when there is none."""
    if find_browser() or _apt(BROWSER_PACKAGES):
        return []
    return [
        "the browser journeys need Chromium (on Debian, as root: apt install chromium), "
        "or FOEDERA_CHROMIUM naming one; they were skipped."
    ]


def _fetch_server() -> list[str]:
    """Makes sure of a PostgreSQL server of the machine; returns a notice when there is none."""
    if machine_binaries():
        return []
    if os.geteuid() == 0 and shutil.which("apt-get") and not NO_MAIN_CLUSTER.exists():
        NO_MAIN_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_MAIN_CLUSTER.write_text("create_main_cluster = false\n", encoding="ascii")
    if _apt(SERVER_PACKAGES) and machine_binaries():
        return []
    return [
        "the second pass needs a PostgreSQL server of the machine (on Debian, as root: apt install postgresql); "
        "the tests ran on the embedded one only."
    ]


def _apt(packages: tuple[str, ...]) -> bool:
    """Installs Debian packages when we may; returns whether they are installed now."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or not apt:
        return False
    print(f"Installing {', '.join(packages)} with apt …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    began = time.monotonic()
    for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            [apt, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    if done.returncode:
        print(f"apt failed: {' / '.join(done.stdout.splitlines()[-3:])}", flush=True)
        return False
    print(f"… installed ({time.monotonic() - began:.0f} s)", flush=True)
    return True
