"""Lists: addresses become views, filters mean what they say, and paging visits every row once."""

from __future__ import annotations

import base64
import contextlib
import datetime
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foedera.agreements.lists import AGREEMENTS, TIES
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.actions.errors import Invalid
from foedera.platform.lists import querying
from foedera.platform.lists.description import Column, Context, Kind, RecordType, record_types
from foedera.platform.lists.description import register as register_type
from foedera.platform.lists.filters import OPERATORS, Filter

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
NUMBER = AGREEMENTS.column("number")


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def actor(world: make.World) -> Actor:
    return system(TODAY)


def read(actor: Actor, address: str, record_type: RecordType = AGREEMENTS) -> querying.Page:
    view = querying.parse_view(record_type, QueryDict(address))
    return querying.read_page(record_type, view, Context(actor), [record_type.column("number")])


def found(actor: Actor, address: str, record_type: RecordType = AGREEMENTS) -> set[int]:
    return {row["id"] for row in read(actor, address, record_type).rows}


def faults(call: Callable[[], Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        call()
    return {p.field: str(p.message) for p in refused.value.problems}


# -------------------------------------------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("colour=red", "colour"),
        ("title=x", "title"),
        ("signed_on__contains=1", "signed_on__contains"),
        ("signed_on__is=1", "signed_on__is"),
        ("status_code=1", "status_code"),
        ("sort=parties", "sort"),
        ("sort=nothing", "sort"),
        ("sort=--number", "sort"),
        ("columns=number,nothing", "columns"),
        ("columns=parties", "columns"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=-1", "limit"),
        ("limit=1.5", "limit"),
        ("limit=ten", "limit"),
        (f"limit={'9' * 5000}", "limit"),
        ("q=%00", "q"),
    ],
)
def test_what_is_not_understood_is_named(address: str, field: str) -> None:
    assert set(faults(lambda: querying.parse_view(AGREEMENTS, QueryDict(address)))) == {field}


def test_all_faults_of_an_address_are_named_at_once() -> None:
    named = faults(lambda: querying.parse_view(AGREEMENTS, QueryDict("colour=red&sort=x&limit=x&columns=y")))
    assert set(named) == {"colour", "sort", "limit", "columns"}


def test_an_address_becomes_a_view() -> None:
    view = querying.parse_view(
        AGREEMENTS,
        QueryDict("state=signed&state=registered&kind=&q=  trade &sort=-signed_on&columns=title,state&limit=7"),
    )
    assert view.filters == (Filter("state", "is", ("signed", "registered")),)
    assert (view.words, view.sort, view.columns, view.limit) == ("trade", "-signed_on", ("title", "state"), 7)
    assert len(querying.parse_view(AGREEMENTS, QueryDict(f"q={'слово ' * 1000}")).words) <= 200


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("state=dead", "state"),
        ("status=dead", "status"),
        ("kind=agreement&kind=pact", "kind"),
        ("binding=perhaps", "binding"),
        ("signed_on__from=spring", "signed_on"),
        ("signed_on__until=2014-02-30", "signed_on"),
        ("ends_on__from=2014-13", "ends_on"),
        ("subject_areas=magic", "subject_areas"),
        ("title__contains=%00", "title"),
        ("region=%00", "region"),
        ("coordinator__contains=a%00b", "coordinator"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(actor: Actor, address: str, field: str) -> None:
    assert set(faults(lambda: read(actor, address))) == {field}


# ---------------------------------------------------------------------------------------------------------------- filters


@pytest.fixture
def three(actor: Actor) -> dict[str, int]:
    """Three agreements that differ in every kind of value, and one of which little is known."""
    areas = [str(c.code) for c in AGREEMENTS.column("subject_areas").options()][:2]
    made = {
        "old": make.agreement(
            actor,
            title="Agreement on fishing",
            kind="memorandum",
            signed_on="1994",
            binding=True,
            subject_areas=areas[:1],
            coordinator="100% Zolotov_x",
            term_months=60,
            register_number="R-1",
        ),
        "mid": make.agreement(
            actor,
            title="Соглашение о торговле",
            own="RU-PSK",
            foreign="KZ-ALM",
            signed_on="2004-06",
            binding=False,
            subject_areas=areas,
            coordinator="Petrova",
            term_months=12,
            tacit_renewal=False,
        ),
        "new": make.agreement(
            actor,
            title="Protocol",
            own="RU-PRI",
            foreign="BR-SP",
            signed_on="2014-06-17",
            term_months=600,
            tacit_renewal=False,
        ),
        "none": make.agreement(actor, title="An idea", parties=[], signed_on="", in_force_rule=""),
    }
    return {name: agreement.pk for name, agreement in made.items()}


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("", "old mid new none"),
        ("title__contains=FISH", "old"),
        ("title__contains=торгов", "mid"),
        ("title__contains=fish&title__contains=proto", "old new"),
        ("title__contains=%25", ""),
        ("coordinator__contains=%25", "old"),
        ("coordinator__contains=_x", "old"),
        ("coordinator__empty=1", "new none"),
        ("coordinator__empty=0", "old mid"),
        ("kind=memorandum", "old"),
        ("kind=memorandum&kind=agreement", "old mid new none"),
        ("state=signed", "mid new"),
        ("state=registered&state=idea", "old none"),
        ("binding=true", "old"),
        ("binding=false", "mid"),
        ("binding=unknown", "new none"),
        ("binding=true&binding=unknown", "old new none"),
        ("signed_on__from=2004", "mid new"),
        ("signed_on__from=2004-06", "mid new"),
        ("signed_on__from=2004-06-15", "mid new"),
        ("signed_on__from=2004-07", "new"),
        ("signed_on__from=1994-05-05", "old mid new"),
        ("signed_on__until=1994", "old"),
        ("signed_on__until=1994-03", "old"),
        ("signed_on__until=2004-06", "old mid"),
        ("signed_on__until=2004-06-01", "old mid"),
        ("signed_on__until=2004-05-31", "old"),
        ("signed_on__until=2014-06-17", "old mid new"),
        ("signed_on__until=2014-06-16", "old mid"),
        ("signed_on__until=2014", "old mid new"),
        ("signed_on__from=2000&signed_on__until=2010", "mid"),
        ("signed_on__from=March 2010", "new"),
        ("signed_on__empty=1", "none"),
        ("signed_on__empty=0", "old mid new"),
        ("ends_on__from=2020-01-01", "new"),
        ("ends_on__until=2070-01-01", "new"),
        ("ends_on__until=2020-01-01", ""),
        ("ends_on__empty=1", "old mid none"),
        ("region=RU-TAM", "old"),
        ("region=ru-psk", "mid"),
        ("region=RU-TAM&region=RU-PRI", "old new"),
        ("region=RU-XX", ""),
        ("partner=KZ", "mid"),
        ("partner=KZ&region=RU-TAM", ""),
        ("q=fishing", "old"),
        ("q=agreements fishes", "old"),
        ("q=соглашения торговля", "mid"),
        ("q=торг", "mid"),
        ("q=agreement on fishing", "old"),
        ("q=R-1", "old"),
        ("q=Psk", "mid"),
        ("q=Almaty", "mid"),
        ("q=the agreement for fishing", "old"),
        ("q=agreement, fishing.", "old"),
        ("q=fishing trade", ""),
        ("q=R", "old"),
        ("q=nothing", ""),
        ("q=%26 | ! ( ) : * <-> '' \\", ""),
        ("q=fish:* | protocol", ""),
        ("q='; DROP TABLE agreements_agreement", ""),
    ],
)
def test_a_filter_means_what_it_says(actor: Actor, three: dict[str, int], address: str, names: str) -> None:
    assert found(actor, address) == {three[n] for n in names.split()}


