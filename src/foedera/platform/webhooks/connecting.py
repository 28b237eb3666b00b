"""One call to a receiver: its name is looked up once, the addresses found are judged, and one of them is connected to.

So a name that answers otherwise a moment later leads nowhere else. Redirects are not followed, proxies of the environment are not
used, and neither a slow nor an endless answer keeps the caller.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .rules import BadAddress, Network, Target, may_call, target_of

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
READ_AT_MOST = 4096


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call: the status and the beginning of the answer, or the kind of fault; and how long it took."""

    seconds: float
    status: int | None = None
    head: str = ""
    fault: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was judged already; names are not looked up again."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target, self._address = target, address

    def connect(self) -> None:
        """As HTTPConnection.connect; the certificate is judged by the name."""
        self.sock = socket.create_connection((self._address, self._target.port), CONNECT_SECONDS)
        if self._target.encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)
        self.sock.settimeout(WHOLE_SECONDS)


def resolved(target: Target, networks: Sequence[Network]) -> str:
    """The address to connect to. Raises BadAddress when the name also leads where nobody is called, OSError when nowhere."""
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    for text in addresses:
        if not may_call(ipaddress.ip_address(text), networks, encrypted=target.encrypted):
            raise BadAddress("the name leads into a network that is not called")
    return addresses[0]


def call(url: str, headers: Mapping[str, str], content: bytes, networks: Sequence[Network]) -> Answer:
    """Send the content by POST. What goes wrong stands in the answer and is not raised."""
    begun = time.monotonic()
    connection: _Connection | None = None
    watch: threading.Timer | None = None
    try:
        target = target_of(url, networks)
        connection = _Connection(target, resolved(target, networks))
        connection.connect()
        # A receiver that says a letter now and then would otherwise never run into a time limit.
        watch = threading.Timer(WHOLE_SECONDS, _cut, (connection.sock,))
        watch.daemon = True
        watch.start()
        connection.request("POST", target.path, body=content, headers={**headers, "Connection": "close"})
        response = connection.getresponse()
        head = response.read(READ_AT_MOST).decode("utf-8", "replace").replace("\x00", "")
        return Answer(time.monotonic() - begun, response.status, head[:500])
    except BadAddress:
        return Answer(time.monotonic() - begun, fault="refused address")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return Answer(time.monotonic() - begun, fault=type(error).__name__)
    finally:
        if watch is not None:
            watch.cancel()
        if connection is not None:
            connection.close()


def _cut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
