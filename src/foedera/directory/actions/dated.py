"""Dated facts inside an action: their range of days, their parts found, their ends set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, TypeVar

from django.db import models
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from foedera.countries import world
from foedera.platform.actions.errors import invalid
from foedera.platform.actions.performing import Run, save
from foedera.platform.lists.description import Choice, Column, Kind, Reference, choices_of

from ..models import Body, Confidence, Dated, Installation
from ..rules import during

D = TypeVar("D", bound=Dated)

TERRITORY = Reference(model="directory.Territory", keys=("code",), label="name", lookup="territories")
BODY = Reference(model="directory.Body", keys=("number", "code"), label="name", record_type="bodies", lookup="bodies")
SOURCE_COLUMNS = (
    Column(
        name="confidence",
        label=gettext_lazy("Confidence"),
        kind=Kind.CHOICE,
        choices=choices_of(Confidence),
        help=gettext_lazy("Of record: by a legal act or the organisation's own list."),
    ),
    Column(name="source", label=gettext_lazy("Source"), max_length=500),
    Column(name="checked", label=gettext_lazy("Checked"), kind=Kind.PARTIAL_DATE),
)


def function_choices() -> list[Choice]:
    """The functions for which a body may cover a territory, named in the language of the reader."""
    return [Choice(row.code, lazy(partial(_in_language, row.names), str)()) for row in world.functions()]


def _in_language(names: Mapping[str, str]) -> str:
    return names.get((get_language() or "en")[:2]) or names["en"]


def fill_defaults(record: models.Model, columns: Iterable[Column]) -> None:
    """Give a choice or a yes-or-no that was left open the default of its field, where the field cannot stay open."""
    for column in columns:
        if column.kind not in (Kind.CHOICE, Kind.BOOLEAN) or getattr(record, column.path) not in ("", None):
            continue
        field = record._meta.get_field(column.path)
        if isinstance(field, models.Field) and not field.null:
            setattr(record, column.path, field.get_default())


def set_during(fact: Dated) -> None:
    """Make the range of days of a fact from its dates. Raises Invalid when the end lies before the beginning."""
    try:
        fact.during = during(fact.valid_from, fact.valid_until)
    except ValueError:
        raise invalid("valid_until", _("The end lies before the beginning.")) from None


def write(fact: D) -> D:
    """Check the values of a dated fact and write it. Raises Invalid or ValidationError, and nothing is written."""
    set_during(fact)
    fact.clean_fields(exclude=["during"])
    fact.save()
    return fact


def part(run: Run[Any], rows: models.QuerySet[D, Any], field: str) -> D:
    """The row of the record whose id stands in the input. Raises Invalid when the record has none such."""
    key = getattr(run.input, field)
    found: D | None = rows.filter(pk=key).first() if key else None
    if found is None:
        raise invalid(field, _("This is required.") if not key else _("There is no such entry in this record."))
    return found


def end(fact: Dated, last_day: str) -> None:
    """Set the last day of a fact that does not end earlier, and write it. Raises Invalid when it lies before its beginning."""
    fact.valid_until = last_day
    write(fact)


def touch(record: Any) -> Any:
    """Count a change of a part as a change of the record, so that two people do not overwrite each other."""
    save(record, fields=[])
    return record


def installed_state_id() -> int | None:
    """The id of the state whose register this is."""
    return Installation.objects.filter(id=1).values_list("state_id", flat=True).first()


def check_no_circle(body: Body) -> None:
    """Raises Invalid when a body would be part of itself."""
    seen = {body.pk}
    parent = body.parent
    while parent is not None:
        if parent.pk in seen:
            raise invalid("parent", _("A body cannot be part of itself or of its own parts."))
        seen.add(parent.pk)
        parent = parent.parent
