"""Lending one's role to a colleague for a leave, and taking it back."""

from __future__ import annotations

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import NotFound, invalid
from foedera.platform.history.recording import record_action

from ..models import Delegation, Duty
from ..queries import runs_the_machine
from ..rules import fault_of_delegation


def lend_role(
    *,
    actor: Actor,
    login: str,
    valid_from: datetime.date,
    valid_until: datetime.date,
    reason: str,
) -> Delegation:
    """The colleague with that login works in the actor's present role too, from one day to another. Raises Invalid.

    He must hold a role in the same body himself, so that nobody lets a stranger in.
    """
    if actor.duty_id is None or actor.person_id is None or actor.acting_for:
        raise invalid("", _("Only a role of your own can be lent."))
    if actor.role in (Role.ADMINISTRATOR, Role.PUBLIC):
        raise invalid("", _("The administrator's role is lent to nobody; give the role to another person instead."))
    if not reason.strip():
        raise invalid("reason", _("Say why."))
    if "\x00" in reason + login:
        raise invalid("reason", _("The text holds a character that cannot be stored."))
    duty = Duty.objects.get(pk=actor.duty_id)
    fault = fault_of_delegation(valid_from, valid_until, actor.today, duty.valid_until)
    if fault is not None:
        raise invalid(*fault)
    colleague = (
        Duty.objects.filter(
            person__login__iexact=login.strip(),
            person__is_active=True,
            body_id=duty.body_id,
            valid_from__lte=valid_from,
        )
        .exclude(valid_until__lt=valid_from)
        .exclude(person_id=actor.person_id)
        .first()
    )
    if colleague is None:
        raise invalid("login", _("Nobody with this login works in your body then."))
    try:
        with transaction.atomic():
            record_action("accounts.lend_role", actor, reason.strip())
            return Delegation.objects.create(
                duty=duty,
                person_id=colleague.person_id,
                valid_from=valid_from,
                valid_until=valid_until,
                reason=reason.strip()[:300],
            )
    except IntegrityError as error:
        raise invalid("valid_from", _("The role is lent for some of these days already.")) from error


def take_back_role(*, actor: Actor, key: int) -> None:
    """End a delegation at once: by who lent the role, or by a switched-on administrator. Raises NotFound."""
    with transaction.atomic():
        record_action("accounts.take_back_role", actor)
        rows = Delegation.objects.filter(pk=key, revoked_at__isnull=True)
        if actor.role != Role.ADMINISTRATOR and not runs_the_machine(actor):
            if actor.person_id is None:
                raise NotFound()
            rows = rows.filter(duty__person_id=actor.person_id)
        if not rows.update(revoked_at=timezone.now()):
            raise NotFound()
