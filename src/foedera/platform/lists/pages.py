"""Pages made from the description: the list, the facts of a record, and the forms of its actions."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.access.middleware import actor_of
from foedera.platform.access.policies import policy_for
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import ActionError, Conflict, Invalid, NotFound, NotNow, Problem, Refused
from foedera.platform.actions.performing import Action, actions_of, label_of, parse, perform
from foedera.platform.history.queries import Event, timeline
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

from . import querying
from .description import Choice, Column, Context, Kind, RecordType, Words
from .exporting import FORMATS, export
from .forms import BASE, RecordForm
from .inputs import current_values

FACET_VALUES = 12
# Beyond so many the exact count is asked for after the page is there.
COUNTED_AT_ONCE = 1000


def context_of(request: HttpRequest) -> Context:
    """For whom and as of when a request reads."""
    actor = actor_of(request)
    return Context(actor)


def choice_of(column: Column, value: Any) -> Choice | None:
    """The choice behind a code."""
    return next((c for c in column.options() if str(c.code) == str(value)), None)


def words_of(column: Column, value: Any) -> Words:
    """A value in words, for facts, facets and the history."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if column.kind is Kind.BOOLEAN:
        return _("Yes") if value else _("No")
    if column.kind is Kind.CHOICE:
        choice = choice_of(column, value)
        return choice.label if choice else str(value)
    if column.kind is Kind.CHOICES:
        return ", ".join(str(c.label) if (c := choice_of(column, v)) else str(v) for v in value)
    if column.kind is Kind.NAMES and isinstance(value, dict):
        return "; ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)


def cell_of(column: Column, value: Any) -> shapes.Cell:
    """A value as a cell of a table or a fact."""
    if value is None or value == "" or value == [] or value == {}:
        return shapes.Cell()
    if column.kind in (Kind.DATE, Kind.PARTIAL_DATE, Kind.MOMENT):
        return shapes.Cell(date=value)
    if column.kind is Kind.INTEGER:
        return shapes.Cell(number=value, unit=column.unit)
    if column.kind is Kind.CHOICE:
        choice = choice_of(column, value)
        if choice is None:
            return shapes.Cell(str(value))
        if choice.colour == "grey" and not choice.hint:
            return shapes.Cell(choice.label)
        return shapes.Cell(chip=shapes.Chip(choice.label, choice.colour, choice.hint))  # type: ignore[arg-type]  # colours of the shapes
    if column.kind is Kind.NUMBERS:
        return shapes.Cell(str(value), kind="code")
    return shapes.Cell(words_of(column, value))


def _with(query: QueryDict, **changes: str | Sequence[str] | None) -> str:
    """The query string with changes; the place in the list is dropped, for another view has other pages."""
    changed = query.copy()
    for gone in ("after", "part", "facet"):
        changed.pop(gone, None)
    for key, value in changes.items():
        if value is None:
            changed.pop(key, None)
        elif isinstance(value, str):
            changed[key] = value
        else:
            changed.setlist(key, list(value))
    encoded = changed.urlencode()
    return f"?{encoded}" if encoded else "?"


@dataclass(frozen=True, kw_only=True)
class ListOptions:
    """What a room adds to a list: where a record lies, how one is made, where the import is, bulk steps."""

    detail: Callable[[str], str]
    create_url: str = ""
    import_url: str = ""
    bulk: Callable[[Actor], tuple[shapes.Step, ...]] | None = None
    facets: bool = True
    above: tuple[shapes.Block, ...] = ()


