"""Every page and block is rendered from filled shapes, in both languages; records are synthetic."""

import datetime
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.translation import override

from foedera.platform.pages import shapes
from foedera.platform.pages.frame import Duty, Frame, NavigationEntry
from foedera.platform.pages.icons import icon_names

COLUMNS = (shapes.Column("number", "Number", "?sort=number", "ascending"), shapes.Column("days", "Days", numeric=True))
ROWS = (shapes.Row((shapes.Cell("S-1"), shapes.Cell(number=61)), "/s/1", "S-1", "1", "red"),)
TABLE = shapes.Table(columns=COLUMNS, rows=ROWS, title="A table", source="synthetic")


class SampleForm(forms.Form):
    title = forms.CharField(label="Title", help_text="As signed")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")])
    nature = forms.ChoiceField(label="Nature", widget=forms.RadioSelect, choices=[("b", "Binding"), ("n", "Not")])
    renews = forms.BooleanField(label="Renews itself", required=False)
    text = forms.FileField(label="Text", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def _frame(**changes: Any) -> Frame:
    return Frame(
        navigation=(NavigationEntry("Desk", "/", "desk", active=True, count=3),),
        scope_role="Officer",
        scope_body="An office",
        scope_territory="A region",
        as_of=datetime.date(2026, 9, 14),
        as_of_name="as_of",
        user_name="Elena Sample",
        duties=(Duty("1", "Officer", active=True),),
        switch_duty_url="/duty",
        account_url="/account",
        sign_out_url="/out",
        search_url="/search",
        palette_url="/palette.json",
        inbox_url="/inbox",
        inbox_count=12,
        request_id="R-1",
        **changes,
    )


def _blocks() -> tuple[shapes.Block, ...]:
    moment = datetime.datetime(2026, 9, 11, 9, 42, tzinfo=datetime.UTC)
    return (
        TABLE,
        shapes.FactGroup("Term", (shapes.Fact("Signed", shapes.Cell(date="1954-03"), "help", "source"),)),
        shapes.History(
            entries=(
                shapes.TimelineEntry(
                    at=moment,
                    actor="Elena Sample",
                    action="Corrected",
                    role="officer",
                    reason="A reason",
                    changes=(shapes.Change("Term", "3 years", ""),),
                ),
            )
        ),
        shapes.Notice(text="Look here", title="Notice", links=(shapes.Link("There", "/there"),), lines=("one",)),
        shapes.Figures((shapes.Figure("In force", 2108, "/list", colour="green"),)),
        shapes.Comparison(
            heads=(shapes.Cell("S-1"), shapes.Cell("S-2")),
            rows=(shapes.ComparisonRow("Parties", (shapes.Cell("a"), shapes.Cell("b")), same=False),),
        ),
        shapes.Difference(before="1", after="2", lines=(shapes.DifferenceLine("added", "new words"),)),
        shapes.Words(paragraphs=("Article 1",), lang="en", document=True),
        shapes.Chart(title="A chart", option={"series": [{"type": "bar", "data": ["</script>"]}]}, table=TABLE),
        shapes.MapPicture(
            title="A map",
            geometry_url="/world.json",
            values=(shapes.MapValue("AA", "A land", None),),
            legend=(shapes.LegendStep("none", None, None, "none"),),
            table=TABLE,
            contested=(shapes.ContestedArea("Somewhere", ("AA",), ("A position",)),),
        ),
        shapes.Timeline(
            title="A life",
            spans=(shapes.LifeSpan(label="First term", since="2014"),),
            points=(shapes.LifePoint("Signed", "2014-10-03"),),
            as_of=datetime.date(2026, 9, 14),
        ),
        shapes.Progress(
            title="Import",
            done=612_000,
            total=1_000_000,
            unit="rows",
            state=shapes.Chip("running", "blue"),
            running=True,
            remaining_seconds=90,
            poll_url="/poll",
            log=("line",),
            started=moment,
        ),
    )


def _pages() -> dict[str, Any]:
    steps = (
        shapes.Step("Confirm", "/confirm", "post", primary=True),
        shapes.Step("End", "/end", enabled=False, reason="no text"),
    )
    return {
        "list": shapes.ListPage(
            title="Records",
            columns=COLUMNS,
            rows=ROWS,
            url="/list",
            count=4312,
            filters=(shapes.FilterChip("Status", "in force", "/list"),),
            clear_filters_url="/list",
            facets=(shapes.Facet("status", "Status", (shapes.FacetOption("in force", "f", 3, "?status=f", True),)),),
            ranges=(shapes.RangeFilter("Signed", "signed_from", "signed_to"),),
            views=(shapes.Link("All", "/list", active=True, count=4312),),
            save_view=shapes.SaveView("/save", (("me", "me"),)),
            column_choices=(shapes.ColumnChoice("days", "Days", shown=True),),
            next_url="?after=x",
            exports=(shapes.Link("CSV", "/x.csv"),),
            create=steps[0],
            bulk=steps,
            bulk_everything=True,
        ),
        "empty list": shapes.ListPage(title="Records", columns=COLUMNS, rows=(), url="/list", empty_text="Begin here"),
        "record": shapes.RecordPage(
            title="A record",
            number="S-1",
            chips=(shapes.Chip("in force", "green"),),
            steps=steps,
            more_steps=steps,
            clocks=(
                shapes.Clock(label="Object", due="2026-09-30", days_left=16, calculation=("six months back",)),
                shapes.Clock(label="Report"),
            ),
            tabs=(shapes.Link("Facts", "?", active=True),),
            blocks=_blocks(),
            warnings=("Odd dates",),
            breadcrumbs=(shapes.Link("Records", "/list"),),
        ),
        "table": shapes.TablePage(title="Desk", blocks=_blocks(), steps=steps),
        "form": shapes.FormPage(
            title="New record",
            form=SampleForm({"title": ""}),
            submit="Save",
            identifier="new",
            version="7",
            groups=(("Text", ("title", "kind")),),
            conflicts=(shapes.Conflict("title", "Title", "Theirs", ""),),
            conflict_by="Ivan Sample",
            conflict_at=datetime.datetime(2026, 9, 11, tzinfo=datetime.UTC),
        ),
        "error": shapes.ErrorPage(status=404, title="Nothing is here"),
    }


class _Reader(HTMLParser):
    """Reads a page for what a strict policy and a reader of the screen would object to."""

    VOID = frozenset(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
    )

    def __init__(self) -> None:
        super().__init__()
        self.identifiers: list[str] = []
        self.faults: list[str] = []
        self.open: list[str] = []
        self.headings: list[int] = []
        self.named: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.data: dict[str, str] = {}
        self._in_data = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"inline style or handler on {tag}")
        if tag == "style" or (tag == "script" and "src" not in values and values.get("type") != "application/json"):
            self.faults.append(f"inline {tag}")
        if values.get("id"):
            self.identifiers.append(str(values["id"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "label" and values.get("for"):
            self.named.add(str(values["for"]))
        control = tag in ("input", "select", "textarea") and values.get("type") not in ("hidden", "submit")
        if control and "label" not in self.open and "aria-label" not in values:
            self.controls.append(values)
        if tag == "script" and values.get("type") == "application/json":
            self._in_data = str(values.get("id"))
            self.data[self._in_data] = ""
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data[self._in_data] += data

    def handle_endtag(self, tag: str) -> None:
        self._in_data = ""
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def _render(page: Any, frame: Frame, request: HttpRequest) -> str:
    return render_to_string(page.template, {"page": page, "frame": frame, "request": request, "csrf_token": "token"})


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", list(_pages()))
@pytest.mark.parametrize("past", [False, True])
def test_pages_are_well_formed_and_strict(name: str, language: str, past: bool, rf: RequestFactory) -> None:
    with override(language):
        html = _render(_pages()[name], _frame(is_past=past, present_url="/"), rf.get("/list?status=f&after=y"))
    reader = _Reader()
    reader.feed(html)
    assert reader.faults == []
    assert reader.open == []
    assert len(reader.identifiers) == len(set(reader.identifiers))
    assert reader.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(reader.headings, reader.headings[1:], strict=False))
    assert [c for c in reader.controls if c.get("id") not in reader.named] == []
    assert f'lang="{language}"' in html
    for text in reader.data.values():
        json.loads(text)


def test_the_past_switches_writing_off(rf: RequestFactory) -> None:
    with override("en"):
        frame = _frame(is_past=True, present_url="/now")
        record = _render(_pages()["record"], frame, rf.get("/"))
        listing = _render(_pages()["list"], frame, rf.get("/list"))
        form = _render(_pages()["form"], frame, rf.get("/form"))
    assert "Nothing can be changed here" in record
    assert 'action="/confirm"' not in record
    assert 'id="bulk"' not in listing
    assert re.search(r'<fieldset class="form-body" disabled>', form)


def test_a_step_that_is_not_allowed_says_why(rf: RequestFactory) -> None:
    with override("en"):
        html = _render(_pages()["record"], _frame(), rf.get("/"))
    assert re.search(r'aria-disabled="true"><span>End</span><small>no text</small>', html)
    assert 'href="/end"' not in html


def test_errors_stand_in_the_summary_and_at_the_field(rf: RequestFactory) -> None:
    with override("en"):
        html = _render(_pages()["form"], _frame(), rf.get("/form"))
    assert '<a href="#id_title">Title: This field is required.</a>' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'name="choose_title" value="theirs"' in html


def test_search_and_columns_keep_the_view_but_not_the_place(rf: RequestFactory) -> None:
    with override("en"):
        html = _render(_pages()["list"], _frame(), rf.get("/list?status=f&after=y&q=x"))
    search = re.search(r'<form class="list-search".*?</form>', html, re.S)
    assert search is not None
    assert '<input type="hidden" name="status" value="f">' in search[0]
    assert 'name="after"' not in search[0]


def test_icons_of_the_frame_exist() -> None:
    assert "desk" in icon_names()
