"""A list grouped by a column: the groups with their counts, the rows of the first, and those of another when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, Kind, RecordType, Words
from foedera.platform.lists.filters import Filter, operators_of
from foedera.platform.lists.pages.addresses import changed, with_values
from foedera.platform.lists.pages.facets import code_of, facet_columns, label_of
from foedera.platform.lists.pages.values import cell_of
from foedera.platform.pages import shapes
from foedera.platform.pages.navigation import at_day

SHOWN_ROWS = 25
MOST_GROUPS = 200
# How the group of rows without a value is named in an address; no code of a value holds a blank.
NOTHING = "no value"


@dataclass(frozen=True, slots=True)
class RowsOf:
    """What the rows of a table are made of: for whom they are read, which columns they have, where each record lies."""

    request: HttpRequest
    record_type: RecordType
    context: Context
    columns: Sequence[Column]
    detail: Callable[[str], str]

    @property
    def reading(self) -> list[Column]:
        """The columns to be read: those shown, and the number by which a row is addressed."""
        named = any(c.name == "number" for c in self.columns)
        return list(self.columns) if named else [self.record_type.column("number"), *self.columns]

    def rows(self, page: querying.Page) -> tuple[shapes.Row, ...]:
        """The rows of a page as they are shown."""
        return tuple(
            shapes.Row(
                cells=tuple(cell_of(c, row[c.name]) for c in self.columns),
                url=at_day(self.request, self.detail(row["number"])),
                number=row["number"],
                key=row["number"],
            )
            for row in page.rows
        )


def groupings(record_type: RecordType, view: querying.View, query: QueryDict) -> Iterator[shapes.Link]:
    """The columns to group by, and no grouping."""
    yield shapes.Link(_("No groups"), changed(query, group=None), active=not view.group)
    for column in facet_columns(record_type):
        yield shapes.Link(column.label, changed(query, group=column.name), active=view.group == column.name)


def _is_nothing(column: Column, value: Any) -> bool:
    return value is None or value == ""


def _filter_of(column: Column, code: str) -> Filter | None:
    """The filter that leaves the rows of a group; None where there is none."""
    if code != NOTHING:
        return Filter(column.name, "is", (code,))
    if column.kind is Kind.BOOLEAN:
        return Filter(column.name, "is", ("unknown",))
    return Filter(column.name, "empty", ("true",)) if "empty" in operators_of(column) else None


def _counted(table: RowsOf, view: querying.View, column: Column) -> list[tuple[str, Words, int]]:
    """Code, label and count of each group, most rows first, the one without a value last."""
    counts = querying.value_counts(table.record_type, view, table.context, column)
    found = [(code_of(v), label_of(column, v), n) for v, n in counts if not _is_nothing(column, v)]
    nothing = sum(n for v, n in counts if _is_nothing(column, v))
    if column.kind is Kind.CHOICES and (empty := _filter_of(column, NOTHING)) is not None:
        # The elements of a list do not tell how many lists are empty.
        without = replace(view, filters=(*view.filters, empty))
        nothing = querying.count(querying.narrowed(table.record_type, without, table.context, gone_through=True))
    if nothing and _filter_of(column, NOTHING) is not None:
        found.append((NOTHING, _("Not entered"), nothing))
    return found[:MOST_GROUPS]


def groups_of(table: RowsOf, view: querying.View, query: QueryDict) -> Iterator[shapes.RowGroup]:
    """The groups of the view; the first with its rows."""
    column = table.record_type.column(view.group)
    for position, (code, label, count) in enumerate(_counted(table, view, column)):
        rows: tuple[shapes.Row, ...] = ()
        if position == 0:
            rows = table.rows(_page_of(table, view, column, code))
        yield shapes.RowGroup(
            label,
            count,
            _alone(view, query, column, code),
            changed(query, part="group", value=code),
            rows,
            count > len(rows),
        )


def _alone(view: querying.View, query: QueryDict, column: Column, code: str) -> str:
    """The list of a group alone."""
    if code != NOTHING:
        ungrouped = query.copy()
        ungrouped.pop("group", None)
        return with_values(view, ungrouped, column.name, [code])
    filter_of_group = _filter_of(column, code)
    assert filter_of_group is not None
    return changed(query, group=None, **{filter_of_group.key: filter_of_group.values})


def _page_of(table: RowsOf, view: querying.View, column: Column, code: str) -> querying.Page:
    narrower = _filter_of(column, code)
    if narrower is None:
        return querying.Page([], "")
    within = replace(view, filters=(*view.filters, narrower), limit=SHOWN_ROWS, after="")
    return querying.read_page(table.record_type, within, table.context, table.reading)


def group_part(
    table: RowsOf,
    view: querying.View,
    query: QueryDict,
    columns: tuple[shapes.Column, ...],
    *,
    selectable: bool,
) -> HttpResponse:
    """The first rows of one group, asked for when it is opened. Raises Invalid for a value that the column has not."""
    column = table.record_type.column(view.group) if view.group else None
    code = query.get("value", "")
    page = _page_of(table, view, column, code) if column is not None else querying.Page([], "")
    # Where there are more than fit, the whole group is a list of its own; how many it has stands above.
    label = _("Not entered") if code == NOTHING else code
    url = _alone(view, query, column, code) if column is not None and _filter_of(column, code) else ""
    group = shapes.RowGroup(label, len(page.rows), url, "", table.rows(page), bool(page.next))
    shown = {"title": table.record_type.plural, "columns": columns, "selectable": selectable}
    return render(table.request, "pages/parts/group_rows.html", {"group": group, "page": shown})