def test_every_area_of_a_filter_is_an_alternative(actor: Actor, three: dict[str, int]) -> None:
    first, second = [str(c.code) for c in AGREEMENTS.column("subject_areas").options()][:2]
    assert found(actor, f"subject_areas={first}") == {three["old"], three["mid"]}
    assert found(actor, f"subject_areas={second}") == {three["mid"]}
    assert found(actor, f"subject_areas={first}&subject_areas={second}") == {three["old"], three["mid"]}


def test_a_number_finds_its_record_alone(actor: Actor, three: dict[str, int]) -> None:
    number = Agreement.objects.get(pk=three["mid"]).number
    for typed in (number, number.lower(), f" {number} "):
        assert found(actor, f"q={typed}") == {three["mid"]}
    assert found(actor, "q=AG-999999999999") == set()


def test_a_status_is_filtered_as_of_the_day(actor: Actor, three: dict[str, int]) -> None:
    assert found(actor, "status=in_force") == {three["new"]}
    assert found(actor.at(datetime.date(2004, 12, 1)), "status=not_yet_in_force") == {three["new"]}
    every = [str(c.code) for c in AGREEMENTS.column("status").options()]
    for day in (TODAY, datetime.date(2004, 12, 1), datetime.date(1900, 1, 1)):
        seen = [found(actor.at(day), f"status={s}") for s in every]
        assert sum(len(s) for s in seen) == 4
        assert set().union(*seen) == set(three.values()), "each row has exactly one status"


