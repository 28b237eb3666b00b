"""Reading rows by SQL of our own, on top of what the policies leave visible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models

from foedera.platform.access.actors import Actor

from ..models import Body, Format


def rows(sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one statement as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _visible(model: type[models.Model], actor: Actor) -> str:
    visible: models.QuerySet[Any, Any] = model._default_manager.visible_to(actor).order_by().values("pk")  # type: ignore[attr-defined]  # every Record has it
    try:
        sql, parameters = visible.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT NULL::bigint AS id WHERE false"
    with connection.cursor() as cursor:
        text: str = cursor.mogrify(sql, parameters)
        return text.replace("%", "%%")


def visible_bodies(actor: Actor) -> str:
    """SQL of the ids of the bodies that the actor may know of, with its values filled in."""
    return _visible(Body, actor)


def visible_formats(actor: Actor) -> str:
    """SQL of the ids of the formats that the actor may know of, with its values filled in."""
    return _visible(Format, actor)