def list_response(
    request: HttpRequest, record_type: RecordType, options: ListOptions
) -> HttpResponse | StreamingHttpResponse:
    """The list page of a record type, or the file of the same view when the address asks for one. Raises Invalid."""
    context = context_of(request)
    query = request.GET
    view = querying.parse_view(record_type, query)
    names = view.columns or record_type.shown_by_default()
    columns = [record_type.column(n) for n in names]
    wanted = request.GET.get("format", "")
    if wanted in FORMATS:
        return export_response(record_type, view, context, wanted)
    if not any(c.name == record_type.title for c in columns):
        columns.insert(0, record_type.column(record_type.title))
    reading = columns if any(c.name == "number" for c in columns) else [record_type.column("number"), *columns]
    part = query.get("part", "")
    if part == "count":
        return _count_part(request, querying.count(querying.narrowed(record_type, view, context)), context)
    if part == "facet":
        return _facet_part(request, record_type, view, context, query)
    page = querying.read_page(record_type, view, context, reading)
    total, exact = querying.count_up_to(querying.narrowed(record_type, view, context), COUNTED_AT_ONCE)
    sort = view.sort or record_type.order
    body_only = request.headers.get("HX-Target") == "list"
    shown = shapes.ListPage(
        title=record_type.plural,
        lead=record_type.lead,
        url=request.path,
        count=total,
        count_is_exact=exact,
        count_url="" if exact else _with(query, part="count"),
        columns=tuple(_column(c, sort, query) for c in columns),
        rows=tuple(
            shapes.Row(
                cells=tuple(cell_of(c, row[c.name]) for c in columns),
                url=at_day(request, options.detail(row["number"])),
                number=row["number"],
                key=row["number"],
            )
            for row in page.rows
        ),
        filters=tuple(_chips(record_type, view, query)),
        clear_filters_url=request.path if view.filters or view.words else "",
        facets=tuple(_facets(record_type, view, context, query, counted=part == "facets"))
        if options.facets and not body_only
        else (),
        ranges=tuple(_ranges(record_type, query)),
        column_choices=tuple(
            shapes.ColumnChoice(c.name, c.label, c in columns)
            for c in record_type.columns
            if c.kind not in (Kind.DATA, Kind.ROWS)
        ),
        search_value=view.words,
        search_hint=_("Words, or a number such as AG-000123"),
        searchable=any(c.weight for c in record_type.columns),
        position_names=("after",),
        next_url=_next(query, page.next),
        first_url=_with(query) if view.after else "",
        exports=tuple(shapes.Link(k.upper(), _with(query, format=k)) for k in FORMATS),
        import_link=shapes.Link(_("Import"), options.import_url)
        if options.import_url and not context.actor.reads_only
        else None,
        create=_create_step(record_type, context.actor, options),
        bulk=options.bulk(context.actor) if options.bulk else (),
        empty_text=record_type.empty,
        as_of=context.as_of if context.actor.is_past else None,
        blocks_above=options.above,
    )
    return render_page(request, shown)


def _next(query: QueryDict, cursor: str) -> str:
    if not cursor:
        return ""
    changed = query.copy()
    changed["after"] = cursor
    return f"?{changed.urlencode()}"


def _column(column: Column, sort: str, query: QueryDict) -> shapes.Column:
    sorted_by = sort.lstrip("-") == column.name
    descending = sort.startswith("-")
    target = column.name if not sorted_by or descending else f"-{column.name}"
    return shapes.Column(
        column.name,
        column.label,
        _with(query, sort=target) if column.sortable else "",
        ("descending" if descending else "ascending") if sorted_by else None,
        column.kind is Kind.INTEGER,
        column.help,
    )


def _chips(record_type: RecordType, view: querying.View, query: QueryDict) -> list[shapes.FilterChip]:
    chips = []
    for chosen in view.filters:
        column = record_type.column(chosen.column)
        key = chosen.column if chosen.operator == "is" else f"{chosen.column}__{chosen.operator}"
        label = {
            "is": column.label,
            "from": _("%(column)s from") % {"column": column.label},
            "until": _("%(column)s until") % {"column": column.label},
            "contains": _("%(column)s holds") % {"column": column.label},
            "empty": _("%(column)s missing") % {"column": column.label},
        }[chosen.operator]
        for value in chosen.values:
            others = [v for v in chosen.values if v != value]
            chips.append(shapes.FilterChip(label, _value_words(column, value), _with(query, **{key: others or None})))
    if view.words:
        chips.append(shapes.FilterChip(_("Search"), view.words, _with(query, q=None)))
    return chips


def _value_words(column: Column, value: str) -> Words:
    if column.kind is Kind.BOOLEAN:
        return {"true": _("Yes"), "false": _("No")}.get(value, _("Not known"))
    choice = choice_of(column, value)
    return choice.label if choice else value


def _count_part(request: HttpRequest, total: int, context: Context) -> HttpResponse:
    """The exact count, asked for after the page is there."""
    page = {"count": total, "count_is_exact": True, "as_of": context.as_of if context.actor.is_past else None}
    return render(request, "pages/parts/count.html", {"page": page})


def _facet_part(
    request: HttpRequest, record_type: RecordType, view: querying.View, context: Context, query: QueryDict
) -> HttpResponse:
    """The values of one facet with their counts, asked for when its panel is opened. Raises NotFound for another column."""
    name = query.get("facet", "")
    if not record_type.has(name) or not record_type.column(name).facet:
        raise NotFound()
    found = _facets(record_type, view, context, query, counted=True, only=name)
    facet = found[0] if found else shapes.Facet(name, record_type.column(name).label, ())
    return render(request, "pages/parts/facet_options.html", {"facet": facet})