def test_a_district_stands_for_its_regions(actor: Actor, world: make.World, three: dict[str, int]) -> None:
    from foedera.directory.models import Territory, TerritoryKind
    from foedera.directory.rules import during

    district = Territory.objects.create(
        code="X-RU-CFO",
        kind=TerritoryKind.DISTRICT,
        name="District",
        names={},
        own=True,
        state=world.territories["RU"],
        during=during("", ""),
    )
    Territory.objects.filter(code__in=["RU-TAM", "RU-PSK"]).update(parent=district)
    assert found(actor, "region=X-RU-CFO") == {three["old"], three["mid"]}


@pytest.mark.parametrize("record_type", list(record_types()), ids=lambda t: t.name)
def test_every_filter_of_every_list_can_be_asked(actor: Actor, record_type: RecordType) -> None:
    """Each operator of each column, with a value of its kind and with rubbish: rows or a named fault, never a failure."""
    sample: dict[Kind, list[str]] = {
        Kind.BOOLEAN: ["true", "false", "unknown"],
        Kind.INTEGER: ["5", "-1"],
        Kind.DATE: ["2020-01-01"],
        Kind.MOMENT: ["2020-01-01", "2020-01-01T10:00:00+03:00"],
        Kind.PARTIAL_DATE: ["2020", "2020-02", "2020-02-29"],
    }
    for column in record_type.columns:
        for operator in column.filters:
            key = column.name if operator == "is" else f"{column.name}__{operator}"
            good = (
                ["1", "0"]
                if operator == "empty"
                else sample.get(column.kind, [str(c.code) for c in column.options()] or ["x"])
            )
            for value in good:
                read(actor, f"{key}={value}", record_type)
            for value in ("x'", "%00", "9" * 40, "é", "2020-13-45", "%F0%9F%98%80"):
                with contextlib.suppress(Invalid):
                    read(actor, f"{key}={value}", record_type)


@pytest.mark.parametrize("record_type", list(record_types()), ids=lambda t: t.name)
def test_every_column_of_every_list_can_be_shown_and_sorted(actor: Actor, record_type: RecordType) -> None:
    for column in record_type.columns:
        if column.kind is not Kind.ROWS:
            querying.read_page(record_type, querying.View(columns=(column.name,)), Context(actor), [column])
        if column.sortable:
            for sign in ("", "-"):
                read(actor, f"sort={sign}{column.name}", record_type)


# ----------------------------------------------------------------------------------------------------------------- paging


def walk(actor: Actor, address: str, record_type: RecordType = AGREEMENTS) -> list[int]:
    """The ids of all pages, one after the other."""
    keys: list[int] = []
    after = ""
    for _page in range(200):
        query = QueryDict(address, mutable=True)
        if after:
            query["after"] = after
        page = read(actor, query.urlencode(), record_type)
        keys += [row["id"] for row in page.rows]
        after = page.next
        if not after:
            return keys
    raise AssertionError("paging does not end")


