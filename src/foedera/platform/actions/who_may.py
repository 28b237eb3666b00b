"""Who may take a step on a record: roles in bodies, never people."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import models

from foedera.platform.access.actors import Actor
from foedera.platform.access.policies import policy_for
from foedera.platform.access.seats import seats_on

from .performing import Action, actions_of


def who_may(action: Action[Any], record: models.Model, day: datetime.date) -> list[Actor]:
    """The seats of the day that may take the step on the record by right, whether its state allows the step now or not."""
    return who_may_each([action], record, day)[action.name]


def who_may_each(actions: Sequence[Action[Any]], record: models.Model, day: datetime.date) -> dict[str, list[Actor]]:
    """The same for many steps, by their names."""
    able = policy_for(type(record)).who_may(record, seats_on(day), [action.roles for action in actions])
    return {
        action.name: [seat for seat in able[action.roles] if action.permits is None or not action.permits(seat, record)]
        for action in actions
    }


def steps_on(record: models.Model) -> list[Action[Any]]:
    """The steps that are taken on such a record, in the order of registration."""
    return [a for a in actions_of(type(record)) if not a.makes_record and not a.beside]
