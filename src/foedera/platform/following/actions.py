"""Asking to be told, and asking no longer."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field

from foedera.platform.actions.errors import NotFound, Refused, invalid
from foedera.platform.actions.performing import Action, Reason, Run, register
from foedera.platform.lists.inputs import Input
from foedera.platform.lists.saving.actions import kept_query
from foedera.platform.lists.saving.queries import view_of

from . import queries
from .access import FOLLOWERS
from .looking import keep, snapshot
from .models import Subscription

MOST_OF_ONE = 200


class FollowInput(Input):
    """A record by its number, or a list by its address (`status=expiring`, or `view=12` for a kept view)."""

    record_type: str = Field(max_length=40, description="agreements, ties, bodies, formats, notes")
    number: str = Field(default="", max_length=24)
    query: str = Field(default="", max_length=8000)
    name: str = Field(default="", max_length=120)


def _follow(run: Run[Subscription]) -> Subscription:
    actor, given = run.actor, run.input
    if actor.person_id is None or actor.duty_id is None:
        raise Refused(_("Only a person can be told."))
    wanted = Subscription(person_id=actor.person_id, duty_id=actor.duty_id, record_type=given.record_type)
    if "\x00" in given.name + given.query:
        raise invalid("name", _("The text holds a character that cannot be stored."))
    if given.number:
        if given.query:
            raise invalid("query", _("Name a record or a list, not both."))
        kind, record = queries.followed(given.record_type, given.number, actor)
        wanted.record_id, wanted.name = record.pk, str(getattr(record, kind.by_number))
        standing = Subscription.objects.filter(
            person=actor.person_id, record_type=kind.name, record_id=record.pk
        ).first()
    else:
        wanted.query, wanted.name = _list(run)
        standing = Subscription.objects.filter(
            person=actor.person_id, duty_id=actor.duty_id, record_type=given.record_type, query=wanted.query
        ).first()
    if standing is not None:
        return standing
    if Subscription.objects.filter(person=actor.person_id).count() >= MOST_OF_ONE:
        raise invalid("", _("You follow %(most)d things already; stop following one.") % {"most": MOST_OF_ONE})
    present = snapshot(wanted, actor)
    wanted.save()
    keep(wanted, present, timezone.now())
    return wanted


def _list(run: Run[Subscription]) -> tuple[str, str]:
    """The query as it is kept, and the name of what is followed. Raises Invalid, NotFound."""
    given = run.input
    kind = queries.followed_type(given.record_type)
    number = QueryDict(given.query).get("view", "")
    name = " ".join(given.name.split())
    if number.isascii() and number.isdigit() and len(number) < 19:
        view = view_of(int(number), run.actor)
        if view.kind != kind.name:
            raise NotFound()
        return f"view={view.pk}", name or view.name
    query = kept_query(kind.name, given.query, run.actor)
    return query, name or str(kind.plural)


def _stop(run: Run[Subscription]) -> None:
    run.record.delete()


def _action(name: str, label: Any, body: Any, **more: Any) -> Action[Any]:
    return register(
        Action(
            name=f"following.{name}",
            label=label,
            model=Subscription,
            body=body,
            roles=FOLLOWERS,
            reason=Reason.NEVER,
            reversible=False,
            **more,
        )
    )


FOLLOW = _action("follow", gettext_lazy("Tell me when this changes"), _follow, input=FollowInput, makes_record=True)
STOP = _action("stop", gettext_lazy("Tell me no longer"), _stop, needs_version=False)
