"""The session of an import in which a row of the file is a record with its parts; rooms say what a row becomes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from foedera.platform.access.policies import policy_for
from foedera.platform.lists.description import Kind, RecordType
from foedera.platform.lists.inputs import resolve

from .adapters import ImportContext, Session, Taken
from .mapping import Target
from .merging import Merge, MergePlan, column_of, field_of
from .staging import array_text, copied, json_text, staged_type


@dataclass(slots=True)
class Draft:
    """What a row becomes: its key, the values of model fields, the values of its parts in the order of their plan.

    `scope` holds the attributes by which the policy tells whether the record is the actor's (None: nothing is said of them).
    """

    number: int
    key: str
    values: dict[str, Any]
    parts: dict[str, list[Sequence[Any]]] = field(default_factory=dict)
    scope: dict[str, Any] | None = None


@dataclass(slots=True)
class Portion:
    """Drafts, and what is copied into the stages once nothing of the drafts has to be looked up any more."""

    drafts: Sequence[Draft]
    lines: dict[str, bytes] = field(default_factory=dict)


def record_values(record_type: RecordType, targets: Sequence[Target], values: dict[str, Any]) -> dict[str, Any]:
    """The values of described columns by model field; names in several languages are put together."""
    made: dict[str, Any] = {}
    for target in targets:
        if target.name in values and target.column is not None:
            path = target.column.path
            if target.language:
                made.setdefault(path, {})[target.language] = values[target.name]
            else:
                made[path] = values[target.name]
    return made


class RecordSession(Session):
    """Makes a draft of each row, stages it with its parts, and merges portion by portion by key."""

    def __init__(
        self, context: ImportContext, plan: MergePlan, *, key_target: str, only_existing: bool = False
    ) -> None:
        self.context = context
        self.plan = plan
        self.report = context.report
        self.merge = Merge(
            plan,
            existing=context.mapping.existing,
            actor=context.actor,
            report=context.report,
            key_column=context.column_of(key_target),
            only_existing=only_existing,
        )
        self._staging = Staging(plan.model, [f.name for f in plan.fields])
        self._policy = policy_for(plan.model)
        self._everywhere = bool(self._policy.in_scope(plan.model(), context.actor))
        self._probe = plan.model()

    @abstractmethod
    def draft(self, row: Taken) -> Draft | None:
        """What a row becomes; None when it is refused (and the report says why)."""

    def enrich(self, drafts: Sequence[Draft]) -> None:
        """Add to the drafts of a portion what follows from them; the place for array arithmetic."""

    def after_write(self, created: Sequence[int], changed: Sequence[int]) -> None:
        """Called with the ids of what was made and changed in a portion."""

    def references(self) -> Sequence[Target]:
        """The fields that name other records; their texts become ids."""
        return ()

    def prepare(self, rows: Sequence[Taken]) -> Portion:
        """As Session.prepare."""
        drafts = [d for row in rows if (d := self.draft(row)) is not None and self._may(d)]
        self.enrich(drafts)
        return Portion(drafts) if self.references() else Portion((), self._lines(drafts))

    def take(self, prepared: Portion) -> None:
        """As Session.take."""
        lines = prepared.lines or self._lines(resolved_references(prepared.drafts, self.references(), self.context))
        self.merge.rows.write_copied(lines[self.merge.rows.name])
        for name, stage in self.merge.parts.items():
            stage.write_copied(lines[name])
        settled = self.merge.settle(write=self.context.writes)
        if settled.created or settled.changed:
            self.after_write(settled.created, settled.changed)
        counts = self.report.counts
        counts["created"] += settled.new
        counts["changed"] += settled.differing
        counts["unchanged"] += settled.equal

    def close(self) -> None:
        """As Session.close."""
        self.merge.drop()

    # ---------------------------------------------------------------------------------------------------- in between

    def _lines(self, drafts: Sequence[Draft]) -> dict[str, bytes]:
        """The drafts and their parts as COPY takes them, by stage."""
        lines = {self.merge.rows.name: copied([d.number, d.key, *self._staging.cells(d.values)] for d in drafts)}
        for name in self.merge.parts:
            lines[name] = copied(
                [d.number, position, *values] for d in drafts for position, values in enumerate(d.parts.get(name, ()))
            )
        return lines

    def _may(self, draft: Draft) -> bool:
        if self._everywhere or draft.scope is None:
            return True
        for name, value in draft.scope.items():
            setattr(self._probe, name, value)
        verdict = self._policy.in_scope(self._probe, self.context.actor)
        if not verdict:
            self.report.error(draft.number, "", "", str(verdict.reason), "rights")
        return bool(verdict)


def references_among(targets: Sequence[Target]) -> list[Target]:
    """Those of the fields that name other records."""
    return [t for t in targets if t.column is not None and t.column.kind is Kind.REFERENCE]


class Valued(Protocol):
    """A row of a file with values by model field."""

    number: int
    values: dict[str, Any]


V = TypeVar("V", bound=Valued)


def resolved_references(rows: Sequence[V], targets: Sequence[Target], context: ImportContext) -> Sequence[V]:
    """The rows with references turned into ids, looked up for all of them at once; those that name nothing are refused."""
    refused: set[int] = set()
    for target in targets:
        assert target.column is not None
        assert target.column.reference is not None
        path = target.column.path
        texts = {r.values[path] for r in rows if r.values.get(path)}
        found = resolve(target.column.reference, sorted(texts), context.actor) if texts else {}
        for row in rows:
            text = row.values.pop(path, None)
            if not text:
                continue
            if text in found:
                row.values[f"{path}_id"] = found[text]
                continue
            refused.add(row.number)
            reason = _("“%(value)s” was not found.") % {"value": text[:80]}
            context.report.error(row.number, context.column_of(target.name), text, reason, "reference")
    return [r for r in rows if r.number not in refused] if refused else rows


class Staging:
    """Values by model field as they are staged: the columns with their types, and the cells of a row in this order."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        fields = [field_of(model, name) for name in names]
        self.columns = [(column_of(f), staged_type(f)) for f in fields]
        self._read = [(f.attname, f.name, f.attname != f.name, staged_type(f)) for f in fields]

    def cells(self, values: dict[str, Any]) -> list[Any]:
        """The cells of a row; None where nothing is said."""
        row: list[Any] = []
        get = values.get
        for column, name, is_reference, kind in self._read:
            value = get(column)
            if value is None and is_reference:
                value = get(name)
            if value is None or value.__class__ is str or isinstance(value, str | int | float):
                row.append(value)
            elif kind == "jsonb":
                row.append(json_text(value))
            elif isinstance(value, list | tuple):
                row.append(array_text(value))
            else:
                row.append(value)
        return row