SORTS = [f"{sign}{c.name}" for c in AGREEMENTS.columns if c.sortable for sign in ("", "-")]


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
@pytest.mark.parametrize("sort", SORTS)
def test_paging_visits_every_row_once_in_order(actor: Actor, sort: str, limit: int) -> None:
    rows = [
        {"title": "Same", "signed_on": ""},
        {"title": "same", "signed_on": "2004"},
        {"title": "Ё", "signed_on": "2004"},
        {"title": "Same", "signed_on": "2004-06"},
        {"title": "«Кавычки»", "signed_on": "2004-06-01", "in_force_from": "2005"},
        {"title": "O'Neil; --", "signed_on": "1954", "last_activity_on": "2020"},
        {"title": "x" * 1000, "signed_on": "1954", "last_activity_on": "2020-01"},
    ]
    Agreement.objects.bulk_create(
        Agreement(
            state="signed",
            signed_date_unknown=True,
            kind="treaty" if n % 2 else "agreement",
            ends_on=None if n % 3 else datetime.date(2020, 1, 1),
            titles={} if n % 2 else {"en": f"English {n % 3}"},
            **row,
        )
        for n, row in enumerate(rows)
    )
    keys = walk(actor, f"sort={sort}&limit={limit}")
    assert sorted(keys) == sorted(Agreement.objects.values_list("id", flat=True))
    assert keys == walk(actor, f"sort={sort}&limit=500"), "the same order, however large the page"
    if limit == 3:
        other = sort[1:] if sort.startswith("-") else f"-{sort}"
        assert keys == list(reversed(walk(actor, f"sort={other}&limit=500")))


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """A transaction whose rows are not wanted afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


DATES = st.sampled_from(["", "1954", "1954-03", "1954-03-17", "2004", "2004-06", "2014-06-17"])
TITLES = st.sampled_from(["a", "A", "б", "Б", "a b", "a-b", "\u00e9", "e\u0301", "z" * 300, "'", '"', "%"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "title": TITLES,
            "signed_on": DATES,
            "in_force_from": DATES,
            "ends_on": st.none() | st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)),
        }
    ),
    max_size=9,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, sort=st.sampled_from(SORTS), limit=st.integers(1, 4))
def test_paging_visits_every_row_once_whatever_the_values(
    actor: Actor, rows: list[dict[str, Any]], sort: str, limit: int
) -> None:
    with undone():
        made = Agreement.objects.bulk_create(Agreement(state="signed", signed_date_unknown=True, **row) for row in rows)
        keys = walk(actor, f"sort={sort}&limit={limit}")
        assert sorted(keys) == sorted(a.pk for a in made)


def test_a_row_that_goes_or_comes_between_pages_disturbs_no_other(actor: Actor) -> None:
    made = [make.agreement(actor, title=f"Agreement {n}", signed_on="2004", parties=[]) for n in range(6)]
    first = read(actor, "sort=signed_on&limit=3")
    make.agreement(actor, title="new", signed_on="1954", parties=[])
    Agreement.objects.filter(pk=first.rows[-1]["id"]).delete()
    rest = walk(actor, f"sort=signed_on&limit=3&after={first.next}")
    assert rest == [a.pk for a in made[3:]]


def cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(list(values))).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "x", "zzz", "%00", "====", "é", "null", cursor(), cursor("a"), cursor(1, 2, 3), cursor(None), cursor({}, 1), cursor([], 1),
        cursor(1.5), cursor(2**63), cursor("a", 2**63), cursor("a", True), base64.urlsafe_b64encode(b"{}").decode(),
        base64.urlsafe_b64encode(b"[1").decode(), "A" * 5000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", ["number", "title", "signed_on", "ends_on", "updated_at"])
def test_rubbish_for_a_place_is_refused(actor: Actor, after: str, sort: str) -> None:
    make.agreement(actor, parties=[])
    assert set(faults(lambda: read(actor, f"sort={sort}&after={after}"))) == {"after"}


@pytest.mark.parametrize(
    ("sort", "values"),
    [
        ("title", ("a\x00b", 1)),
        ("ends_on", ("spring", 1)),
        ("ends_on", (5, 1)),
        ("ends_on", (True, 1)),
        ("updated_at", ("spring", 1)),
        ("updated_at", (7, 1)),
        ("signed_on", ("2004-99", 1)),
        ("number", ("a", 1)),
        ("title", (1,)),
    ],
)
def test_a_place_in_another_list_is_refused_or_harmless(actor: Actor, sort: str, values: tuple[Any, ...]) -> None:
    make.agreement(actor, parties=[])
    with contextlib.suppress(Invalid):
        read(actor, f"sort={sort}&after={cursor(*values)}")


@given(st.text(max_size=40))
def test_a_cursor_is_read_or_refused(text: str) -> None:
    try:
        values = querying.decode_cursor(text)
    except Invalid:
        return
    assert isinstance(values[-1], int)
    assert len(values) in (1, 2)


# ----------------------------------------------------------------------------------------------------------------- facets


@pytest.mark.parametrize(
    "address", ["", "q=agreement", "region=RU-TAM", "state=signed", "kind=memorandum&state=registered"]
)
def test_counts_of_facets_are_counts_of_rows(actor: Actor, three: dict[str, int], address: str) -> None:
    view = querying.parse_view(AGREEMENTS, QueryDict(address))
    for column in AGREEMENTS.columns:
        if not column.facet:
            continue
        counts = querying.facet_counts(AGREEMENTS, view, Context(actor), column)
        assert [n for _v, n in counts] == sorted((n for _v, n in counts), reverse=True), column.name
        query = QueryDict(address, mutable=True)
        query.pop(column.name, None)
        for value, number in counts:
            code = value[0] if isinstance(value, tuple) else value
            if code in (None, ""):
                continue
            query.setlist(column.name, [str(code)])
            assert len(found(actor, query.urlencode())) == number, (column.name, code)


def test_the_count_of_a_view_is_the_number_of_its_rows(actor: Actor, three: dict[str, int]) -> None:
    for address in (
        "",
        "q=agreement",
        "region=RU-TAM&region=RU-PSK",
        "binding=unknown",
    ):
        view = querying.parse_view(AGREEMENTS, QueryDict(address))
        assert querying.count(querying.narrowed(AGREEMENTS, view, Context(actor))) == len(found(actor, address))


# ------------------------------------------------------------------------------------------------------------ description


def test_the_columns_shown_are_exactly_those_asked_for(actor: Actor, three: dict[str, int]) -> None:
    (row, *_rest) = querying.read_page(
        AGREEMENTS, querying.View(), Context(actor), [NUMBER, AGREEMENTS.column("title"), AGREEMENTS.column("status")]
    ).rows
    assert set(row) == {"id", "number", "title", "status", "status_code"}


def test_the_title_is_in_the_language_of_the_reader(actor: Actor) -> None:
    import dataclasses

    made = make.agreement(actor, title="Acordo", titles={"ru": "О торговле", "en": ""})
    assert made.titles == {"ru": "О торговле"}
    for language, wanted in (("ru", "О торговле"), ("en", "Acordo"), ("pt", "Acordo")):
        context = Context(dataclasses.replace(actor, language=language))
        (row,) = querying.read_page(AGREEMENTS, querying.View(), context, [AGREEMENTS.column("title")]).rows
        assert row["title"] == wanted


def test_a_description_says_each_column_once() -> None:
    import dataclasses

    twice = dataclasses.replace(TIES, name="twice", columns=(*TIES.columns, TIES.columns[0]))
    with pytest.raises(ValueError, match="twice"):
        register_type(twice)
    with pytest.raises(ValueError, match="exists"):
        register_type(TIES)


@pytest.mark.parametrize("record_type", list(record_types()), ids=lambda t: t.name)
def test_every_description_is_whole(record_type: RecordType) -> None:
    names = {c.name for c in record_type.columns}
    groups = {name for name, _label in record_type.groups}

    def check(column: Column) -> None:
        assert str(column.label), column.name
        assert set(column.filters) <= set(OPERATORS)
        assert set(column.needs) <= names
        if column.kind in (Kind.CHOICE, Kind.CHOICES) and column.editable:
            assert column.options() is not None
        if column.kind is Kind.REFERENCE and column.editable:
            assert column.reference is not None
            assert column.reference.model_class
        if column.editable and column.kind is not Kind.ROWS and groups:
            assert column.group in groups, column.name
        if column.facet:
            assert "is" in column.filters, "a facet is chosen by a filter"

    for column in record_type.columns:
        check(column)
    assert not names & querying.RESERVED
    assert record_type.title in names
    assert record_type.shown_by_default()