def _facets(
    record_type: RecordType, view: querying.View, context: Context, query: QueryDict, *, counted: bool, only: str = ""
) -> list[shapes.Facet]:
    """The facets: with counts where asked for, else the values that are known beforehand and where to ask for the counts."""
    facets = []
    for column in record_type.columns:
        if not column.facet or (only and column.name != only):
            continue
        if not counted:
            facets.append(_uncounted_facet(column, view, query))
            continue
        active = {v for f in view.filters if f.column == column.name and f.operator == "is" for v in f.values}
        counts = [(v, n) for v, n in querying.facet_counts(record_type, view, context, column) if v not in (None, "")]
        shown = counts[:FACET_VALUES] + [c for c in counts[FACET_VALUES:] if _code(c[0]) in active]
        options = []
        for value, number in shown:
            code = _code(value)
            on = code in active
            chosen = [v for v in active if v != code] if on else [*sorted(active), code]
            options.append(
                shapes.FacetOption(
                    _facet_label(column, value),
                    code,
                    number,
                    _with(query, **{column.name: chosen or None}),
                    on,
                )
            )
        if options:
            facets.append(shapes.Facet(column.name, column.label, tuple(options)))
    return facets


def _uncounted_facet(column: Column, view: querying.View, query: QueryDict) -> shapes.Facet:
    active = {v for f in view.filters if f.column == column.name and f.operator == "is" for v in f.values}
    options = []
    for choice in column.options():
        code = _code(choice.code)
        on = code in active
        chosen = [v for v in active if v != code] if on else [*sorted(active), code]
        url = _with(query, **{column.name: chosen or None})
        options.append(shapes.FacetOption(choice.label, code, None, url, on))
    return shapes.Facet(
        column.name,
        column.label,
        tuple(options),
        more_url=_with(query, part="facets"),
        load_url=_with(query, part="facet", facet=column.name),
    )


def _code(value: Any) -> str:
    if isinstance(value, tuple):
        value = value[0]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _facet_label(column: Column, value: Any) -> Words:
    if isinstance(value, tuple):
        return str(value[1])
    return words_of(column, value) or str(value)


def _ranges(record_type: RecordType, query: QueryDict) -> list[shapes.RangeFilter]:
    return [
        shapes.RangeFilter(
            c.label,
            f"{c.name}__from",
            f"{c.name}__until",
            "number" if c.kind is Kind.INTEGER else "date",
            query.get(f"{c.name}__from", ""),
            query.get(f"{c.name}__until", ""),
        )
        for c in record_type.columns
        if "from" in c.filters
    ]


def _create_step(record_type: RecordType, actor: Actor, options: ListOptions) -> shapes.Step | None:
    if record_type.create is None or not options.create_url or actor.is_public:
        return None
    allowed, reason = record_type.create.verdict(actor, None)
    return shapes.Step(record_type.create.label, options.create_url, enabled=allowed, reason=reason, primary=True)


def export_response(record_type: RecordType, view: querying.View, context: Context, kind: str) -> StreamingHttpResponse:
    """The rows of a view as a file: the columns seen, or every column for a view without a choice of columns."""
    names = view.columns or tuple(c.name for c in record_type.columns if c.in_export)
    columns = [record_type.column(n) for n in names]
    if not any(c.name == "number" for c in columns):
        columns.insert(0, record_type.column("number"))
    rows = querying.stream(record_type, view, context, columns)
    response = StreamingHttpResponse(
        export(kind, columns, rows, title=str(record_type.plural)), content_type=FORMATS[kind]
    )
    response["Content-Disposition"] = f'attachment; filename="{record_type.name}-{context.as_of.isoformat()}.{kind}"'
    return response


# ------------------------------------------------------------------------------------------------------------ a record


def find(record_type: RecordType, number: str, actor: Actor) -> Any:
    """The record of that number, if the actor may know of it. Raises NotFound."""
    rows: Any = record_type.model._default_manager
    if "\x00" in number:
        raise NotFound()
    record = rows.visible_to(actor).filter(**{record_type.by_number: number.upper()}).first()
    if record is None:
        raise NotFound()
    return record


def read_row(
    record_type: RecordType, record: Any, context: Context, columns: Sequence[Column] | None = None
) -> dict[str, Any]:
    """The values of a visible record by column name: what its model holds, and the rest by one statement. Raises NotFound."""
    asked = columns if columns is not None else [c for c in record_type.columns if c.in_api and c.kind is not Kind.ROWS]
    wanted = querying.with_needed(record_type, asked)
    held = {c.name for c in wanted if c.expression is None and c.compute is None and c.reference is None}
    rows = querying.visible_rows(record_type, context).filter(pk=record.pk)
    made = [c for c in wanted if c.name not in held and c.compute is None]
    found = list(querying.select(record_type, rows, made, context)[:1])
    if not found:
        raise NotFound()
    rest = dict(zip((c.name for c in made), found[0][2:], strict=True))
    values = [rest[c.name] if c.name in rest else getattr(record, c.path) for c in wanted if c.compute is None]
    return querying.as_row(record_type, wanted, (record.pk, found[0][1], *values), context)


