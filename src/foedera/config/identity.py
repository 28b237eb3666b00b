"""The ministry's own identity provider (OpenID Connect), as the environment or a file describes it.

FOEDERA_OIDC_FILE     a JSON file with the keys below in lower case without the prefix (server, client, secret, ...), so that the
                      secret need not stand in the environment; what the environment says comes first
FOEDERA_OIDC_SERVER   address of the provider (issuer), below which /.well-known/openid-configuration is found
FOEDERA_OIDC_CLIENT   identifier of this program at the provider
FOEDERA_OIDC_SECRET   its secret
FOEDERA_OIDC_NAME     what the button of the sign-in says (the host of the provider)
FOEDERA_OIDC_CLAIM    the claim that is compared with a person's identifier (sub)
FOEDERA_OIDC_CREATE   1: whom nobody has entered gets an account without any role (0)
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

PREFIX = "FOEDERA_OIDC_"
KEYS = frozenset({"server", "client", "secret", "name", "claim", "create"})


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider and what is believed of it."""

    server: str
    client: str
    secret: str
    name: str
    claim: str
    create: bool

    def described(self) -> dict[str, Any]:
        """The provider as allauth's settings describe it."""
        app = {
            "provider_id": "ministry",
            "name": self.name,
            "client_id": self.client,
            "secret": self.secret,
            "settings": {"server_url": self.server, "uid_field": self.claim, "oauth_pkce_enabled": True},
        }
        return {"openid_connect": {"APPS": [app]}}


def provider_of(environment: Mapping[str, str] = os.environ) -> Provider | None:
    """The provider that the environment describes; None when it names none. Raises ImproperlyConfigured for half of one."""
    said: dict[str, str] = {}
    file = environment.get(f"{PREFIX}FILE", "")
    if file:
        try:
            read = json.loads(Path(file).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ImproperlyConfigured(f"{PREFIX}FILE cannot be read: {error}") from error
        if not isinstance(read, dict) or set(read) - KEYS:
            raise ImproperlyConfigured(f"{PREFIX}FILE holds more than {', '.join(sorted(KEYS))}")
        said.update({key: str(value) for key, value in read.items()})
    said.update({key: environment[PREFIX + key.upper()] for key in KEYS if environment.get(PREFIX + key.upper())})
    if not said:
        return None
    missing = [PREFIX + key.upper() for key in ("server", "client", "secret") if not said.get(key)]
    if missing:
        raise ImproperlyConfigured(f"An identity provider is described, but not {', '.join(missing)}")
    server = urlsplit(said["server"])
    if server.scheme != "https" and server.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ImproperlyConfigured(f"{PREFIX}SERVER must be an https address")
    return Provider(
        server=said["server"].rstrip("/"),
        client=said["client"],
        secret=said["secret"],
        name=said.get("name") or str(server.hostname),
        claim=said.get("claim") or "sub",
        create=said.get("create", "") in ("1", "true", "True"),
    )
