"""What a room says about its import: which fields there are, and what a row of values means. The platform does the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from django.db import models

from foedera.platform.access.actors import Actor
from foedera.platform.access.marks import hidden_from
from foedera.platform.actions.performing import Action
from foedera.platform.lists.description import Words

from .mapping import ImportMapping, Target, read_mapping
from .report import Report


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of an import that is no column: its name, its words, what it is when nobody says."""

    name: str
    label: Words
    help: Words = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A row whose values have passed their checks: only fields that say something are in `values`."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class ImportContext:
    """What a session works with: on whose behalf, by which mapping, where remarks go.

    `column_of` names the column of the file behind a field, for remarks.
    """

    actor: Actor
    mapping: ImportMapping
    report: Report
    file_name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    all_or_nothing: bool = False

    @property
    def writes(self) -> bool:
        """Whether anything is to be written, as things stand."""
        return not self.dry_run and not (self.all_or_nothing and self.report.refused)

    def option(self, name: str, default: str = "") -> str:
        """A setting of the mapping."""
        return self.mapping.options.get(name, default)

    def column_of(self, target: str) -> str:
        """The column of the file that fills a field; the field itself where several or none do."""
        return self.columns.get(target) or target


class Session(ABC):
    """One import in the making. It takes rows in portions and holds none of them when it is done with a portion."""

    def prepare(self, rows: Sequence[Taken]) -> Any:
        """Understand a portion of rows, without the database: this goes on while the portion before is being written.

        Returns what `take` is given; faults and remarks go into the report.
        """
        return rows

    @abstractmethod
    def take(self, prepared: Any) -> None:
        """Stage what was prepared, and write it where this can be done portion by portion."""

    def finish(self) -> None:  # noqa: B027 - most sessions have written everything by then
        """After the last portion."""

    def close(self) -> None:  # noqa: B027 - most sessions hold nothing
        """Give back what the session holds."""


def targets_for(adapter: ImportAdapter, actor: Actor) -> list[Target]:
    """The fields that the actor may fill: of those that he may not read there are none."""
    hidden = hidden_from(actor, adapter.model)
    return [t for t in adapter.targets() if t.column is None or not t.column.marks & hidden]


class ImportAdapter(ABC):
    """The import of one kind of record. A room registers an instance in its AppConfig.ready."""

    kind: ClassVar[str]
    label: Words
    help: Words = ""
    model: type[models.Model]
    mappings: ClassVar[Path | None] = None
    """Folder of the mappings that are shipped for known files."""

    @property
    @abstractmethod
    def action(self) -> Action[Any]:
        """The action behind the import: its name stands in the history, its roles say who may import."""

    @abstractmethod
    def targets(self) -> list[Target]:
        """The fields that may be filled."""

    def options(self) -> list[Option]:
        """The settings that are no columns."""
        return []

    @abstractmethod
    def session(self, context: ImportContext) -> Session:
        """A new import."""

    def shipped(self) -> tuple[ImportMapping, ...]:
        """The mappings for known files."""
        return _shipped(self.mappings) if self.mappings is not None else ()


@cache
def _shipped(folder: Path) -> tuple[ImportMapping, ...]:
    return tuple(read_mapping(path) for path in sorted(folder.glob("*.toml")))


_adapters: dict[str, ImportAdapter] = {}


def register(adapter: ImportAdapter) -> None:
    """Make a kind of import known. Raises ValueError when the kind is taken."""
    if adapter.kind in _adapters:
        raise ValueError(f"an import of {adapter.kind} exists")
    _adapters[adapter.kind] = adapter


def adapter_for(kind: str) -> ImportAdapter:
    """The import of a kind. Raises LookupError when there is none."""
    try:
        return _adapters[kind]
    except KeyError:
        raise LookupError(kind) from None


def kinds() -> tuple[str, ...]:
    """All kinds that can be imported, in the order of registration."""
    return tuple(_adapters)