def fact_groups(
    record_type: RecordType,
    row: dict[str, Any],
    *,
    leave_out: frozenset[str] = frozenset(),
    empty: bool = False,
) -> tuple[shapes.FactGroup, ...]:
    """The facts of a record in the groups of its description; empty ones are left out unless asked for."""
    groups = []
    for name, label in record_type.groups:
        facts = []
        for column in record_type.columns:
            if column.group != name or column.name in leave_out or column.name not in row or column.kind is Kind.ROWS:
                continue
            cell = cell_of(column, row[column.name])
            if empty or cell != shapes.Cell():
                facts.append(shapes.Fact(column.label, cell, column.help))
        if facts:
            groups.append(shapes.FactGroup(label, tuple(facts), name))
    return tuple(groups)


def steps_of(
    record: Any, actor: Actor, url: Callable[[Action[Any]], str]
) -> tuple[list[shapes.Step], list[shapes.Step]]:
    """The steps that may be taken on a record: next ones, and everything else; those not allowed say why."""
    if actor.is_public:
        return [], []
    first: list[shapes.Step] = []
    more: list[shapes.Step] = []
    for action in actions_of(type(record)):
        if action.makes_record:
            continue
        allowed, reason = action.verdict(actor, record)
        step = shapes.Step(action.label, url(action), enabled=allowed, reason=reason, primary=action.primary)
        (first if action.primary and allowed else more).append(step)
    return first, more


def timeline_entries(
    record: Any, record_type: RecordType | None, *, limit: int = 100
) -> tuple[shapes.TimelineEntry, ...]:
    """Everything that happened to a record in words, newest first."""
    by_field = {c.path: c for c in record_type.columns} if record_type else {}
    tables = {type(record)._meta.db_table: record} if record else {}
    return tuple(_entry(event, by_field, tables) for event in timeline(record, limit=limit))


def _entry(event: Event, by_field: dict[str, Column], tables: dict[str, Any]) -> shapes.TimelineEntry:
    from django.apps import apps

    models_by_table = {m._meta.db_table: m for m in apps.get_models()}
    changes = []
    for change in event.changes:
        model = models_by_table.get(change.table)
        label: Words = change.field
        if model is not None:
            field = next((f for f in model._meta.concrete_fields if f.column == change.field), None)
            label = str(field.verbose_name) if field is not None else change.field
            if change.table not in tables:
                label = f"{model._meta.verbose_name} · {label}"
        column = by_field.get(change.field.removesuffix("_id")) if change.table in tables else None
        changes.append(
            shapes.Change(label, _history_words(column, change.before), _history_words(column, change.after))
        )
    role = dict(Role.choices).get(event.role, event.role) if event.role else ""
    return shapes.TimelineEntry(
        at=event.at,
        actor=event.person_name or (_("Database") if event.channel == "database" else _("Nobody named")),
        action=str(label_of(event.action)) if event.action else _("Changed past the program"),
        role=role,
        reason=event.reason,
        changes=tuple(changes),
    )


def _history_words(column: Column | None, value: Any) -> str:
    if value is None:
        return ""
    if column is not None and column.kind is not Kind.REFERENCE:
        return str(words_of(column, value))[:500]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(value)[:500]


# --------------------------------------------------------------------------------------------------------- its actions


@dataclass(frozen=True, kw_only=True)
class FormOptions:
    """What a room adds to the form of an action: where it ends, its words, blocks above it."""

    done: Callable[[Any], str]
    cancel_url: str
    title: Words = ""
    lead: Words = ""
    blocks: tuple[Any, ...] = ()
    initial: dict[str, Any] | None = None


