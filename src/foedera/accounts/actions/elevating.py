"""Switching an administrator's session on and off, and logging what is done in it."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, Refused, invalid
from foedera.platform.actions.events import publish_after_commit
from foedera.platform.history.recording import record_action

from ..events import SessionSwitchedOn
from ..models import AccessEntry, Elevation
from ..queries import runs_the_machine


def switch_on(*, actor: Actor, reason: str, minutes: int, address: str | None = None) -> Elevation:
    """Switch on the session of who holds the administrator's role; the caller has asked for password or second factor again.

    Raises Refused for everybody else, Invalid without a reason or for a time that is not offered.
    """
    if actor.held_role != Role.ADMINISTRATOR or actor.off_because != "elevation" or actor.duty_id is None:
        raise Refused(_("Your role does not include this step."))
    reason = reason.strip()
    if not reason:
        raise invalid("reason", _("Say why."))
    if "\x00" in reason:
        raise invalid("reason", _("The text holds a character that cannot be stored."))
    longest = settings.FOEDERA_ELEVATION_LONGEST
    if not 1 <= minutes <= longest:
        raise invalid("minutes", _("Enter a whole number from 1 to %(most)d.") % {"most": longest})
    now = timezone.now()
    with transaction.atomic():
        record_action("accounts.switch_on", actor, reason)
        elevation = Elevation.objects.create(
            duty_id=actor.duty_id,
            reason=reason[:500],
            started_at=now,
            until=now + datetime.timedelta(minutes=minutes),
            address=address,
        )
        publish_after_commit([SessionSwitchedOn(elevation.pk, actor.name, elevation.reason, elevation.until)])
    return elevation


def end_elevation(*, actor: Actor, key: int) -> None:
    """Switch a session off at once: one's own, or as a switched-on administrator another's. Raises NotFound."""
    if actor.person_id is None and not runs_the_machine(actor):
        raise NotFound()
    with transaction.atomic():
        record_action("accounts.switch_off", actor)
        rows = Elevation.objects.filter(pk=key, ended_at__isnull=True)
        if actor.role != Role.ADMINISTRATOR and not runs_the_machine(actor):
            rows = rows.filter(duty__person=actor.person_id)
        if not rows.update(ended_at=timezone.now()):
            raise NotFound()


def log_request(
    *, actor: Actor, elevation: int, method: str, path: str, sent: dict[str, Any], request_id: str
) -> AccessEntry:
    """Write down a request of a switched-on session before it is carried out, in the access log and in the history.

    It is committed by itself: what follows may fail, the request was made all the same.
    """
    with transaction.atomic():
        record_action("accounts.request", actor, f"{method} {path}"[:2000])
        return AccessEntry.objects.create(
            elevation_id=elevation, method=method[:10], path=path, sent=sent, request_id=request_id[:64]
        )


def tell_answer(entry: AccessEntry, status: int) -> None:
    """Add the answer to a request that was written down; only this may ever be added."""
    AccessEntry.objects.filter(pk=entry.pk, status__isnull=True).update(status=status)
