"""The shapes that views fill and templates render.

A view never writes markup and a template never asks the database: between them stand these frozen dataclasses.
Each shape that can stand on a page of its own, or inside another, names the template that renders it (`template`).
Texts may be lazy translations; everything is escaped when rendered unless it was marked safe by Django.
Every page is handed to its template as the context variable `page`.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from django.forms import BaseForm
from django.utils.functional import Promise

from foedera.platform.pages.list_shapes import BulkOffer as BulkOffer
from foedera.platform.pages.list_shapes import ColumnChoice as ColumnChoice
from foedera.platform.pages.list_shapes import ExportOffer as ExportOffer
from foedera.platform.pages.list_shapes import QueryFault as QueryFault
from foedera.platform.pages.list_shapes import SaveView as SaveView

from .areas import LegendStep as LegendStep
from .areas import MapValue as MapValue
from .folding import Fold as Fold
from .inline import InlineForm as InlineForm

Text = str | Promise
Colour = Literal["grey", "blue", "green", "amber", "red", "violet"]
CellKind = Literal["text", "number", "date", "code", "muted"]
Direction = Literal["", "ltr", "rtl", "auto"]


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go. `active` marks the present place (tab, view, entry); `hint` is read out and shown on hover."""

    label: Text
    url: str
    active: bool = False
    hint: Text = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in a word. The colour only repeats what the label says; `hint` explains it."""

    label: Text
    colour: Colour = "grey"
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Something a person may do to a record. A step that is not allowed has `enabled=False` and says why in `reason`.

    `method` "post" renders a form with its token, "get" a link. A `confirm` text is asked before it is sent
    (without JavaScript the target must ask itself). `fields` are sent along as hidden values. A step that `writes` is
    switched off while the frame looks at the past.
    """

    label: Text
    url: str
    method: Literal["get", "post"] = "get"
    enabled: bool = True
    reason: Text = ""
    primary: bool = False
    confirm: Text = ""
    fields: tuple[tuple[str, str], ...] = ()
    danger: bool = False
    writes: bool = True


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in a table or beside a label.

    `date` is an ISO date, date and time, month or year ("1954", "1954-03", "1954-03-17") and is shown in the
    reader's manner inside `<time>`; `number` is grouped in the reader's manner with `unit` behind it. `note` is a
    second, quieter line. `lang` and `direction` describe the text if it is not in the language of the page.
    """

    text: Text = ""
    kind: CellKind = "text"
    href: str = ""
    chip: Chip | None = None
    date: str | datetime.date | datetime.datetime | None = None
    number: int | float | Decimal | None = None
    unit: Text = ""
    note: Text = ""
    chips: tuple[Chip, ...] = ()
    lang: str = ""
    direction: Direction = ""
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `sort_url` is the address of the same view sorted by it; `sorted` says how it is sorted now."""

    name: str
    label: Text
    sort_url: str = ""
    sorted: Literal["ascending", "descending"] | None = None
    numeric: bool = False
    hint: Text = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: cells in the order of the columns; the first cell links to `url` unless it has an address itself.

    `key` is what a bulk action is told; `number` names the row for people and readers of the screen.
    """

    cells: tuple[Cell, ...]
    url: str = ""
    number: str = ""
    key: str = ""
    colour: Colour | None = None


# ---------------------------------------------------------------------------------------------------------------- list


@dataclass(frozen=True, slots=True)
class FacetOption:
    label: Text
    value: str
    count: int | None
    url: str
    active: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A way to narrow a list: values with counts, each the address of the list with it switched on or off.

    With `load_url` the panel asks there for its values when it is opened; without JavaScript `more_url` is the list with all counts.
    `all_url` answers every value where only the most frequent ones are shown.
    """

    name: str
    label: Text
    options: tuple[FacetOption, ...]
    more_url: str = ""
    load_url: str = ""
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class RangeFilter:
    """From and to: two fields of a form that is sent by GET to the list."""

    label: Text
    from_name: str
    to_name: str
    kind: Literal["date", "number"] = "date"
    from_value: str = ""
    to_value: str = ""


