"""Marked fields: what of a record is not for everybody who may read the record, and which roles read it.

A column of a description bears a mark (`Column.sensitive`). Whoever may not read it finds the list, the record, its past and its answers
as if there were no such column; who that is stands here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from .actors import Actor
from .roles import EVERYONE, Role


class Sensitivity(models.TextChoices):
    """Why a field is marked."""

    PERSONAL = "personal", _("personal data")
    POSITION = "position", _("restricted position")


# Who reads what is marked, unless a record type says otherwise; the reasons stand in docs/decisions/0017-marked-fields.md.
READERS: Mapping[Sensitivity, frozenset[Role]] = {
    Sensitivity.PERSONAL: EVERYONE - {Role.PUBLIC},
    Sensitivity.POSITION: EVERYONE - {Role.PUBLIC, Role.AGENCY, Role.MUNICIPALITY},
}
_otherwise: dict[tuple[type[models.Model], Sensitivity], frozenset[Role]] = {}


def let_read(model: type[models.Model], mark: Sensitivity, roles: frozenset[Role]) -> None:
    """Say who reads the fields of one record type that bear a mark. Raises ValueError when that was said already."""
    if (model, mark) in _otherwise:
        raise ValueError(f"{model.__name__}: who reads {mark} is said already")
    _otherwise[model, mark] = roles


def readers_of(mark: Sensitivity, model: type[models.Model]) -> frozenset[Role]:
    """The roles that read the fields of a record type with this mark."""
    return _otherwise.get((model, mark), READERS[mark])


def reads(actor: Actor, mark: Sensitivity, model: type[models.Model]) -> bool:
    """Whether the actor reads the fields of a record type with this mark, in records that he may read at all."""
    return actor.role in readers_of(mark, model)


def hidden_from(actor: Actor, model: type[models.Model]) -> frozenset[Sensitivity]:
    """The marks whose fields the actor does not read in records of this type."""
    return frozenset(mark for mark in Sensitivity if not reads(actor, mark, model))
