"""Pictures as numbers: where the parts of a life line stand, and what a map's script has to know."""

import calendar
import datetime
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from foedera.platform.pages.shapes import Cell, Colour, Column, MapPicture, Row, Table, Text, Timeline
from foedera.platform.pages.wording import day_words

_MARGIN = 2.0
_BAR_TOP = 26
_POINT_TOP = 62
_POINT_STEP = 20


@dataclass(frozen=True, slots=True)
class LineBar:
    x: str
    width: str
    middle: str
    number: int
    named: bool
    open_ended: bool
    colour: Colour
    words: str


@dataclass(frozen=True, slots=True)
class LinePoint:
    x: str
    label_x: str
    y: int
    label_y: int
    anchor: str
    offset: int
    colour: Colour
    words: str


@dataclass(frozen=True, slots=True)
class LineTick:
    x: str
    label: str


@dataclass(frozen=True, slots=True)
class LifeLine:
    """A life line ready to be drawn: positions across are per cent of the width, positions down are pixels."""

    bars: tuple[LineBar, ...]
    points: tuple[LinePoint, ...]
    ticks: tuple[LineTick, ...]
    today: str
    today_words: str
    today_anchor: str
    height: int
    empty: bool


def first_day(value: str) -> datetime.date | None:
    """Return the first day that a partial date may mean, None if it is no date."""
    parts = value.split("-")
    try:
        year, month, day = ([int(part) for part in parts] + [1, 1])[:3]
        return datetime.date(year, month, day)
    except ValueError:
        return None


def last_day(value: str) -> datetime.date | None:
    """Return the last day that a partial date may mean, None if it is no date."""
    first = first_day(value)
    if first is None:
        return None
    if len(value) == 4:
        return first.replace(month=12, day=31)
    if len(value) == 7:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def life_line(timeline: Timeline) -> LifeLine:
    """Return where the parts of a life line stand. Parts without a readable date are left to the table."""
    spans = [
        (number, span, first_day(span.since), last_day(span.until) if span.until else None)
        for number, span in enumerate(timeline.spans, 1)
    ]
    points = [(point, first_day(point.on)) for point in timeline.points]
    days = [day for _number, _span, since, until in spans for day in (since, until) if day is not None]
    days += [day for _point, day in points if day is not None]
    if timeline.as_of is not None:
        days.append(timeline.as_of)
    if not days:
        return LifeLine((), (), (), "", "", "start", 0, True)
    first, last = min(days), max(days)
    span_days = max((last - first).days, 365)
    # In days since the year 1, for the picture may begin before the first date that the calendar knows.
    start = first.toordinal() - span_days // 50
    length = span_days * 1.06

    def across(day: datetime.date) -> float:
        return _MARGIN + (100 - 2 * _MARGIN) * min(1.0, max(0.0, (day.toordinal() - start) / length))

    bars = []
    for number, span, since, until in spans:
        if since is None:
            continue
        left = across(since)
        right = across(until) if until is not None else 100.0
        width = max(right - left, 0.4)
        end = day_words(span.until) if span.until else pgettext("end of a period", "open")
        bars.append(
            LineBar(
                x=_percent(left),
                width=_percent(width),
                middle=_percent(left + width / 2),
                number=number,
                named=width >= 4,
                open_ended=until is None,
                colour=span.colour,
                words=f"{span.label}: {day_words(span.since)} – {end}",
            )
        )
    marks = []
    dated = sorted(((day, point) for point, day in points if day is not None), key=lambda pair: pair[0])
    for place, (day, point) in enumerate(dated):
        x = across(day)
        y = _POINT_TOP + place * _POINT_STEP
        at_end = x > 50
        marks.append(
            LinePoint(
                x=_percent(x),
                label_x=_percent(x),
                y=y,
                label_y=y + 4,
                anchor="end" if at_end else "start",
                offset=-9 if at_end else 9,
                colour=point.colour,
                words=f"{point.label}, {day_words(point.on)}",
            )
        )
    years = max(1, round(length / 365.25))
    step = next(step for step in (1, 2, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000) if years / step <= 6)
    ticks = tuple(
        LineTick(_percent(across(new_year)), str(new_year.year))
        for new_year in (
            datetime.date(year, 1, 1) for year in range(first.year, min(last.year + 1, datetime.MAXYEAR) + 1)
        )
        if new_year.year % step == 0 and new_year.toordinal() <= start + length
    )
    today = across(timeline.as_of) if timeline.as_of is not None else None
    return LifeLine(
        bars=tuple(bars),
        points=tuple(marks),
        ticks=ticks,
        today=_percent(today) if today is not None else "",
        today_words=day_words(timeline.as_of),
        today_anchor="end" if today is not None and today > 50 else "start",
        height=_POINT_TOP + max(len(marks), 0) * _POINT_STEP + 4,
        empty=False,
    )


def life_table(timeline: Timeline) -> Table:
    """Return the same as a table: stretches with their numbers, then days, each in order of time."""
    columns = (
        Column("number", _("No."), numeric=True),
        Column("what", pgettext("heading of a column", "What")),
        Column("since", _("From or on")),
        Column("until", _("Until")),
    )
    rows = [
        Row(
            (
                Cell(number=number),
                Cell(span.label),
                Cell(date=span.since),
                Cell(date=span.until) if span.until else Cell(pgettext("end of a period", "open")),
            )
        )
        for number, span in enumerate(timeline.spans, 1)
    ]
    rows += [
        Row((Cell(), Cell(point.label), Cell(date=point.on), Cell()))
        for point in sorted(timeline.points, key=lambda point: point.on)
    ]
    return Table(columns=columns, rows=tuple(rows), title=timeline.title, folded=True)


def map_description(picture: MapPicture) -> dict[str, Any]:
    """Return what the script of a map needs: addresses, classes of colour, labels, contested areas."""
    return {
        "geometry": picture.geometry_url,
        "contestedGeometry": picture.contested_url,
        "property": picture.code_property,
        "centre": picture.centre,
        "values": {
            value.code: {
                "label": str(value.label),
                "text": _value_words(value.value, value.text, picture.unit),
                "class": _class_of(picture, value.value),
                "url": value.url,
            }
            for value in picture.values
        },
        "contested": [{"label": str(area.label), "codes": list(area.codes)} for area in picture.contested],
    }


def _value_words(value: float | None, text: Text, unit: Text) -> str:
    if text:
        return str(text)
    if value is None:
        return _("no data")
    return f"{value:g} {unit}".strip()


def _class_of(picture: MapPicture, value: float | None) -> str:
    if value is None:
        return "none"
    for step in picture.legend:
        if (step.least is None or value >= step.least) and (step.most is None or value < step.most):
            return step.colour
    return "none"
