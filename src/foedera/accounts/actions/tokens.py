"""Secrets for programs: of a person in a role, or of a body. They are shown once and never stand in the history."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import READS_ONLY, Role
from foedera.platform.actions.errors import NotFound, Refused, invalid
from foedera.platform.history.recording import record_action
from foedera.platform.lists.description import record_types as described

from ..models import ServiceToken, Token
from ..queries import runs_the_machine, token_digest

LONGEST_TOKEN_DAYS = 366
SERVICE_PREFIX = "foedera_service_"
# Who speaks for a body towards programs; an administrator for every body, in his switched-on session.
KEEPERS_OF_SERVICE_TOKENS = frozenset(
    {Role.ADMINISTRATOR, Role.COORDINATOR, Role.OFFICE_HEAD, Role.REGION, Role.AGENCY, Role.MISSION, Role.DESK}
)


def _check(name: str, days: int) -> None:
    if not name.strip():
        raise invalid("name", _("This is required."))
    if "\x00" in name:
        raise invalid("name", _("The text holds a character that cannot be stored."))
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise invalid("days", _("Enter a whole number from 1 to %(most)d.") % {"most": LONGEST_TOKEN_DAYS})


def make_token(*, actor: Actor, name: str, days: int, reads_only: bool) -> tuple[Token, str]:
    """A token for the actor's present duty and its secret, which is shown once. Raises Invalid."""
    if actor.duty_id is None:
        raise invalid("name", _("Only who holds a role can have a token."))
    if actor.acting_for:
        raise invalid("name", _("A lent role has no tokens; change to a role of your own."))
    if actor.role in (Role.ADMINISTRATOR, Role.PUBLIC):
        raise invalid("name", _("An administrator's session is switched on by a person; no token can do that."))
    _check(name, days)
    secret = f"foedera_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        record_action("accounts.make_token", actor, name.strip())
        token = Token.objects.create(
            duty_id=actor.duty_id,
            name=name.strip()[:100],
            digest=token_digest(secret),
            reads_only=reads_only,
            expires_on=actor.today + datetime.timedelta(days=days),
        )
    return token, secret


def revoke_token(*, actor: Actor, key: int) -> None:
    """Make a token of the actor's useless from now on. Raises NotFound when it is not his."""
    if actor.person_id is None:
        raise NotFound()
    with transaction.atomic():
        record_action("accounts.revoke_token", actor, str(key))
        changed = Token.objects.filter(pk=key, duty__person_id=actor.person_id, revoked_at__isnull=True).update(
            revoked_at=timezone.now()
        )
        if not changed:
            raise NotFound()


def keeps_service_tokens(actor: Actor) -> bool:
    """Whether the actor may make and revoke the tokens of his body (an administrator: of every body)."""
    return actor.role in KEEPERS_OF_SERVICE_TOKENS and not actor.acting_for and actor.person_id is not None


def make_service_token(
    *,
    actor: Actor,
    body_id: int,
    role: Role,
    name: str,
    days: int,
    reads_only: bool,
    record_types: Sequence[str] = (),
) -> tuple[ServiceToken, str]:
    """A token of a body and its secret, which is shown once. Raises Refused, Invalid.

    It works in a role of the body that its maker holds himself; an administrator chooses any role but his own.
    """
    if not keeps_service_tokens(actor) or actor.person_id is None:
        raise Refused(_("Your role does not include this step."))
    if actor.role != Role.ADMINISTRATOR and body_id != actor.body_id:
        raise invalid("body", _("Make tokens for the body in which you work."))
    if actor.role not in (Role.ADMINISTRATOR, role):
        raise invalid("role", _("A token may do no more than you do."))
    if role in (Role.ADMINISTRATOR, Role.PUBLIC):
        raise invalid("role", _("An administrator's session is switched on by a person; no token can do that."))
    known = {kind.name for kind in described()}
    if set(record_types) - known:
        raise invalid("record_types", _("Choose one of the values offered."))
    _check(name, days)
    secret = f"{SERVICE_PREFIX}{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        record_action("accounts.make_service_token", actor, name.strip())
        token = ServiceToken.objects.create(
            body_id=body_id,
            role=role,
            name=name.strip()[:100],
            digest=token_digest(secret),
            reads_only=reads_only or role in READS_ONLY,
            record_types=sorted(set(record_types)),
            made_by_id=actor.person_id,
            expires_on=actor.today + datetime.timedelta(days=days),
        )
    return token, secret


def revoke_service_token(*, actor: Actor, key: int, reason: str = "") -> None:
    """Make a token of a body useless from now on. Raises NotFound when it is not the actor's to revoke."""
    if not keeps_service_tokens(actor) and not runs_the_machine(actor):
        raise NotFound()
    with transaction.atomic():
        record_action("accounts.revoke_service_token", actor, reason or str(key))
        tokens = ServiceToken.objects.filter(pk=key, revoked_at__isnull=True)
        if actor.role != Role.ADMINISTRATOR and not runs_the_machine(actor):
            tokens = tokens.filter(body_id=actor.body_id) if actor.body_id is not None else tokens.none()
        if not tokens.update(revoked_at=timezone.now()):
            raise NotFound()
