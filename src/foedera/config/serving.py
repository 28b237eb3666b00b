"""Serves the pages and runs the worker as children of this process, and ends them all together."""

from __future__ import annotations

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from foedera.config.installation import StartError

WEB_WORKERS = 2
# Threads of one web worker: while one waits for the database, others go on.
WEB_THREADS = 4
READY_WITHIN = 60.0
STOP_WITHIN = 20.0
KEEP_EVERY = 3.0
# A worker that ends sooner than this after its start will not do better the next time.
UNABLE_WITHIN = 10.0


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


def serve(
    host: str,
    port: int,
    ready: Callable[[], None],
    keep: Callable[[], None] = lambda: None,
    *,
    web: Mapping[str, str] | None = None,
    worker: Mapping[str, str] | None = None,
) -> int:
    """Serves until a signal asks to stop or the web server ends; returns the exit code.

    Calls `ready` once pages are answered, and `keep` every few seconds, which looks after what else must run. A worker
    that ends is started again, except when it could not begin at all. `web` and `worker` are the environments of the two
    (None: that of this process).
    """
    granian = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    granian += ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--no-ws"]
    granian += ["--respawn-failed-workers", "--workers-kill-timeout", "10", "--log-level", "warning"]
    asked: list[int] = []
    previous = {number: signal.signal(number, lambda number, _: asked.append(number)) for number in STOP_SIGNALS}
    watch = Watch(host, port, ready, keep)
    try:
        watch.worker = worker
        watch.children["web server"] = Child.started([*granian, "foedera.config.wsgi:application"], web)
        return watch.until_end(asked)
    finally:
        watch.stop()
        for number, handler in previous.items():
            signal.signal(number, handler)


STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Child:
    """A running command and when it began (monotonic seconds)."""

    command: list[str]
    process: subprocess.Popen[bytes]
    since: float
    environment: Mapping[str, str] | None = None

    @classmethod
    def started(cls, command: list[str], environment: Mapping[str, str] | None = None) -> Child:
        """Starts the command in a session of its own: Ctrl-C reaches us, and we end the children in order."""
        process = subprocess.Popen(
            command,
            env=environment,
            start_new_session=True,
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509 - this process has no threads
        )
        return cls(command, process, time.monotonic(), environment)


@dataclass
class Watch:
    """The children while they run, and whether pages have been answered yet."""

    host: str
    port: int
    ready: Callable[[], None]
    keep: Callable[[], None]
    children: dict[str, Child] = field(default_factory=dict)
    answering: bool = False
    worker: Mapping[str, str] | None = None

    def until_end(self, asked: list[int]) -> int:
        """Returns the exit code when a signal has been put into `asked` or the web server is no more."""
        began = kept = time.monotonic()
        while not asked:
            time.sleep(0.1)
            now = time.monotonic()
            if self._unable(now):
                return 1
            if not self.answering and _answers(self.host, self.port):
                self.answering = True
                self.ready()
                # Only now: while the web workers begin, they need both cores.
                self.children["worker"] = Child.started([sys.executable, "-m", "foedera", "worker"], self.worker)
            elif not self.answering and now - began > READY_WITHIN:
                _complain(f"No page was answered within {READY_WITHIN:.0f} seconds; everything was stopped.")
                return 1
            if now - kept > KEEP_EVERY:
                kept = now
                self.keep()
        return 0

    def _unable(self, now: float) -> bool:
        for name, child in list(self.children.items()):
            code = child.process.poll()
            if code is None:
                continue
            if name == "web server" or now - child.since < UNABLE_WITHIN:
                _complain(f"The {name} ended unexpectedly ({_how(code)}); everything was stopped.")
                return True
            _complain(f"The {name} ended unexpectedly ({_how(code)}) and is started again.")
            self.children[name] = Child.started(child.command, child.environment)
        return False

    def stop(self) -> None:
        """Asks the children to end, and makes them end when they do not. While they still begin they hear nothing."""
        processes = [child.process for child in self.children.values()]
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + (STOP_WITHIN if self.answering else 1)
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            # What is left of its session: a web server that was killed leaves its workers behind, and they the port taken.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _complain(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _answers(host: str, port: int) -> bool:
    """Whether the web server gives any answer: it listens before its workers can answer."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(target, port, timeout=2)
    try:
        served = os.environ.get("FOEDERA_HOSTS", "localhost").split(",")[0]
        connection.request("HEAD", "/health/", headers={"Host": served, "X-Forwarded-Proto": "https"})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end_with(parent: int) -> Callable[[], None]:
    """What a child does before it starts.

    It heeds Ctrl-C even if we were started in the background, where shells switch it off, and asks the kernel (Linux)
    to be ended when we are.
    """
    linux = sys.platform.startswith("linux")
    library = ctypes.CDLL(None, use_errno=True) if linux else None
    set_parent_death_signal = 1

    def begin() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if library is not None:
            library.prctl(set_parent_death_signal, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

    return begin


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
