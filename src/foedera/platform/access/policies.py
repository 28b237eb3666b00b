"""Policies: which rows an actor sees, and whether he may do a thing to one, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .actors import Actor

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a thing may be done, and why not."""

    allowed: bool
    reason: str | Promise = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


class Policy(Generic[M]):
    """The rights on one record type; a room subclasses and registers it."""

    def visible(self, rows: models.QuerySet[M, Any], actor: Actor) -> models.QuerySet[M, Any]:
        """The rows of `rows` that the actor may know of."""
        raise NotImplementedError

    def in_scope(self, record: M, actor: Actor) -> Verdict:
        """Whether a visible record is the actor's to work on."""
        raise NotImplementedError

    def may(self, actor: Actor, roles: frozenset[Any], record: M | None) -> Verdict:
        """Whether the actor may use an action open to `roles` on the record (None: on the type as a whole)."""
        if actor.is_past:
            return Verdict(False, _("You are looking at another day; nothing can be changed there."))
        if actor.role not in roles:
            return Verdict(False, _("Your role does not include this step."))
        if record is not None:
            return self.in_scope(record, actor)
        return ALLOWED


# Ids of records of a model that an actor has opened for reading, as a subquery of the accounts room.
OpenedKeys = Callable[[Actor, str], Any]
_opened: OpenedKeys | None = None


def find_opened_with(finder: OpenedKeys) -> None:
    """Name the function (of the accounts room) that tells which records an actor has opened, given their table."""
    global _opened
    _opened = finder


def opened_for_reading(model: type[models.Model], actor: Actor) -> Q:
    """Condition: the actor has opened the row, though it is restricted, for a time and with a reason."""
    if _opened is None or actor.duty_id is None or actor.is_public:
        return Q(pk__in=[])
    return Q(pk__in=_opened(actor, model._meta.db_table))


_policies: dict[type[models.Model], Policy[Any]] = {}


def register(model: type[models.Model], policy: Policy[Any]) -> None:
    """Set the policy of a record type. Raises ValueError when it has one already."""
    if model in _policies:
        raise ValueError(f"{model.__name__} has a policy already")
    _policies[model] = policy


def policy_for(model: type[models.Model]) -> Policy[Any]:
    """The policy of a record type. Raises LookupError when it has none: then nobody sees anything."""
    try:
        return _policies[model]
    except KeyError:
        raise LookupError(f"{model.__name__} has no policy") from None


def registered() -> dict[type[models.Model], Policy[Any]]:
    """All record types with their policies."""
    return dict(_policies)
