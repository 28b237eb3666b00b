"""Builders for the tests of imports: a world with all states, and files written and imported. All rows are synthetic."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from foedera.agreements.tests import make
from foedera.countries.world import states
from foedera.directory.models import Function, Installation, Territory
from foedera.directory.rules import during
from foedera.platform.access.actors import Actor, system
from foedera.platform.lists.importing.adapters import adapter_for
from foedera.platform.lists.importing.mapping import ImportMapping, mapping_from
from foedera.platform.lists.importing.running import Result, run_file


def world() -> make.World:
    """The small world of the tests with every other state added, in a register of Russia."""
    made = make.world()
    rows = [
        Territory(
            code=s.code,
            kind=s.kind.value,
            name=s.names["en"][:200],
            names=dict(s.names),
            during=during("", ""),
        )
        for s in states()
        if s.code not in made.territories
    ]
    Territory.objects.bulk_create(rows)
    for code in ("representation", "consular"):
        Function.objects.get_or_create(code=code, defaults={"names": {"en": code}})
    Installation.objects.create(id=1, profile="RU", state=made.territories["RU"], digest="0" * 64)
    return made


def centre() -> Actor:
    """The program itself, as commands run it."""
    return system(timezone.localdate())


def table(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A CSV file of these rows; the header is that of the first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def mapping(**fields: Any) -> ImportMapping:
    """A mapping by names of fields, with `options` and `existing` beside them."""
    top = {k: fields.pop(k) for k in ("options", "existing") if k in fields}
    return mapping_from({**top, "fields": fields})


def bring(
    kind: str, path: Path, *, by: Actor | None = None, mapping: ImportMapping | None = None, **options: Any
) -> Result:
    """Import a file."""
    return run_file(adapter_for(kind), path, by or centre(), mapping=mapping, **options)


def footprint() -> dict[str, tuple[int, ...]]:
    """What an import may touch: rows of the tables and of the history, and the sum of versions."""
    with connection.cursor() as cursor:
        found = {}
        for name in ("agreements_agreement", "agreements_tie", "directory_body"):
            cursor.execute(f"SELECT count(*), coalesce(sum(version), 0) FROM {name}")
            found[name] = tuple(int(n) for n in cursor.fetchone())
        for name in ("agreements_party", "directory_jurisdiction", "history_entry"):
            cursor.execute(f"SELECT count(*) FROM {name}")
            found[name] = (int(cursor.fetchone()[0]),)
    return found
