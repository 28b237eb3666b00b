"""Running an import: file -> rows -> values -> session -> one transaction, with a run that tells how it stands."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import ActionError, invalid
from foedera.platform.actions.performing import Action, Run, perform
from foedera.platform.documents.storing import store
from foedera.platform.lists.models import ImportRun, RunState

from .adapters import ImportAdapter, ImportContext, Taken, adapter_for, kinds, targets_for
from .mapping import ImportMapping, MappingFault, Note, Reader, guessed, readers_for, recognised
from .progress import working
from .reading import FileFault, Row, RowFault, Table, open_table
from .report import Report
from .values import ValueFault, check_of

T = TypeVar("T")
PORTION = 4000
REPORTS = frozenset({".csv"})
# One import of a kind at a time: two would not see each other's new records.
LOCK = "SELECT pg_advisory_xact_lock(hashtext(%s))"

logger = structlog.get_logger(__name__)


class ImportInput(BaseModel):
    """What the action of an import is given: the work to do inside its transaction."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    work: Callable[[int], Any]


class _NothingWritten(Exception):
    """Leaves the transaction without writing: a look, or all-or-nothing with a faulty row."""


def import_action(name: str, model: Any, roles: frozenset[Any]) -> Action[Any]:
    """The action behind the import of a kind; an adapter registers it."""

    def body(run: Run[Any]) -> Any:
        return run.input.work(run.action_id)

    return Action(
        name=name,
        label=gettext_lazy("Import"),
        model=model,
        body=body,
        roles=roles,
        input=ImportInput,
        makes_record=True,
    )


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an import. `state` is that of the run; `seconds` the time from opening the file to the commit."""

    state: RunState
    report: Report
    rows: int
    seconds: float
    mapping: ImportMapping
    details: dict[str, str]
    error: str = ""


def mapping_for(
    adapter: ImportAdapter,
    columns: Sequence[str],
    given: ImportMapping | None,
    saved: Sequence[ImportMapping] = (),
    *,
    actor: Actor,
) -> ImportMapping:
    """The mapping of a file: the given one, else one that recognises the header (saved ones first), else by names."""
    if given is not None:
        return given
    return (
        recognised(saved, columns)
        or recognised(adapter.shipped(), columns)
        or guessed(targets_for(adapter, actor), columns)
    )


def run_file(
    adapter: ImportAdapter,
    path: Path,
    actor: Actor,
    *,
    file_name: str = "",
    mapping: ImportMapping | None = None,
    saved: Sequence[ImportMapping] = (),
    dry_run: bool = False,
    all_or_nothing: bool = False,
    progress: Callable[[int], None] = lambda _rows: None,
    reason: str = "",
) -> Result:
    """Import a file, or only look what would come of it, in one transaction.

    Raises FileFault or MappingFault when there is nothing to begin with, Refused when the actor's role may not import;
    then nothing has been written. Faults of rows are in the report.
    """
    started = time.perf_counter()
    report = Report()
    name = file_name or path.name
    first = mapping
    with open_table(path, encoding=first.encoding if first else "", sheet=first.sheet if first else "") as table:
        used = mapping_for(adapter, table.columns, mapping, saved, actor=actor)
        if (used.encoding, used.sheet) != ((first.encoding, first.sheet) if first else ("", "")):
            return run_file(
                adapter, path, actor, file_name=name, mapping=used, dry_run=dry_run,
                all_or_nothing=all_or_nothing, progress=progress, reason=reason,
            )  # fmt: skip
        readers = readers_for(used, targets_for(adapter, actor), table.columns)
        if not readers:
            raise MappingFault(_("No column of the file has the name of a field. Say which column fills which field."))
        _give_checks(readers)
        columns = {r.target.name: r.column for r in readers}
        context = ImportContext(
            actor=actor,
            mapping=used,
            report=report,
            file_name=name,
            columns=columns,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
        )
        error = ""

        def work(_action_id: int) -> None:
            with connection.cursor() as cursor:
                cursor.execute(LOCK, [f"import {adapter.kind}"])
            session = adapter.session(context)
            try:
                portions = (session.prepare(p) for p in _portions(_checked_rows(table, readers, report)))
                with ahead(portions) as prepared:
                    for portion in prepared:
                        session.take(portion)
                        progress(report.counts["read"])
                if report.counts["read"] == 0:
                    raise FileFault(_("The file has a header and no rows."))
                session.finish()
                if not context.writes:
                    raise _NothingWritten
            finally:
                if not connection.needs_rollback:
                    _close(session)

        state = RunState.DONE
        try:
            perform(adapter.action, actor, values=ImportInput(work=work), reason=reason or name)
        except _NothingWritten:
            state = RunState.PREVIEWED
            if not dry_run:
                state = RunState.FAILED
                error = _("Nothing was imported: %(count)d rows are faulty, and all or nothing was chosen.") % {
                    "count": report.refused
                }
                report.counts["created"] = report.counts["changed"] = 0
    return Result(state, report, report.counts["read"], time.perf_counter() - started, used, table.details, error)


@contextmanager
def ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """The same items, made by a thread of its own up to two ahead: reading goes on while the database writes.

    What the thread raises is raised where the items are taken. The items must not need the database.
    """
    waiting: queue.Queue[Any] = queue.Queue(maxsize=2)
    stopped = threading.Event()
    language = translation.get_language()

    def make() -> None:
        outcome: BaseException | None = None
        try:
            with translation.override(language):
                for item in items:
                    waiting.put((item, None))
                    if stopped.is_set():
                        return
        except BaseException as error:
            outcome = error
        waiting.put((None, outcome or StopIteration()))

    def take() -> Iterator[T]:
        while True:
            item, outcome = waiting.get()
            if isinstance(outcome, StopIteration):
                return
            if outcome is not None:
                raise outcome
            yield item

    thread = threading.Thread(target=make, name="import-reader", daemon=True)
    thread.start()
    try:
        yield take()
    finally:
        stopped.set()
        while thread.is_alive():
            with suppress(queue.Empty):
                waiting.get(timeout=0.05)
        thread.join()


def _close(session: Any) -> None:
    try:
        session.close()
    except DatabaseError:
        # The transaction is being undone, and the temporary tables with it.
        logger.debug("session not closed")


def _give_checks(readers: Sequence[Reader]) -> None:
    for reader in readers:
        if reader.target.column is not None:
            reader.check = check_of(reader.target.column)


def _checked_rows(table: Table, readers: Sequence[Reader], report: Report) -> Iterator[Taken]:
    """The rows whose values are accepted; the others go into the report with all their faults."""
    notes: list[Note] = []
    for row in table.rows:
        report.counts["read"] += 1
        if isinstance(row, RowFault):
            report.error(row.number, "", "", row.reason, "row")
            continue
        values, faults = _values(row, readers, notes)
        if notes:
            for note in notes:
                report.warn(row.number, note.column, note.value, note.words, note.code)
            notes.clear()
        if faults:
            for column, value, reason in faults:
                report.error(row.number, column, value, reason)
            continue
        yield Taken(row.number, values)


def _values(
    row: Row, readers: Sequence[Reader], notes: list[Note]
) -> tuple[dict[str, Any], list[tuple[str, str, str]]]:
    values: dict[str, Any] = {}
    faults: list[tuple[str, str, str]] = []
    cells = row.cells
    for reader in readers:
        text = ""
        try:
            text = reader.get(cells, notes)
            if not text or text.isspace():
                if reader.target.required:
                    faults.append((reader.column, text, _("This is required.")))
                continue
            if reader.check is not None:
                values[reader.target.name] = reader.check(text)
            elif "\x00" in text:
                raise ValueFault(_("The text holds a character that cannot be stored."))
            else:
                values[reader.target.name] = text.strip()
        except ValueFault as fault:
            faults.append((reader.column, text, str(fault)))
    return values, faults


def _portions(rows: Iterator[Taken]) -> Iterator[list[Taken]]:
    portion: list[Taken] = []
    for row in rows:
        portion.append(row)
        if len(portion) >= PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


# --------------------------------------------------------------------------------------------------------- with a run


def carry_out(
    run: ImportRun,
    path: Path,
    actor: Actor,
    *,
    mapping: ImportMapping | None,
    dry_run: bool,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Result:
    """Carry out a run that stands in the database and keep its outcome there, whatever happens.

    Raises what `run_file` raises, after the run says so; BlockingIOError when another process works on the run.
    """
    with working(run.pk) as telling, translation.override(actor.language):
        ImportRun.objects.filter(pk=run.pk).update(
            state=RunState.RUNNING, started_at=Now(), finished_at=None, rows_done=0, error="", problems=[], counts={}
        )

        def tell(rows: int) -> None:
            telling.tell(rows)
            progress(rows)

        try:
            result = run_file(
                adapter_for(run.kind),
                path,
                actor,
                file_name=run.file_name,
                mapping=mapping,
                dry_run=dry_run,
                all_or_nothing=run.all_or_nothing,
                progress=tell,
                reason=_("Import of %(file)s, run %(run)d") % {"file": run.file_name, "run": run.pk},
            )
        except (FileFault, MappingFault, ActionError) as fault:
            _keep_failure(run, str(fault))
            raise
        except Exception as fault:
            logger.exception("an import failed", run=run.pk)
            _keep_failure(run, _("The import failed: %(reason)s") % {"reason": str(fault).splitlines()[0][:300]})
            raise
        _keep(run, result)
        return result


def _keep_failure(run: ImportRun, words: str) -> None:
    if connection.needs_rollback:
        return
    ImportRun.objects.filter(pk=run.pk).update(state=RunState.FAILED, error=words, finished_at=Now())


def _keep(run: ImportRun, result: Result) -> None:
    """Keep the outcome of a run; the whole report is stored as a file when it holds anything."""
    report = result.report
    with transaction.atomic():
        stored = store("report.csv", report.content(), REPORTS) if report.problems else None
        ImportRun.objects.filter(pk=run.pk).update(
            state=result.state,
            mapping=result.mapping.stored(),
            rows_total=result.rows,
            rows_done=result.rows,
            counts={**report.as_counts(), "seconds": round(result.seconds, 3), "details": result.details},
            problems=report.problems,
            report=stored,
            error=result.error,
            finished_at=Now(),
        )
    run.refresh_from_db()


def may_import(adapter: ImportAdapter, actor: Actor) -> bool:
    """Whether the actor's role may import this kind at all."""
    return adapter.action.verdict(actor, None)[0]


def imports_anything(actor: Actor) -> bool:
    """Whether there is a kind that the actor's role may import."""
    return any(may_import(adapter_for(kind), actor) for kind in kinds())


def adapter_or_refuse(kind: str) -> ImportAdapter:
    """The import of a kind. Raises Invalid naming the kinds there are."""
    try:
        return adapter_for(kind)
    except LookupError:
        raise invalid(
            "kind",
            _("There is no import of “%(kind)s”; there is: %(kinds)s.") % {"kind": kind, "kinds": ", ".join(kinds())},
        ) from None
