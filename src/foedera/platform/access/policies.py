"""Policies: which rows an actor sees, and whether he may do a thing to one, with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
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
# Records that are gone stay readable, as they stood, for those who read everything.
GONE = """
 UNION ALL SELECT e.row_id FROM history_entry e
 WHERE e.table_name = %s AND e.operation = 'D' AND NOT EXISTS (SELECT FROM public."{table}" t WHERE t.id = e.row_id)
"""


def visible_rows(rows: models.QuerySet[M, Any], actor: Actor) -> models.QuerySet[M, Any]:
    """The rows that the actor may know of, by the policy of their model; every read of a room starts here.

    Of the past nobody sees more than of today: a row must be visible as it stood then, and visible whole as it stands now.
    Raises LookupError when the model has no policy.
    """
    policy = policy_for(rows.model)
    seen = policy.visible(rows, actor)
    if actor.known_at is None:
        return seen
    table = rows.model._meta.db_table
    try:
        sql, values = policy.whole(rows.model._default_manager.all(), actor).values("pk").query.sql_with_params()
    except EmptyResultSet:
        return rows.none()
    sql = _TABLE.sub(r'\1 public."\2"', sql)
    if actor.reads_everything:
        sql, values = sql + GONE.format(table=table), (*values, table)
    return seen.filter(pk__in=RawSQL(sql, values))  # noqa: S611 - SQL of the ORM, values are parameters


def registered() -> dict[type[models.Model], Policy[Any]]:
    """All record types with their policies."""
    return dict(_policies)
