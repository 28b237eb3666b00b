"""Networks as the environment names them."""

from __future__ import annotations

import ipaddress

from django.core.exceptions import ImproperlyConfigured


def networks_of(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The networks and single addresses of a list parted by commas. Raises ImproperlyConfigured."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"FOEDERA_WEBHOOK_NETWORKS: {error}") from error
