"""The list page with its filters, facets and files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from foedera.platform.access.actors import Actor
from foedera.platform.lists import querying
from foedera.platform.lists.asking.language import QueryFault
from foedera.platform.lists.bulk.access import steps_for
from foedera.platform.lists.bulk.offering import bulk_offer
from foedera.platform.lists.delivering.job import export_columns
from foedera.platform.lists.description import Column, Context, Kind, RecordType
from foedera.platform.lists.exporting import FORMATS, export
from foedera.platform.lists.pages.addresses import changed
from foedera.platform.lists.pages.chips import chips
from foedera.platform.lists.pages.facets import facet_part, facets, panel_part
from foedera.platform.lists.pages.grouping import RowsOf, group_part, groupings, groups_of
from foedera.platform.lists.pages.keeping import export_offer, left_out_notices, save_view, view_steps, view_tabs
from foedera.platform.lists.pages.values import context_of
from foedera.platform.lists.saving.opening import NO_VIEW, Opened, open_list
from foedera.platform.pages import shapes
from foedera.platform.pages.views import render_page

# Beyond so many the exact count is asked for after the page is there.
COUNTED_AT_ONCE = 1000


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
    record_type = record_type.for_reader(context.actor)
    wanted = request.GET.get("format", "")
    part = request.GET.get("part", "")
    whole_page = wanted not in FORMATS and part in ("", "facets") and request.headers.get("HX-Target") != "list"
    opened = open_list(record_type, request.GET, context, with_first=whole_page)
    # The templates carry on the parameters of the address, which are from here on those of the view.
    request.GET = query = opened.query  # type: ignore[assignment]  # as immutable as it has to be
    try:
        view = querying.parse_view(record_type, query, context)
    except QueryFault as fault:
        return _not_understood(request, record_type, context, fault)
    if wanted in FORMATS:
        return export_response(record_type, view, context, wanted)
    columns = [record_type.column(n) for n in view.columns or record_type.shown_by_default()]
    if not any(c.name == record_type.title for c in columns):
        columns.insert(0, record_type.column(record_type.title))
    if part == "count":
        return _count_part(
            request, querying.count(querying.narrowed(record_type, view, context, gone_through=True)), context
        )
    if part == "facet":
        return facet_part(request, record_type, view, context, query)
    if part == "panel":
        return panel_part(request, record_type, view, context, query)
    table = RowsOf(request, record_type, context, columns, options.detail)
    if part == "group":
        selectable = bool(_bulk(record_type, context.actor) or (options.bulk and options.bulk(context.actor)))
        return group_part(table, view, query, _columns(columns, view, record_type, query), selectable=selectable)
    return render_page(request, _list_page(table, view, opened, options))


def _list_page(table: RowsOf, view: querying.View, opened: Opened, options: ListOptions) -> shapes.ListPage:
    request, record_type, context = table.request, table.record_type, table.context
    query = opened.query
    rows_only = request.headers.get("HX-Target") == "list"
    groups: tuple[shapes.RowGroup, ...] = ()
    page = querying.Page([], "")
    if view.group:
        groups = tuple(groups_of(table, view, query))
    else:
        page = querying.read_page(record_type, view, context, table.reading)
    total, exact = querying.count_up_to(record_type, view, context, COUNTED_AT_ONCE)
    return shapes.ListPage(
        title=record_type.plural,
        lead=record_type.lead,
        url=request.path,
        count=total,
        count_is_exact=exact,
        count_url="" if exact else changed(query, part="count"),
        columns=_columns(table.columns, view, record_type, query),
        rows=table.rows(page),
        groups=groups,
        grouped_by=record_type.column(view.group).label if view.group else "",
        groupings=() if rows_only else tuple(groupings(record_type, view, query)),
        filters=tuple(chips(record_type, view, query)),
        clear_filters_url=_cleared(request, query) if view.filters or view.parts else "",
        facets=tuple(facets(record_type, view, context, query, counted=query.get("part") == "facets"))
        if options.facets and not rows_only
        else (),
        ranges=tuple(_ranges(record_type, query)),
        views=() if rows_only else view_tabs(opened),
        save_view=None if rows_only else save_view(record_type, opened, context.actor),
        view_steps=() if rows_only else view_steps(record_type, opened, context.actor),
        notices=left_out_notices(opened),
        column_choices=tuple(
            shapes.ColumnChoice(c.name, c.label, c in table.columns)
            for c in record_type.columns
            if c.kind not in (Kind.DATA, Kind.ROWS)
        ),
        search_value=view.text,
        search_hint=_("Words, a number, or column:value"),
        complete_url=reverse("list:complete", args=[record_type.name]) if record_type.registered else "",
        panel_url=changed(query, part="panel") if options.facets and not rows_only else "",
        searchable=any(c.weight for c in record_type.columns),
        position_names=("after",),
        next_url=_next(query, page.next),
        first_url=changed(query) if view.after else "",
        exports=tuple(shapes.Link(k.upper(), changed(query, format=k)) for k in FORMATS),
        export_offer=None if rows_only else export_offer(record_type, opened, context.actor),
        import_link=shapes.Link(_("Import"), options.import_url)
        if options.import_url and not context.actor.reads_only
        else None,
        create=_create_step(record_type, context.actor, options),
        bulk=options.bulk(context.actor) if options.bulk else (),
        bulk_offer=_bulk(record_type, context.actor),
        bulk_everything=True,
        empty_text=record_type.empty,
        as_of=context.as_of if context.actor.is_past else None,
        blocks_above=options.above,
    )


def _bulk(record_type: RecordType, actor: Actor) -> shapes.BulkOffer | None:
    return bulk_offer(record_type, steps_for(record_type, actor))


def _cleared(request: HttpRequest, query: QueryDict) -> str:
    """The list without filters, which is not the one that it opens with."""
    return f"{request.path}?view={NO_VIEW}" if "view" in query else request.path


def _columns(
    columns: Sequence[Column], view: querying.View, record_type: RecordType, query: QueryDict
) -> tuple[shapes.Column, ...]:
    sort = view.sort or record_type.order
    return tuple(_column(c, sort, query) for c in columns)


def _not_understood(request: HttpRequest, record_type: RecordType, context: Context, fault: QueryFault) -> HttpResponse:
    """The list without rows, with the query as it was typed, why it is not understood, and where."""
    text = request.GET.get("q", "").strip()
    shown = shapes.ListPage(
        title=record_type.plural,
        lead=record_type.lead,
        url=request.path,
        columns=(),
        rows=(),
        search_value=text,
        search_hint=_("Words, a number, or column:value"),
        search_fault=shapes.QueryFault(
            fault.message,
            text[: fault.at],
            text[fault.at : fault.at + fault.length] or _("here"),
            text[fault.at + fault.length :],
        ),
        complete_url=reverse("list:complete", args=[record_type.name]),
        position_names=("after",),
        clear_filters_url=request.path,
        empty_text=_("The query is not understood; nothing was searched for."),
        as_of=context.as_of if context.actor.is_past else None,
    )
    return render_page(request, shown, status=422)


def _next(query: QueryDict, cursor: str) -> str:
    if not cursor:
        return ""
    following = query.copy()
    following["after"] = cursor
    return f"?{following.urlencode()}"


def _column(column: Column, sort: str, query: QueryDict) -> shapes.Column:
    """The head of a column. It sorts by this column first, and by those by which somebody sorted before within equal values."""
    keys = sort.split(",")
    found = next((key for key in keys if key.removeprefix("-") == column.name), "")
    sorted_by, descending = bool(found), found.startswith("-")
    first = keys[0] == found and sorted_by
    target = f"-{column.name}" if first and not descending else column.name
    if query.get("sort"):
        others = [key for key in keys if key.removeprefix("-") not in (column.name, "number")]
        target = ",".join([target, *others][: querying.MOST_SORTED])
    return shapes.Column(
        column.name,
        column.label,
        changed(query, sort=target) if column.sortable else "",
        ("descending" if descending else "ascending") if sorted_by else None,
        column.kind is Kind.INTEGER,
        column.help,
    )


def _count_part(request: HttpRequest, total: int, context: Context) -> HttpResponse:
    """The exact count, asked for after the page is there."""
    page = {"count": total, "count_is_exact": True, "as_of": context.as_of if context.actor.is_past else None}
    return render(request, "pages/parts/count.html", {"page": page})


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
    columns = export_columns(record_type, view)
    rows = querying.stream(record_type, view, context, columns)
    response = StreamingHttpResponse(
        export(kind, columns, rows, title=str(record_type.plural)), content_type=FORMATS[kind]
    )
    response["Content-Disposition"] = f'attachment; filename="{record_type.name}-{context.as_of.isoformat()}.{kind}"'
    return response