def action_response(
    request: HttpRequest,
    record_type: RecordType,
    action: Action[Any],
    record: Any,
    options: FormOptions,
) -> HttpResponse:
    """The form of an action, and its carrying out when the form is sent. What was typed stays on every error."""
    actor = actor_of(request)
    columns: tuple[Column, ...] = action.columns
    changes = action is record_type.change
    initial = options.initial or {}
    if changes and record is not None:
        initial = current_values(record_type, record, columns)
    if request.method != "POST":
        refuse_early(action, actor, record)
        form = RecordForm(
            columns,
            initial=initial,
            reason=action.reason,
            group_labels=record_type.groups,
            base=fingerprints(initial) if changes else "",
        )
        return render_page(
            request, _form_page(form, action, record, options, version=str(getattr(record, "version", "")))
        )
    form = RecordForm(
        columns,
        data=request.POST,
        initial=initial,
        reason=action.reason,
        group_labels=record_type.groups,
        base=request.POST.get(BASE, ""),
    )
    version = request.POST.get("version", "")
    if form.wants_more:
        page = _form_page(form, action, record, options, version=version)
        return render_page(request, page, status=200)
    typed = form.typed()
    if changes and record is not None:
        _choose(request.POST, typed, initial, columns)
    try:
        result = perform(
            action,
            actor,
            values=typed,
            record=record,
            version=version_of(version),
            reason=request.POST.get("reason", ""),
        )
    except Invalid as error:
        form.show_problems(error.problems)
    except Conflict as error:
        return render_page(request, _conflict_page(form, action, record, options, error, typed, initial, columns))
    except NotFound:
        raise
    except ActionError as error:
        form.show_problems([Problem("", str(error))])
    else:
        return HttpResponseRedirect(options.done(result))
    return render_page(request, _form_page(form, action, record, options, version=version))


def refuse_early(action: Action[Any], actor: Actor, record: Any) -> None:
    """Say before a form is filled in that its action is not for this actor (Refused) or not possible now (NotNow)."""
    may = policy_for(action.model).may(actor, action.roles, record)
    if not may:
        raise Refused(may.reason)
    allowed, reason = action.verdict(actor, record)
    if not allowed:
        raise NotNow(reason)


def version_of(text: str) -> int | None:
    """The version that a form was filled in on; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _choose(data: QueryDict, typed: dict[str, Any], present: dict[str, Any], columns: Sequence[Column]) -> None:
    """Where the person chose the other's version of a field, take it."""
    for column in columns:
        if data.get(f"choose_{column.name}") == "theirs":
            typed[column.name] = present[column.name]


def _conflict_page(
    form: RecordForm,
    action: Action[Any],
    record: Any,
    options: FormOptions,
    error: Conflict,
    typed: dict[str, Any],
    present: dict[str, Any],
    columns: Sequence[Column],
) -> shapes.FormPage:
    kept = parse(action.input, typed).model_dump()
    base = form.data.get(BASE, "").split()
    conflicts = tuple(
        shapes.Conflict(
            c.name,
            c.label,
            _shown(c, present[c.name]),
            _shown(c, kept[c.name]),
            "theirs" if fingerprint(c.name, kept[c.name]) in base else "yours",
        )
        for c in columns
        if c.name in present and _comparable(present[c.name]) != _comparable(kept[c.name])
    )
    last = next(iter(timeline(record, limit=50)), None)
    form.begin_anew_from(fingerprints(present))
    if not conflicts:
        form.show_problems([Problem("", str(error))])
    return _form_page(
        form,
        action,
        record,
        options,
        version=str(error.current_version),
        conflicts=conflicts,
        by=last.person_name if last else "",
        at=last.at if last else None,
    )


def fingerprint(name: str, value: Any) -> str:
    """A short mark of a field's value, the same for the same value."""
    content = orjson.dumps([name, value], default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2s(content, digest_size=6).hexdigest()


def fingerprints(values: dict[str, Any]) -> str:
    """The marks of all values of a form."""
    return " ".join(fingerprint(name, value) for name, value in values.items())


def _comparable(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def _shown(column: Column, value: Any) -> str:
    if column.kind is Kind.ROWS:
        return "; ".join(" ".join(str(v) for v in row.values() if v not in (None, "", [], {})) for row in value)
    return str(words_of(column, value))


def _form_page(
    form: RecordForm,
    action: Action[Any],
    record: Any,
    options: FormOptions,
    *,
    version: str,
    conflicts: tuple[shapes.Conflict, ...] = (),
    by: str = "",
    at: datetime.datetime | None = None,
) -> shapes.FormPage:
    number = getattr(record, "number", "") if record is not None else ""
    return shapes.FormPage(
        title=options.title or action.label,
        form=form,
        submit=action.label,
        lead=options.lead or action.confirm,
        number=number,
        cancel_url=options.cancel_url,
        identifier=f"{action.name}:{number}",
        version=version,
        groups=tuple(form.groups),
        conflicts=conflicts,
        conflict_by=by,
        conflict_at=at,
        blocks=options.blocks,
        other_submits=tuple(form.more),
    )
