"""The column of tags that every list has: to be shown, filtered by, counted and exported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import OuterRef, Value
from django.utils.translation import gettext_lazy as _

from foedera.platform.lists.description import Column, Context, Kind

NAMES: Any = ArrayField(models.TextField())


def tag_column(model: type[models.Model]) -> Column:
    """The column of tags for the records of a model. It is asked for by name in the API: the list there does not read it by itself."""
    table = model._meta.db_table

    def names(context: Context) -> Any:
        from .access import of
        from .models import Tagging
        from .queries import sees_tags

        if not sees_tags(context.actor):
            return Value([], output_field=NAMES)
        on_it = Tagging.objects.filter(of(context.actor, "tag__"), table_name=table, record_id=OuterRef("pk"))
        return ArraySubquery(on_it.order_by("tag__name").values("tag__name"))

    def narrow(
        rows: models.QuerySet[Any, Any], operator: str, values: Sequence[str], context: Context
    ) -> models.QuerySet[Any, Any]:
        from .queries import records_with

        if operator == "empty":
            tagged = records_with(table, (), context.actor)
            without = values[0] in ("1", "true", "yes")
            return rows.exclude(pk__in=tagged) if without else rows.filter(pk__in=tagged)
        return rows.filter(pk__in=records_with(table, values, context.actor))

    def counts(rows: models.QuerySet[Any, Any], context: Context) -> list[tuple[Any, int]]:
        from .queries import counts_on

        return list(counts_on(rows, context.actor))

    return Column(
        name="tag",
        label=_("Tags"),
        kind=Kind.CHOICES,
        expression=names,
        filters=("is", "empty"),
        filter_by=narrow,
        finder="tags",
        facet=True,
        facet_from=counts,
        in_api=False,
    )
