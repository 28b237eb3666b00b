"""Pure rules of webhooks: signatures (Standard Webhooks), pauses between attempts, which addresses may be called."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

SECRET_PREFIX = "whsec_"  # noqa: S105 - names the kind of secret
# Minutes after the first, second ... failed attempt; then the message is given up, after nearly three days.
PAUSES = (1, 5, 30, 120, 300, 600, 840, 1200, 1200)
# A webhook whose calls have failed for so long is switched off.
FAILING_AT_MOST = datetime.timedelta(days=5)
FORMER_SECRET_HOLDS = datetime.timedelta(days=1)
MADE, CHANGED, DELETED = "created", "changed", "deleted"
EVENTS = (MADE, CHANGED, DELETED)
OPERATIONS = {"I": MADE, "U": CHANGED, "D": DELETED}
TEST = "webhooks.test"
GONE = 410

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Addresses of IPv6 behind which another of IPv4 hides: translated, 6to4, Teredo, compatible.
DISGUISED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called, taken apart."""

    host: str
    port: int
    path: str
    encrypted: bool


class BadAddress(ValueError):
    """An address that is not called; its words say why."""


def signature(secret: str, message_id: str, timestamp: int, content: bytes) -> str:
    """The signature of a message as Standard Webhooks describes it: HMAC-SHA256 over id, time and content, with the version."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def next_attempt(failed: int, now: datetime.datetime) -> datetime.datetime | None:
    """When to try again after so many failed attempts; None: not again."""
    return now + datetime.timedelta(minutes=PAUSES[failed - 1]) if failed <= len(PAUSES) else None


def target_of(url: str, networks: Sequence[Network]) -> Target:
    """The address taken apart. Raises BadAddress for one that can never be called, whatever its name leads to."""
    if any(c <= " " or c == "\\" or c == "\x7f" for c in url) or not url.isascii():
        raise BadAddress(_("The address holds characters that an address cannot have."))
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadAddress(_("This is no address of a program, such as https://example.org/changes.")) from error
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise BadAddress(_("This is no address of a program, such as https://example.org/changes."))
    if parts.username is not None or parts.password is not None:
        raise BadAddress(_("The address must not hold a name or password; calls are signed."))
    if parts.fragment:
        raise BadAddress(_("The address must not have a part behind “#”."))
    if parts.scheme == "http" and not networks:
        raise BadAddress(_("The address begins with https://."))
    literal = _literal(host)
    if literal is not None and not may_call(literal, networks, encrypted=parts.scheme == "https"):
        raise BadAddress(_("The address leads into a network that is not called from here."))
    encrypted = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(host, port or (443 if encrypted else 80), path, encrypted)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def may_call(address: Address, networks: Sequence[Network], *, encrypted: bool) -> bool:
    """Whether an address is called: one of the networks that the operator allows, else a public one, and that encrypted."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return may_call(address.ipv4_mapped, networks, encrypted=encrypted)
        if address.scope_id is not None:
            return False
    if any(address.version == n.version and address in n for n in networks):
        return True
    if isinstance(address, ipaddress.IPv6Address) and any(address in network for network in DISGUISED):
        return False
    return encrypted and address.is_global and not (address.is_multicast or address.is_reserved)
