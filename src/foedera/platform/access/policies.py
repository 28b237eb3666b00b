"""Policies: which rows an actor sees, and whether he may do a thing to one, with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .actors import Actor

M = TypeVar("M", bound=models.Model)
# Of how many seats one statement asks whether they see a record.
SEATS_AT_ONCE = 100


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

    def whole(self, rows: models.QuerySet[M, Any], actor: Actor) -> models.QuerySet[M, Any]:
        """The rows of which the actor may know more than the title; all that are visible, unless a policy says otherwise."""
        return self.visible(rows, actor)

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

    def who_may(
        self, record: M, seats: Sequence[Actor], each: Iterable[frozenset[Any]]
    ) -> dict[frozenset[Any], list[Actor]]:
        """For each set of roles those of the seats (`seats.seats_on`) that may use an action open to it on the record and see it.

        In the order of the seats; who sees the record is asked once for all sets.
        """
        able = {roles: [seat for seat in seats if self.may(seat, roles, record)] for roles in set(each)}
        asked = {seat for found in able.values() for seat in found}
        seen = set(self.who_see(record, [seat for seat in seats if seat in asked]))
        return {roles: [seat for seat in found if seat in seen] for roles, found in able.items()}

    def who_see(self, record: M, seats: Sequence[Actor]) -> list[Actor]:
        """Those of the seats that may know of the record, in their order; one statement for a hundred of them."""
        rows = type(record)._default_manager.filter(pk=record.pk)
        seen: list[Actor] = []
        for start in range(0, len(seats), SEATS_AT_ONCE):
            asked = seats[start : start + SEATS_AT_ONCE]
            for answers in rows.values_list(*(Exists(self.visible(rows, seat)) for seat in asked)):
                seen += [seat for seat, sees in zip(asked, answers, strict=True) if sees]
        return seen


# Ids of records of a model that an actor has opened for reading, as a subquery of the accounts room.
OpenedKeys = Callable[[Actor, str], Any]
_opened: OpenedKeys | None = None


def find_opened_with(finder: OpenedKeys) -> None:
    """Name the function (of the accounts room) that tells which records an actor has opened, given their table."""
    global _opened
    _opened = finder


def subject_of(rows: models.QuerySet[Any, Any]) -> type[models.Model]:
    """The record type whose rights are asked: that of the rows, or the one for which rows of an index stand (`stands_for`)."""
    stood_for: type[models.Model] = getattr(rows, "stands_for", rows.model)
    return stood_for


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


# A table in a statement of the ORM, which names none of them with a schema.
_TABLE = re.compile(r'\b(FROM|JOIN) "(\w+)"')


class StandsToday(Exists):
    """Whether a query finds a row in the tables of today, while everything else reads the past."""

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **context: Any) -> Any:
        """As Exists.as_sql, with the schema of today before each table."""
        sql, values = super().as_sql(compiler, connection, *args, **context)
        return _TABLE.sub(r'\1 public."\2"', sql), values


def visible_rows(rows: models.QuerySet[M, Any], actor: Actor, *, gone_through: bool = False) -> models.QuerySet[M, Any]:
    """The rows that the actor may know of, by the policy of their model; every read of a room starts here.

    Of the past nobody sees more than of today: a row must be visible as it stood then, and visible whole as it stands now. What is
    gone stays readable, as it stood, for those who read everything. `gone_through`: all rows are looked at, to count or to sort them,
    and not only the first in the order of their keys; of the past that asks for another plan. Raises LookupError when the model has
    no policy.
    """
    policy = policy_for(rows.model)
    seen = policy.visible(rows, actor)
    if actor.known_at is None:
        return seen
    if gone_through:
        today = rows.model._default_manager.filter(pk=OuterRef("pk"))
    else:
        # As a range of one, for which the planner cannot gather all rows beforehand: a page of fifty then looks up fifty.
        today = rows.model._default_manager.filter(pk__gte=OuterRef("pk"), pk__lte=OuterRef("pk"))
    shown = Q(StandsToday(policy.whole(today, actor)))
    if actor.reads_everything:
        shown |= ~Q(StandsToday(today))
    return seen.filter(shown)


def registered() -> dict[type[models.Model], Policy[Any]]:
    """All record types with their policies."""
    return dict(_policies)
