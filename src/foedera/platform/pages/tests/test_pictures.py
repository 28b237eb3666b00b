"""Life lines and what a map's script is told."""

import datetime

from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.pages.pictures import first_day, last_day, life_line, life_table, map_description
from foedera.platform.pages.shapes import (
    Cell,
    Column,
    ContestedArea,
    LegendStep,
    LifePoint,
    LifeSpan,
    MapPicture,
    MapValue,
    Row,
    Table,
    Timeline,
)

partial = st.one_of(
    st.dates().map(lambda d: d.isoformat()),
    st.dates().map(lambda d: d.isoformat()[:7]),
    st.dates().map(lambda d: d.isoformat()[:4]),
    st.just("31.02.1998"),
    st.just(""),
)


def test_a_partial_date_has_a_first_and_a_last_day() -> None:
    assert first_day("1954") == datetime.date(1954, 1, 1)
    assert last_day("1954") == datetime.date(1954, 12, 31)
    assert last_day("2024-02") == datetime.date(2024, 2, 29)
    assert first_day("no date") is None
    assert last_day("1954-13") is None


@given(
    st.lists(st.tuples(partial, partial), max_size=6),
    st.lists(partial, max_size=5),
    st.one_of(st.none(), st.dates()),
)
def test_whatever_the_dates_everything_stands_within_the_picture(
    spans: list[tuple[str, str]], points: list[str], as_of: datetime.date | None
) -> None:
    with override("en"):
        line = life_line(
            Timeline(
                title="t",
                spans=tuple(LifeSpan(label="s", since=since, until=until) for since, until in spans),
                points=tuple(LifePoint("p", on) for on in points),
                as_of=as_of,
            )
        )
    for bar in line.bars:
        assert 0 <= float(bar.x[:-1]) <= 100
        assert float(bar.x[:-1]) + float(bar.width[:-1]) <= 100.01 or bar.width == "0.40%"
    places = [float(point.x[:-1]) for point in line.points]
    assert all(0 <= place <= 100 for place in places)
    assert places == sorted(places)
    assert len(line.ticks) <= 9


def test_the_table_of_a_life_line_holds_every_part() -> None:
    timeline = Timeline(
        title="t",
        spans=(
            LifeSpan(label="First term", since="2014-10-03", until="2019-10-02"),
            LifeSpan(label="On", since="2019"),
        ),
        points=(LifePoint("Signed", "2014-10-03"), LifePoint("Filed", "unknown")),
    )
    with override("en"):
        table = life_table(timeline)
    assert [str(row.cells[1].text) for row in table.rows] == ["First term", "On", "Signed", "Filed"]
    assert table.rows[1].cells[3].text == "open"


def test_a_map_is_told_classes_and_contested_areas() -> None:
    picture = MapPicture(
        title="t",
        geometry_url="/world.json",
        values=(MapValue("AA", "A land", 5.0, url="/a"), MapValue("BB", "B land", None), MapValue("CC", "C", 10.0)),
        legend=(LegendStep("0", None, 1, "none"), LegendStep("1-9", 1, 10, "1"), LegendStep("10+", 10, None, "5")),
        table=Table(columns=(Column("a", "A"),), rows=(Row((Cell("x"),)),)),
        contested=(ContestedArea("Somewhere", ("CC",)),),
        unit="records",
    )
    with override("en"):
        told = map_description(picture)
    assert told["values"]["AA"] == {"label": "A land", "text": "5 records", "class": "1", "url": "/a"}
    assert told["values"]["BB"]["class"] == "none"
    assert told["values"]["BB"]["text"] == "no data"
    assert told["values"]["CC"]["class"] == "5"
    assert told["contested"] == [{"label": "Somewhere", "codes": ["CC"]}]
