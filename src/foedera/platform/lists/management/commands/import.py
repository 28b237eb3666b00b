# ruff: noqa: N999 - the name of a command is its file's
"""`./foedera import KIND FILE`: import a file, or look what would come of it, and print the report."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from foedera.platform.access.actors import system
from foedera.platform.actions.errors import ActionError
from foedera.platform.lists.importing.adapters import kinds
from foedera.platform.lists.importing.mapping import MappingFault, mapping_from, read_mapping
from foedera.platform.lists.importing.queries import saved_mappings
from foedera.platform.lists.importing.reading import FileFault
from foedera.platform.lists.importing.report import COUNTS, label_of_problem
from foedera.platform.lists.importing.running import Result, adapter_or_refuse, carry_out
from foedera.platform.lists.importing.runs import new_run
from foedera.platform.lists.models import RunState

SHOWN = 20


class Command(BaseCommand):
    """Imports a file; the exit code is 1 when nothing was imported."""

    help = "Imports a CSV, XLSX or JSON Lines file (also gzip): agreements, ties, bodies."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", help="what is imported: " + ", ".join(kinds()))
        parser.add_argument("file", help="the file")
        parser.add_argument(
            "--map", help="a TOML or JSON file that says which column fills which field, or a kept name"
        )
        parser.add_argument("--encoding", default="", help="the encoding of the file, where it is not found by itself")
        parser.add_argument("--dry-run", action="store_true", help="only look what would come of it")
        parser.add_argument("--all-or-nothing", action="store_true", help="import nothing when a row is faulty")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as JSON")
        parser.add_argument("--report", help="write all problems and remarks into this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        if not path.is_file():
            raise CommandError(_("There is no file %(path)s.") % {"path": path})
        actor = system(timezone.localdate())
        try:
            adapter = adapter_or_refuse(options["kind"])
            mapping = self._mapping(adapter.kind, options["map"])
            if options["encoding"]:
                mapping = (mapping or mapping_from({})).model_copy(update={"encoding": options["encoding"]})
            run = new_run(
                adapter.kind, path.name, actor, all_or_nothing=options["all_or_nothing"], dry_run=options["dry_run"]
            )
            show = self._progress if sys.stderr.isatty() and not options["as_json"] else (lambda _rows: None)
            result = carry_out(run, path, actor, mapping=mapping, dry_run=options["dry_run"], progress=show)
        except (FileFault, MappingFault, ActionError) as fault:
            raise CommandError(str(fault)) from fault
        if options["report"]:
            with open(options["report"], "wb") as target:
                target.writelines(result.report.content())
        if options["as_json"]:
            self.stdout.write(json.dumps(self._json(result, run.pk), ensure_ascii=False, indent=1))
        else:
            self._print(result, run.pk)
        result.report.close()
        if result.state == RunState.FAILED:
            raise CommandError(result.error)

    def _mapping(self, kind: str, given: str | None) -> Any:
        if not given:
            return None
        if Path(given).is_file():
            return read_mapping(Path(given))
        for mapping in saved_mappings(kind):
            if mapping.name == given:
                return mapping
        raise MappingFault(_("There is no mapping %(name)s, neither as a file nor kept by name.") % {"name": given})

    def _progress(self, rows: int) -> None:
        self.stderr.write(f"\r{rows:>9,}", ending="")
        self.stderr.flush()

    def _json(self, result: Result, run: int) -> dict[str, Any]:
        return {
            "run": run,
            "state": result.state.value,
            "mapping": result.mapping.name,
            "file": result.details,
            **result.report.as_counts(),
            "seconds": round(result.seconds, 3),
            "rows_per_second": round(result.rows / result.seconds) if result.seconds else 0,
            "problems": result.report.problems,
        }

    def _print(self, result: Result, run: int) -> None:
        report = result.report
        words = [f"{_('Run')} {run}", result.state.label]
        if result.mapping.name:
            words.append(f"{_('Mapping')}: {result.mapping.name}")
        words.extend(f"{k}: {v}" for k, v in result.details.items() if v.strip())
        self.stdout.write(" · ".join(str(w) for w in words))
        rows = [(str(label), report.counts[name]) for name, label in COUNTS.items()]
        rows += [(f"  {label_of_problem(code)}", n) for code, n in report.errors.most_common()]
        rows.append((_("Remarks on rows that were taken"), sum(report.warnings.values())))
        rows += [(f"  {label_of_problem(code)}", n) for code, n in report.warnings.most_common()]
        rows += [(str(label_of_problem(code)), n) for code, n in report.extra.items()]
        width = max(len(label) for label, _n in rows)
        for label, number in rows:
            self.stdout.write(f"{label:<{width}}  {number:>9,}")
        rate = result.rows / result.seconds if result.seconds else 0
        self.stdout.write(f"{result.seconds:.1f} s, {rate:,.0f} " + _("rows per second"))
        faulty = [p for p in report.problems if p["level"] == "error"]
        for problem in faulty[:SHOWN]:
            where = f"{problem['row']}, {problem['column']}" if problem["column"] else str(problem["row"])
            self.stdout.write(f"  {_('Row')} {where}: {problem['value'][:60]!r} {problem['reason']}")
        if sum(report.errors.values()) > min(len(faulty), SHOWN):
            self.stdout.write("  " + _("More of them stand in the report (--report FILE, or the page of the run)."))
