"""A real receiver on this machine: keeps what it is sent and answers as it is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Received:
    """One call as it came in."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.content)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """Whether one of the signatures is right, reckoned as the Standard Webhooks say and not by our own code."""
        key = base64.b64decode(secret.partition("_")[2])
        signed = f"{self.message_id}.{self.headers['webhook-timestamp']}.".encode() + self.content
        wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{wanted}" in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """What came; `answers` (status, headers, content) are given first, one for each call, and 204 afterwards."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)

    def refuse(self, *statuses: int, content: bytes = b"no") -> None:
        self.answers += [(status, {}, content) for status in statuses]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that listens while this holds."""
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            kept.received.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, content))
            status, headers, answer = kept.answers.pop(0) if kept.answers else (204, {}, b"")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *arguments: Any) -> None:
            del format, arguments

    server = ThreadingHTTPServer((HOST, 0), Handler)
    kept.url = f"http://{HOST}:{server.server_port}/changes"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
