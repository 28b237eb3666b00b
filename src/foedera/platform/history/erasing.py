"""Erasing personal data whose time has come, by retention rules: the value goes from the record, from its past and from the history.

The history keeps the commitments, so that its seals still verify; who erased, when and on which ground is itself an action.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import Invalid, Problem, invalid
from foedera.platform.actions.performing import call_action

from .models import Entry, Operation, RetentionRule
from .past_rows import PAST
from .personal import personal_fields
from .recording import record_action

ERASE = """
UPDATE history_personal p SET salt = NULL, value = NULL, erased_by = %s FROM history_entry e
WHERE e.id = p.entry_id AND e.table_name = %s AND e.row_id = ANY(%s) AND p.field = %s AND p.erased_by IS NULL
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """What one rule erased: from how many records, and how many values of the history; 0 and 0 when nothing was due."""

    table: str
    field: str
    records: int
    values: int


def set_rule(actor: Actor, *, table: str, field: str, counted_from: str, months: int, ground: str) -> RetentionRule:
    """Set how long a personal column is kept. Raises Invalid naming what is faulty."""
    model = next((m for m in apps.get_models() if m._meta.db_table == table and personal_fields(m)), None)
    if model is None:
        raise invalid("table", _("There is no table of that name with personal columns."))
    problems = []
    if field not in personal_fields(model):
        problems.append(Problem("field", _("This is no personal column.")))
    if not ground.strip():
        problems.append(Problem("ground", _("Say why.")))
    if months < 0:
        problems.append(Problem("months", _("The number is too small.")))
    try:
        str(model._default_manager.filter(**{f"{counted_from}__lt": datetime.date(2000, 1, 1)}).query)
    except (FieldError, ValueError, TypeError):
        problems.append(Problem("counted_from", _("This leads to no day of the record.")))
    if problems:
        raise Invalid(problems)
    with transaction.atomic():
        record_action("history.set_retention", actor, f"{table}.{field}, {months} · {counted_from}: {ground.strip()}")
        rule, _made = RetentionRule.objects.update_or_create(
            table_name=table,
            field=field,
            defaults={"counted_from": counted_from, "months": months, "ground": ground.strip()},
        )
        return rule


def due_rows(rule: RetentionRule, today: datetime.date) -> list[int]:
    """Ids of the rows whose value has been kept long enough: by the rule's day, or gone for as long."""
    model = _model_of(rule)
    limit = today - relativedelta(months=rule.months)
    rows = model._default_manager.filter(**{f"{rule.counted_from}__lt": limit})
    gone = Entry.objects.filter(
        table_name=rule.table_name, operation=Operation.DELETED, at__date__lt=limit,
        personal_values__field=rule.field, personal_values__erased_by=None,
    )  # fmt: skip
    keys = set(gone.values_list("row_id", flat=True).distinct())
    there = set(model._default_manager.filter(pk__in=keys).values_list("pk", flat=True))
    kept = Entry.objects.filter(
        table_name=rule.table_name, personal_values__field=rule.field, personal_values__erased_by=None
    )
    due = set(rows.values_list("pk", flat=True))
    filled = set(rows.exclude(**{rule.field: ""}).values_list("pk", flat=True))
    held = set(kept.filter(row_id__in=due).values_list("row_id", flat=True))
    return sorted((keys - there) | filled | held)


ERASE_ACTION = "history.erase"
call_action(ERASE_ACTION, gettext_lazy("Personal data erased under a retention rule"))


def erase_due(actor: Actor, *, dry: bool = False) -> list[Erased]:
    """Erase what is due under each rule, each rule in one transaction; `dry` only counts the records."""
    found = []
    for rule in RetentionRule.objects.order_by("table_name", "field"):
        keys = due_rows(rule, actor.today)
        if dry or not keys:
            found.append(Erased(rule.table_name, rule.field, len(keys), 0))
            continue
        with transaction.atomic():
            action = record_action(ERASE_ACTION, actor, f"{rule.table_name}.{rule.field}: {rule.ground}")
            found.append(Erased(rule.table_name, rule.field, len(keys), _erase(rule, keys, action)))
    return found


def _erase(rule: RetentionRule, keys: list[int], action: int) -> int:
    model = _model_of(rule)
    # First the record itself: that writes its own entry, whose value before is then erased with the others.
    model._default_manager.filter(pk__in=keys).exclude(**{rule.field: ""}).update(**{rule.field: ""})
    with connection.cursor() as cursor:
        cursor.execute(ERASE, [action, rule.table_name, keys, rule.field])
        values = int(cursor.rowcount)
        table = f'{PAST}."{rule.table_name}_rows"'
        cursor.execute(f"UPDATE {table} SET \"{rule.field}\" = '' WHERE id = ANY(%s)", [keys])  # noqa: S608 - our names
    return values


def _model_of(rule: RetentionRule) -> type[models.Model] | Any:
    return next(m for m in apps.get_models() if m._meta.db_table == rule.table_name)
