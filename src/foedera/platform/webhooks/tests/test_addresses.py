"""Which addresses are called: public and encrypted ones, and what the operator allows; a name leads nowhere else meanwhile."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time

import pytest

from foedera.platform.webhooks import connecting
from foedera.platform.webhooks.connecting import call, resolved
from foedera.platform.webhooks.rules import BadAddress, may_call, signature, target_of

from .receiving import receiver

HERE = (ipaddress.ip_network("127.0.0.1"),)
FORBIDDEN = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255",
    "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1", "2001:db8::1", "fe80::1%1",
)  # fmt: skip


@pytest.mark.parametrize("text", FORBIDDEN)
def test_no_inner_address_is_called_however_it_is_written(text: str) -> None:
    assert not may_call(ipaddress.ip_address(text), (), encrypted=True)


@pytest.mark.parametrize("text", ["8.8.8.8", "2606:4700::1111"])
def test_public_addresses_are_called_encrypted(text: str) -> None:
    assert may_call(ipaddress.ip_address(text), (), encrypted=True)
    assert not may_call(ipaddress.ip_address(text), (), encrypted=False)


def test_what_the_operator_allows_is_called() -> None:
    assert may_call(ipaddress.ip_address("127.0.0.1"), HERE, encrypted=False)
    assert may_call(ipaddress.ip_address("::ffff:127.0.0.1"), HERE, encrypted=False)
    assert not may_call(ipaddress.ip_address("127.0.0.2"), HERE, encrypted=True)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "https://", "example.org", "https://a:b@example.org/", "https://example.org/#part", "http://example.org/",
        "https://127.0.0.1/", "https://[::1]/", "https://exam ple.org/", "https://example.org:0/", "https://example.org:99999/",
        "https://example.org/\r\nX: y", "https://[::1", "file:///etc/passwd", "https://пример.рф/", "https:\\\\example.org",
    ],
)  # fmt: skip
def test_a_faulty_address_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        target_of(url, ())


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1"])
def test_a_name_that_leads_inside_is_not_connected_to(host: str) -> None:
    with pytest.raises((BadAddress, OSError)):
        resolved(target_of(f"https://{host}/", ()), ())


def test_one_inner_address_among_several_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    def both(*_given: object, **_named: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(2, 1, 6, "", ("8.8.8.8", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(BadAddress):
        resolved(target_of("https://example.org/", ()), ())


def test_a_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second answer of a name server leads elsewhere; nobody asks for it."""
    answers = [[(2, 1, 6, "", ("127.0.0.1", 1))]]
    asked: list[str] = []

    def once(host: str, port: int, *_given: object, **_named: object) -> object:
        if host != "register.example":
            return whole(host, port, *_given, **_named)  # type: ignore[arg-type]
        asked.append(host)
        return answers.pop(0)

    whole = socket.getaddrinfo
    with receiver() as listening:
        port = listening.url.rpartition(":")[2].partition("/")[0]
        monkeypatch.setattr(socket, "getaddrinfo", once)
        found = call(f"http://register.example:{port}/changes", {}, b"{}", HERE)
    assert found.status == 204
    assert asked == ["register.example"]
    assert listening.received[0].headers["host"] == f"register.example:{port}"


def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "WHOLE_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def drip() -> None:
            connected, _address = listening.accept()
            with connected:
                while not over.wait(0.05):
                    try:
                        connected.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        begun = time.monotonic()
        found = call(f"http://127.0.0.1:{listening.getsockname()[1]}/", {}, b"{}", HERE)
        over.set()
        thread.join()
    assert found.status is None
    assert found.fault
    assert time.monotonic() - begun < 10


def test_no_more_than_the_beginning_of_an_answer_is_read() -> None:
    with receiver() as listening:
        listening.refuse(200, content=b"x" * 1_000_000)
        found = call(listening.url, {}, b"{}", HERE)
    assert (found.status, len(found.head)) == (200, 500)


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks' own libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    content = b'{"test": 2432232314}'
    found = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, content)
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
