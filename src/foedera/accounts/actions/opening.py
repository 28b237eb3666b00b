"""Opening a restricted record of another body for reading ("break the glass"), and closing it again."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, Refused, invalid
from foedera.platform.actions.events import publish_after_commit
from foedera.platform.history.recording import record_action

from ..events import ReadingOpened
from ..models import OpenReading
from ..queries import restricted_record

# Whose work may demand it: the centre and oversight. An administrator keeps accounts and has no business in a restricted file.
OPENERS = frozenset({Role.COORDINATOR, Role.LEGAL, Role.INSPECTOR, Role.AUDITOR})


def open_reading(*, actor: Actor, number: str, hours: int, reason: str) -> OpenReading:
    """Let the actor read a restricted record of another body for some hours; its owner is told. It gives no right to change.

    Raises Refused for other roles, Invalid for a number that is none of a restricted record, a missing reason or a long time.
    """
    if actor.role not in OPENERS or actor.person_id is None or actor.duty_id is None:
        raise Refused(_("Your role does not include this step."))
    reason = reason.strip()
    if len(reason) < 10:
        raise invalid("reason", _("Say in a sentence why you must read this record; its owner is told."))
    if "\x00" in reason:
        raise invalid("reason", _("The text holds a character that cannot be stored."))
    longest = settings.FOEDERA_READING_LONGEST
    if not 1 <= hours <= longest:
        raise invalid("hours", _("Enter a whole number from 1 to %(most)d.") % {"most": longest})
    record = restricted_record(number)
    if record is None:
        raise invalid("number", _("There is no restricted record with this number."))
    if record.owner_id is not None and record.owner_id == actor.body_id:
        raise invalid("number", _("This record belongs to your body; you read it anyway."))
    now = timezone.now()
    with transaction.atomic():
        record_action("accounts.open_reading", actor, reason)
        reading = OpenReading.objects.create(
            person_id=actor.person_id,
            duty_id=actor.duty_id,
            table_name=type(record)._meta.db_table,
            record_id=record.pk,
            number=record.number,
            owner_id=record.owner_id,
            reason=reason[:500],
            valid_from=now,
            valid_until=now + datetime.timedelta(hours=hours),
        )
        told = ReadingOpened(
            reading.pk,
            reading.number,
            reading.table_name,
            reading.record_id,
            reading.owner_id,
            actor.signature,
            reading.reason,
            reading.valid_until,
        )
        publish_after_commit([told])
    return reading


def close_reading(*, actor: Actor, key: int) -> None:
    """End an opened reading at once: one's own, or one of a record of the actor's body. Raises NotFound."""
    with transaction.atomic():
        record_action("accounts.close_reading", actor)
        reading = OpenReading.objects.select_for_update().filter(pk=key, ended_at__isnull=True).first()
        mine = reading is not None and actor.person_id is not None and reading.person_id == actor.person_id
        ours = reading is not None and reading.owner_id is not None and reading.owner_id == actor.body_id
        if reading is None or not (mine or (ours and not actor.is_public) or actor.role == Role.COORDINATOR):
            raise NotFound()
        reading.ended_at = timezone.now()
        reading.save(update_fields=["ended_at"])