@dataclass(frozen=True, slots=True)
class FilterChip:
    """A filter that is on; `remove_url` is the list without it."""

    label: Text
    value: Text
    remove_url: str


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Rows that have a value in common: how many, the list of them alone, and where the first of them are asked for.

    Without `rows` they are asked for when the group is opened.
    """

    label: Text
    count: int
    url: str
    load_url: str
    rows: tuple[Row, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """A list of records. Its address holds the whole view.

    The search box sends `search_name`, the chooser of columns sends `columns` once for each column; both keep the
    other parameters of the address except those in `position_names` (the keyset position). Selected rows are sent to
    the address of the bulk step as `selected`; with `bulk_everything` a person may choose `all=1`, and the present
    query string is sent along as `view`. A change of the view asks for `pages/list_body.html` (id `list-view`:
    all but the title), another page of the same view for `pages/list_rows.html` (id `list`: count, table, paging),
    which needs no facets. A list with `grouped_by` shows its `groups` in place of rows. `view_steps` are what may be done with
    the view that is open.
    """

    template: ClassVar[str] = "pages/list.html"

    title: Text
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    url: str
    lead: Text = ""
    count: int | None = None
    count_is_exact: bool = True
    count_url: str = ""
    filters: tuple[FilterChip, ...] = ()
    clear_filters_url: str = ""
    facets: tuple[Facet, ...] = ()
    ranges: tuple[RangeFilter, ...] = ()
    views: tuple[Link, ...] = ()
    save_view: SaveView | None = None
    view_steps: tuple[Step, ...] = ()
    groupings: tuple[Link, ...] = ()
    groups: tuple[RowGroup, ...] = ()
    grouped_by: Text = ""
    notices: tuple["Notice", ...] = ()
    column_choices: tuple[ColumnChoice, ...] = ()
    search_name: str = "q"
    search_value: str = ""
    search_hint: Text = ""
    searchable: bool = True
    search_fault: QueryFault | None = None
    complete_url: str = ""
    panel_url: str = ""
    position_names: tuple[str, ...] = ("after", "before")
    next_url: str = ""
    previous_url: str = ""
    first_url: str = ""
    exports: tuple[Link, ...] = ()
    export_offer: ExportOffer | None = None
    import_link: Link | None = None
    create: Step | None = None
    bulk: tuple[Step, ...] = ()
    bulk_offer: BulkOffer | None = None
    bulk_everything: bool = False
    empty_text: Text = ""
    empty_link: Link | None = None
    as_of: datetime.date | None = None
    breadcrumbs: tuple[Link, ...] = ()
    blocks_above: "tuple[Block, ...]" = ()

    @property
    def selectable(self) -> bool:
        """Whether rows can be selected for a step."""
        return bool(self.bulk) or self.bulk_offer is not None


# -------------------------------------------------------------------------------------------------------------- blocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A plain table without filters."""

    template: ClassVar[str] = "pages/blocks/table.html"

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    title: Text = ""
    lead: Text = ""
    source: Text = ""
    empty_text: Text = ""
    more: Link | None = None
    steps: tuple[Step, ...] = ()
    exports: tuple[Link, ...] = ()
    identifier: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled value. `source` says where it was taken from, `help` what the label means."""

    label: Text
    value: Cell
    help: Text = ""
    source: Text = ""
    more: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class FactGroup:
    template: ClassVar[str] = "pages/blocks/facts.html"

    title: Text
    facts: tuple[Fact, ...]
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one field said before and says after, in words."""

    label: Text
    before: Text
    after: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """Something that happened to a record: when, who and in which role, what, why, and the change; or the text of a note."""

    at: datetime.datetime
    actor: Text
    action: Text
    role: Text = ""
    reason: Text = ""
    changes: tuple[Change, ...] = ()
    url: str = ""
    text: Text = ""
    chips: tuple[Chip, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that happened to a record, newest first."""

    template: ClassVar[str] = "pages/blocks/history.html"

    entries: tuple[TimelineEntry, ...]
    title: Text = ""
    earlier_url: str = ""
    empty_text: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A duty with a date: `days_left` is negative when it has passed, None when the date is not known.

    `calculation` explains the date line by line: from which fact, by which calendar, under which article.
    """

    label: Text
    due: str | datetime.date | None = None
    days_left: int | None = None
    calculation: tuple[Text, ...] = ()
    note: Text = ""
    soon_days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A few words that must be seen."""

    template: ClassVar[str] = "pages/blocks/notice.html"

    text: Text
    colour: Colour = "amber"
    title: Text = ""
    links: tuple[Link, ...] = ()
    lines: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that answers a question, with the list behind it."""

    label: Text
    value: int | float | Decimal | str
    href: str = ""
    unit: Text = ""
    note: Text = ""
    colour: Colour | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    template: ClassVar[str] = "pages/blocks/figures.html"

    figures: tuple[Figure, ...]
    title: Text = ""
    source: Text = ""


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    label: Text
    cells: tuple[Cell, ...]
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Records side by side, and where they agree."""

    template: ClassVar[str] = "pages/blocks/comparison.html"

    heads: tuple[Cell, ...]
    rows: tuple[ComparisonRow, ...]
    title: Text = ""
    lead: Text = ""


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    kind: Literal["same", "added", "removed", "gap"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two versions of a text, line by line."""

    template: ClassVar[str] = "pages/blocks/difference.html"

    before: Text
    after: Text
    lines: tuple[DifferenceLine, ...]
    title: Text = ""
    lang: str = ""
    direction: Direction = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Paragraphs, one text per paragraph, for instance the text of a document with its language and direction."""

    template: ClassVar[str] = "pages/blocks/words.html"

    paragraphs: tuple[Text, ...]
    title: Text = ""
    lang: str = ""
    direction: Direction = ""
    links: tuple[Link, ...] = ()
    document: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of figures. `option` is an ECharts option without functions; the same data stands in `table`.

    Colours, fonts and the tooltip come from the theme. Every title says what is shown, in which unit, for which
    period and from which source. `link_key` names the property of a data item that holds an address to follow.
    """

    template: ClassVar[str] = "pages/blocks/chart.html"

    title: Text
    option: Mapping[str, Any]
    table: Table
    unit: Text = ""
    period: Text = ""
    source: Text = ""
    identifier: str = "chart"
    height: Literal["low", "middle", "high"] = "middle"
    summary: Text = ""


@dataclass(frozen=True, slots=True)
class ContestedArea:
    """An area that is hatched and named as contested, with the positions of record. `codes` are its features."""

    label: Text
    codes: tuple[str, ...]
    positions: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPicture:
    """A map that colours areas by value. The map takes no side: contested areas are hatched and named as such.

    `geometry_url` answers GeoJSON from the same host; a feature without a value is named by its property `name_<language>`
    or `name`. `contested_url` answers outlines that are hatched over the others. `centre` is the longitude in the middle of the picture
    (for a country across the 180th meridian). The same data stands in `table`.
    """

    template: ClassVar[str] = "pages/blocks/map.html"

    title: Text
    geometry_url: str
    values: tuple[MapValue, ...]
    legend: tuple[LegendStep, ...]
    table: Table
    code_property: str = "code"
    contested: tuple[ContestedArea, ...] = ()
    contested_url: str = ""
    unit: Text = ""
    period: Text = ""
    source: Text = ""
    boundaries: Text = ""
    identifier: str = "map"
    centre: float | None = None
    summary: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSpan:
    """A stretch of a life line: a term, a renewal, a suspension. Without `until` it runs on."""

    label: Text
    since: str
    until: str = ""
    colour: Colour = "blue"


@dataclass(frozen=True, slots=True)
class LifePoint:
    """A day on a life line: signature, entry into force, last safe day to object."""

    label: Text
    on: str
    colour: Colour = "grey"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The life of a record on a scale of years, drawn by the server (it needs no JavaScript), with its table."""

    template: ClassVar[str] = "pages/blocks/timeline.html"

    title: Text
    spans: tuple[LifeSpan, ...] = ()
    points: tuple[LifePoint, ...] = ()
    as_of: datetime.date | None = None
    source: Text = ""
    identifier: str = "timeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Long work: rows done of rows, time left, log and result. While `running`, `poll_url` answers this block anew."""

    template: ClassVar[str] = "pages/blocks/progress.html"

    title: Text
    done: int
    total: int | None
    unit: Text
    state: Chip
    running: bool
    remaining_seconds: int | None = None
    poll_url: str = ""
    log: tuple[Text, ...] = ()
    results: tuple[Link, ...] = ()
    steps: tuple[Step, ...] = ()
    started: datetime.datetime | None = None


Block = (
    Table
    | FactGroup
    | History
    | Notice
    | Figures
    | Comparison
    | Difference
    | Words
    | Chart
    | MapPicture
    | Timeline
    | Progress
    | InlineForm
    | Fold
)


# --------------------------------------------------------------------------------------------------------------- pages


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """One record. `tabs` are addresses; `facts`, `blocks` and `timeline` are what the active tab shows, in that order.

    `steps` (one or two) stand as buttons, `more_steps` under "more".
    """

    template: ClassVar[str] = "pages/record.html"

    title: Text
    number: str = ""
    subtitle: Text = ""
    title_lang: str = ""
    title_direction: Direction = ""
    other_titles: tuple[Cell, ...] = ()
    chips: tuple[Chip, ...] = ()
    steps: tuple[Step, ...] = ()
    more_steps: tuple[Step, ...] = ()
    clocks: tuple[Clock, ...] = ()
    tabs: tuple[Link, ...] = ()
    facts: tuple[FactGroup, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    blocks: tuple[Block, ...] = ()
    beside: tuple[Block, ...] = ()
    warnings: tuple[Text, ...] = ()
    breadcrumbs: tuple[Link, ...] = ()
    as_of: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed meanwhile. The choice is sent as `choose_<name>`: "theirs" or "yours".

    `chosen` stands there first: theirs where the reader has not touched the field.
    """

    name: str
    label: Text
    theirs: Text
    yours: Text
    chosen: Literal["theirs", "yours"] = "yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPage:
    """A form: one column, labels above, errors in a summary at the top and at the field.

    `identifier` names the form in the browser's memory, so that typed text survives a failure; without it nothing is
    remembered. Conflicts stand above the fields: `conflict_by` and `conflict_at` say who changed the record and when,
    `version` is sent back as `version`.
    """

    template: ClassVar[str] = "pages/form.html"

    title: Text
    form: BaseForm
    submit: Text
    lead: Text = ""
    number: str = ""
    action_url: str = ""
    cancel_url: str = ""
    identifier: str = ""
    version: str = ""
    groups: tuple[tuple[Text, tuple[str, ...]], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    conflict_by: Text = ""
    conflict_at: datetime.datetime | None = None
    blocks: tuple[Block, ...] = ()
    other_submits: tuple[tuple[str, str, Text], ...] = ()
    danger: bool = False
    breadcrumbs: tuple[Link, ...] = ()
    get: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """A page of blocks: tables, pictures, figures."""

    template: ClassVar[str] = "pages/table.html"

    title: Text
    blocks: tuple[Block, ...]
    lead: Text = ""
    number: str = ""
    chips: tuple[Chip, ...] = ()
    steps: tuple[Step, ...] = ()
    more_steps: tuple[Step, ...] = ()
    tabs: tuple[Link, ...] = ()
    exports: tuple[Link, ...] = ()
    warnings: tuple[Text, ...] = ()
    breadcrumbs: tuple[Link, ...] = ()
    as_of: datetime.date | None = None
    source: Text = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong, in words, and what to do. `status` is the HTTP status."""

    template: ClassVar[str] = "pages/error.html"

    status: int
    title: Text
    text: Text = ""
    lines: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
