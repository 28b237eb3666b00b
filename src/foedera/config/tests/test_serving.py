"""`./foedera up` from an empty folder: it serves, mends what ends, and leaves nothing behind."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foedera.config.embedded import Cluster
from foedera.config.installation import PROJECT

pytestmark = pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks at processes through /proc")
PATIENCE = 120.0  # the machine may be busy with other tests


@pytest.fixture
def data(open_folder: Path) -> Iterator[Path]:
    yield open_folder / "data"
    Cluster(open_folder / "data").stop()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def started(data: Path, port: int, log: Path) -> subprocess.Popen[bytes]:
    environment = {n: v for n, v in os.environ.items() if n not in {"DATABASE_URL", "FOEDERA_DATA", "FOEDERA_TESTING"}}
    environment |= {"FOEDERA_ADMIN_LOGIN": "synthetic", "FOEDERA_ADMIN_PASSWORD": "a pass phrase of a test"}
    with log.open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "foedera", "up", "--port", str(port), "--data", str(data)],
            env={**environment, "PYTHONPATH": str(PROJECT / "src")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def eventually(what: Callable[[], bool], log: Path) -> None:
    """Waits until something is so; the processes looked at are real, so there is nothing else to wait for."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, log.read_text(errors="replace")[-3000:]
        time.sleep(0.1)


def status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def processes_of(data: Path) -> list[int]:
    """Processes whose environment names the data folder or that work in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            named = f"FOEDERA_DATA={data}".encode() in (entry / "environ").read_bytes().split(b"\0")
            inside = os.readlink(entry / "cwd").startswith(str(data))
        except OSError:
            continue
        if named or inside:
            found.append(int(entry.name))
    return found


def web_server(up: subprocess.Popen[bytes]) -> int:
    children = Path(f"/proc/{up.pid}/task/{up.pid}/children").read_text().split()
    return next(int(child) for child in children if b"granian" in Path(f"/proc/{child}/cmdline").read_bytes())


def test_up_serves_an_empty_folder_and_ctrl_c_leaves_nothing_behind(data: Path, port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    up = started(data, port, log)
    eventually(lambda: status(port, "/ready/") == 200, log)
    postmaster = int((data / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, signal.SIGKILL)
    eventually(lambda: "started again" in log.read_text(), log)
    eventually(lambda: status(port, "/ready/") == 200, log)
    up.send_signal(signal.SIGINT)
    assert up.wait(PATIENCE) == 0
    assert "synthetic may now sign in" in log.read_text()
    eventually(lambda: not processes_of(data), log)


def test_when_the_web_server_is_killed_everything_ends(data: Path, port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    up = started(data, port, log)
    eventually(lambda: status(port, "/health/") == 200, log)
    os.kill(web_server(up), signal.SIGKILL)
    assert up.wait(PATIENCE) == 1
    assert "web server ended unexpectedly" in log.read_text()
    eventually(lambda: not processes_of(data), log)
    assert status(port, "/health/") == 0


def test_what_stays_after_kill_9_is_taken_over_by_the_next_start(data: Path, port: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    up = started(data, port, log)
    eventually(lambda: status(port, "/ready/") == 200, log)
    up.kill()
    up.wait()
    eventually(lambda: status(port, "/health/") == 0, log)
    assert Cluster(data).is_running()
    again = started(data, port, log)
    eventually(lambda: status(port, "/ready/") == 200, log)
    again.terminate()
    assert again.wait(PATIENCE) == 0
    eventually(lambda: not processes_of(data), log)
