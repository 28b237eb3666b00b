"""Serves the pages and runs the worker as children of this process, and ends them all together."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from foedera.config.installation import StartError

WEB_WORKERS = 2
# Threads of one web worker: while one waits for the database, others go on.
WEB_THREADS = 4
READY_WITHIN = 60.0
STOP_WITHIN = 20.0


@dataclass(frozen=True)
class Ended:
    """A child that has ended by itself."""

    name: str
    code: int


@dataclass(frozen=True)
class Asked:
    """A signal that asks us to stop."""

    number: int


def check_port(host: str, port: int) -> None:
    """Raises StartError when nobody could listen there."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise StartError(f"{host} is not an address of this machine: {error.strerror}.") from error
    except OSError as error:
        raise StartError(
            f"Port {port} on {host} cannot be used: {(error.strerror or str(error)).lower()}. "
            f"Another program may listen there; name a free port, for example --port {port % 65535 + 1}."
        ) from error


def serve(host: str, port: int, ready: Callable[[], None]) -> int:
    """Serves until a signal comes or a child ends; calls `ready` once the port answers. Returns the exit code."""
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    granian += ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws"]
    granian += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"]
    commands = {
        "web server": [*granian, "foedera.config.wsgi:application"],
        "worker": [sys.executable, "-m", "foedera", "worker"],
    }
    news: SimpleQueue[Ended | Asked] = SimpleQueue()
    previous = {
        number: signal.signal(number, lambda number, _: news.put(Asked(number))) for number in STOP_SIGNALS
    }
    children: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            # A session of its own: Ctrl-C reaches us, and we end the children in order. And if we are killed, they end.
            children[name] = subprocess.Popen(
                command,
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509 - no thread runs yet
            )
        for name, child in children.items():
            threading.Thread(target=_report_end, args=(name, child, news), daemon=True).start()
        threading.Thread(
            target=_wait_until_answering, args=(host, port, ready, children["web server"]), daemon=True
        ).start()
        event = news.get()
    finally:
        _stop(list(children.values()))
        for number, handler in previous.items():
            signal.signal(number, handler)
    if isinstance(event, Ended):
        print(
            f"The {event.name} ended unexpectedly ({_how(event.code)}); everything was stopped.",
            file=sys.stderr,
        )
        return 1
    return 0


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _end_with(parent: int) -> Callable[[], None]:
    """What a child does before it starts: asks the kernel (Linux) to be ended when its parent is."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    library = ctypes.CDLL(None, use_errno=True)
    set_parent_death_signal = 1

    def ask() -> None:
        library.prctl(set_parent_death_signal, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def _report_end(name: str, child: subprocess.Popen[bytes], news: SimpleQueue[Ended | Asked]) -> None:
    news.put(Ended(name, child.wait()))


def _wait_until_answering(
    host: str, port: int, ready: Callable[[], None], web: subprocess.Popen[bytes]
) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + READY_WITHIN
    while web.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection((target, port), timeout=1):
                ready()
                return
        except OSError:
            time.sleep(0.05)


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            # Its whole session, so that no web worker stays behind.
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
