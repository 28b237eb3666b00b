"""The list page with its filters, facets and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.actions.errors import NotFound
from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, Kind, RecordType, Words
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.lists.pages.values import cell_of, choice_of, context_of, words_of
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day
from foedera.platform.pages.views import render_page

FACET_VALUES = 12

# Beyond so many the exact count is asked for after the page is there.
COUNTED_AT_ONCE = 1000


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
