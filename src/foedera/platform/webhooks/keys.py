"""Secrets with which calls are signed: made at random, kept encrypted, shown once."""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from .rules import SECRET_PREFIX


def new_secret() -> str:
    """A secret as Standard Webhooks writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def encrypted(secret: str) -> str:
    """The secret as it is kept."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypted(kept: str) -> str | None:
    """The secret that was kept; None when the secret key of the installation has changed since."""
    try:
        return _cipher().decrypt(kept.encode()).decode()
    except InvalidToken:
        return None


def _cipher() -> Fernet:
    key = hashlib.sha256(b"webhooks of foedera\x00" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
