"""Whether this session was begun with a second factor, where the role demands one."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from foedera.platform.access.roles import Role

from .models import Person

# For how many seconds a proof that was just given is good for one weighty step, and where its use is kept.
PROOF_SECONDS = 300
USED_KEY = "proof_used"
CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


def demanded_of(role: Role) -> bool:
    """Whether a role is of use only with a second factor."""
    return str(role) in settings.FOEDERA_SECOND_FACTOR


def was_given(request: HttpRequest) -> bool:
    """Whether the session was proved by a second factor or by the identity provider, which asks for its own."""
    person: Any = request.user
    return any(r.get("method") in ("mfa", "socialaccount") for r in get_authentication_records(request, person))


def is_code_of(person: Person, text: str) -> bool:
    """Whether the text is the present code of the person's authenticator or one of his unused recovery codes."""
    return any(a.wrap().validate_code(text) for a in Authenticator.objects.filter(user=person, type__in=CODES))


def has_key(person: Person) -> bool:
    """Whether the person has a passkey or security key."""
    return bool(Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists())


def has_any(person: Person) -> bool:
    """Whether the person has a second factor at all."""
    return bool(Authenticator.objects.filter(user=person).exists())


def just_proved(request: HttpRequest) -> bool:
    """Whether somebody has proved again within minutes that it is him (by a passkey, say), and that was not used yet."""
    person: Any = request.user
    used = float(request.session.get(USED_KEY, 0))
    at = [
        float(r["at"])
        for r in get_authentication_records(request, person)
        if r.get("reauthenticated") or (r.get("method") == "socialaccount" and not person.has_usable_password())
    ]
    return bool(at) and max(at) > max(used, time.time() - PROOF_SECONDS)


def use_proof(request: HttpRequest) -> None:
    """What was proved until now is not good for another step."""
    request.session[USED_KEY] = time.time()
