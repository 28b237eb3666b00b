"""Input schemas, references and forms made from a description."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone

from foedera.agreements.lists import AGREEMENTS, PARTY_COLUMNS
from foedera.agreements.models import Agreement
from foedera.agreements.tests import make
from foedera.platform.access.actors import Actor, system
from foedera.platform.access.roles import Role
from foedera.platform.actions.errors import Invalid, Problem
from foedera.platform.actions.performing import Reason, parse
from foedera.platform.lists.description import Choice, Column, Kind, Reference
from foedera.platform.lists.forms import MORE, MOST_ROWS, RecordForm
from foedera.platform.lists.inputs import change_model, current_values, input_model, resolve, resolve_all


def column(kind: Kind, **more: Any) -> Column:
    return Column(name="x", label="X", kind=kind, **more)


COLOURS = (Choice("red", "Red"), Choice("blue", "Blue"))
ROW = (
    Column(name="side", label="Side", kind=Kind.CHOICE, choices=lambda: COLOURS, required=True),
    Column(name="name", label="Name", max_length=5),
    Column(name="names", label="Names", kind=Kind.NAMES),
)


def value_of(made: Column, value: Any) -> Any:
    return parse(input_model("Synthetic", [made]), {"x": value}).x  # type: ignore[attr-defined]  # a made model


@pytest.mark.parametrize(
    ("made", "given", "kept"),
    [
        (column(Kind.TEXT), "  words ", "words"),
        (column(Kind.TEXT), None, ""),
        (column(Kind.LONG_TEXT), "a\nb", "a\nb"),
        (column(Kind.INTEGER), "12", 12),
        (column(Kind.INTEGER), "", None),
        (column(Kind.INTEGER), 0, 0),
        (column(Kind.BOOLEAN), "true", True),
        (column(Kind.BOOLEAN), "false", False),
        (column(Kind.BOOLEAN), "", None),
        (column(Kind.BOOLEAN), "unknown", None),
        (column(Kind.BOOLEAN), False, False),
        (column(Kind.DATE), "", None),
        (column(Kind.PARTIAL_DATE), "March 1954", "1954-03"),
        (column(Kind.PARTIAL_DATE), None, ""),
        (column(Kind.CHOICE, choices=lambda: COLOURS), "red", "red"),
        (column(Kind.CHOICE, choices=lambda: COLOURS), "", ""),
        (column(Kind.CHOICES, choices=lambda: COLOURS), ["red", "blue", "red"], ["red", "blue"]),
        (column(Kind.CHOICES, choices=lambda: COLOURS), "red, blue", ["red", "blue"]),
        (column(Kind.CHOICES, choices=lambda: COLOURS), [""], []),
        (column(Kind.CHOICES, choices=lambda: COLOURS), None, []),
        (column(Kind.NAMES), {"ru": " О ", "en": ""}, {"ru": "О"}),
        (column(Kind.NAMES), "", {}),
        (column(Kind.REFERENCE), "AG-1", "AG-1"),
    ],
)
def test_a_value_is_taken_as_people_type_it(made: Column, given: Any, kept: Any) -> None:
    assert value_of(made, given) == kept


@pytest.mark.parametrize(
    ("made", "given"),
    [
        (column(Kind.TEXT), "a\x00b"),
        (column(Kind.TEXT), 5),
        (column(Kind.TEXT), ["a"]),
        (column(Kind.TEXT, required=True), "  "),
        (column(Kind.TEXT, max_length=3), "long"),
        (column(Kind.LONG_TEXT), "x" * 20_001),
        (column(Kind.INTEGER), "1.5"),
        (column(Kind.INTEGER), 1.5),
        (column(Kind.INTEGER), -1),
        (column(Kind.INTEGER), 2**31),
        (column(Kind.INTEGER, maximum=10), 11),
        (column(Kind.INTEGER), "9" * 5000),
        (column(Kind.BOOLEAN), "perhaps"),
        (column(Kind.DATE), "2020-02-30"),
        (column(Kind.DATE), "March 2020"),
        (column(Kind.PARTIAL_DATE), "spring"),
        (column(Kind.PARTIAL_DATE), 1954),
        (column(Kind.PARTIAL_DATE), ["1954"]),
        (column(Kind.CHOICE, choices=lambda: COLOURS), "green"),
        (column(Kind.CHOICE, choices=lambda: COLOURS, required=True), ""),
        (column(Kind.CHOICES, choices=lambda: COLOURS), ["red", "green"]),
        (column(Kind.CHOICES, choices=lambda: COLOURS), {"red": 1}),
        (column(Kind.NAMES), ["О"]),
        (column(Kind.NAMES), {"ru": "a\x00"}),
        (column(Kind.REFERENCE, required=True), ""),
        (column(Kind.ROWS, rows=ROW), "rows"),
        (column(Kind.ROWS, rows=ROW), [{"side": "red"}] * 501),
    ],
)
def test_a_faulty_value_is_refused_in_words_at_its_field(made: Column, given: Any) -> None:
    with pytest.raises(Invalid) as refused:
        value_of(made, given)
    assert [p.field for p in refused.value.problems] == ["x"]
    message = str(refused.value.problems[0].message)
    assert message
    assert "Value error" not in message
    assert "pydantic" not in message


def test_a_column_that_is_computed_cannot_be_set() -> None:
    with pytest.raises(TypeError):
        input_model("Synthetic", [column(Kind.DATA)])


def test_a_fault_in_a_row_names_row_and_field() -> None:
    with pytest.raises(Invalid) as refused:
        value_of(column(Kind.ROWS, rows=ROW), [{"side": "red"}, {"side": "green", "name": "too long"}])
    assert {p.field for p in refused.value.problems} == {"x.1.side", "x.1.name"}


def test_a_misspelt_field_is_not_lost_silently() -> None:
    with pytest.raises(Invalid, match="no such field"):
        parse(input_model("Synthetic", [column(Kind.TEXT)]), {"y": 1})
    with pytest.raises(Invalid, match="no such field"):
        value_of(column(Kind.ROWS, rows=ROW), [{"side": "red", "nmae": "x"}])


def test_a_change_requires_nothing_and_knows_what_was_given() -> None:
    made = change_model("Synthetic", [column(Kind.TEXT, required=True), Column(name="y", label="Y")])
    parsed = parse(made, {"y": "new"})
    assert parsed.model_fields_set == {"y"}


# -------------------------------------------------------------------------------------------------------------- references


@pytest.fixture
def world(db: None) -> make.World:
    return make.world()


@pytest.fixture
def actor(world: make.World) -> Actor:
    return system(timezone.localdate())


TERRITORY = Reference(model="directory.Territory", keys=("code",), label="name")


@pytest.mark.django_db
def test_a_reference_is_found_by_its_keys_whatever_their_case(world: make.World, actor: Actor) -> None:
    found = resolve(TERRITORY, ["RU-TAM", "by-br", "nothing", ""], actor)
    assert found == {"RU-TAM": world.territories["RU-TAM"].pk, "by-br": world.territories["BY-BR"].pk}
    assert resolve(TERRITORY, [], actor) == {}
    body = Reference(model="directory.Body", keys=("number", "code"), label="name")
    assert resolve(body, [world.office.number, world.office.number.lower()], actor) == {
        world.office.number: world.office.pk,
        world.office.number.lower(): world.office.pk,
    }


@pytest.mark.django_db
def test_a_restricted_body_is_found_by_its_owner_alone(world: make.World, actor: Actor) -> None:
    from foedera.directory.models import Body

    hidden = make.body("Secret", publicity="restricted", owner=world.other_office)
    reference = Reference(model="directory.Body", keys=("number",), label="name")
    officer = make.actor(Role.OFFICE_OFFICER, world.office)
    owner = make.actor(Role.OFFICE_OFFICER, world.other_office)
    assert resolve(reference, [hidden.number], officer) == {}
    assert resolve(reference, [hidden.number], owner) == {hidden.number: hidden.pk}
    assert Body.objects.filter(pk=hidden.pk).exists()


@pytest.mark.django_db
def test_the_references_of_many_are_found_at_once(
    world: make.World, actor: Actor, django_assert_num_queries: Any
) -> None:
    parties = Column(name="parties", label="P", kind=Kind.ROWS, rows=PARTY_COLUMNS, related="agreements.Party")
    schema = input_model("Synthetic", [parties])
    inputs = [parse(schema, {"parties": [{"side": "own", "territory": "RU-TAM"}]}) for _n in range(20)]
    with django_assert_num_queries(1):
        resolved = resolve_all([parties], inputs, actor)
    assert resolved["parties.territory"] == {"RU-TAM": world.territories["RU-TAM"].pk}


@pytest.mark.django_db
def test_what_a_record_holds_can_be_sent_back_unchanged(actor: Actor) -> None:
    made = make.agreement(
        actor,
        titles={"ru": "О"},
        binding=False,
        term_months=5,
        public_from="2030-01-01",
        parties=[{"side": "own", "territory": "RU-TAM"}, {"side": "foreign", "name": "Brest"}],
        suspensions=[{"suspended_from": "2020-01-01", "suspended_until": "2020-02-01", "note": "flood"}],
    )
    held = current_values(AGREEMENTS, made, AGREEMENTS.editable)
    assert held["parties"][0]["territory"] == "RU-TAM"
    make.step(made, "change", actor, **held)
    assert current_values(AGREEMENTS, Agreement.objects.get(pk=made.pk), AGREEMENTS.editable) == held


# ------------------------------------------------------------------------------------------------------------------- forms

COLUMNS = (
    Column(name="title", label="Title", required=True, group="one"),
    Column(name="names", label="Names", kind=Kind.NAMES, group="one"),
    Column(name="colours", label="Colours", kind=Kind.CHOICES, choices=lambda: COLOURS, group="two"),
    Column(name="rows", label="Rows", kind=Kind.ROWS, rows=ROW),
)


def form_of(data: str | None = None, **more: Any) -> RecordForm:
    return RecordForm(COLUMNS, data=None if data is None else QueryDict(data), **more)


def test_an_empty_form_has_one_blank_row_and_every_language() -> None:
    form = form_of()
    assert {"title", "names:en", "names:ru", "colours", "rows-0-side", "rows-0-names:en"} <= set(form.fields)
    assert "rows-1-side" not in form.fields
    assert [str(label) for label, _names in form.groups] == ["", "", "Rows 1"]


def test_what_is_typed_takes_the_shape_of_the_input() -> None:
    form = form_of(
        "title=T&names:ru=О&names:kk=Б&colours=red&colours=blue&rows-0-side=&rows-0-name="
        "&rows-1-side=red&rows-1-name=N&rows-1-names:ru=И&rows-2-side=blue"
    )
    assert form.typed() == {
        "title": "T",
        "names": {"en": "", "ru": "О", "kk": "Б"},
        "colours": ["red", "blue"],
        "rows": [{"side": "red", "name": "N", "names": {"en": "", "ru": "И"}}],
    }


def test_a_form_judges_nothing_itself() -> None:
    assert not form_of("title=").errors
    assert not form_of("colours=green").errors


def test_problems_stand_at_their_fields() -> None:
    form = form_of("title=&rows-0-name=&rows-1-name=N&rows-3-name=M")
    form.typed()
    form.show_problems(
        [
            Problem("title", "missing"),
            Problem("names", "odd"),
            Problem("rows.1.name", "too long"),
            Problem("rows", "too many"),
            Problem("nowhere", "lost"),
            Problem("", "whole"),
        ]
    )
    assert form.errors["title"] == ["missing"]
    assert form.errors["names:en"] == ["odd"]
    assert form.errors["rows-3-name"] == ["too long"], "the second row that was typed in stands in the fourth place"
    assert form.errors["rows-0-side"] == ["too many"]
    assert form.non_field_errors() == ["lost", "whole"]


def test_one_more_row_is_asked_for_by_name() -> None:
    form = form_of(f"title=T&rows-0-name=N&{MORE}=rows")
    assert form.wants_more
    assert "rows-1-side" in form.fields
    assert not form_of("title=T").wants_more
    assert "rows-1-side" not in form_of(f"title=T&rows-0-name=N&{MORE}=other").fields


@pytest.mark.parametrize(
    "data", ["rows-999-name=N", "rows-99999999-name=N", "rows-x-name=N", "rows--1-name=N", "rows-0-nothing=N"]
)
def test_rubbish_for_rows_does_no_harm(data: str) -> None:
    form = form_of(data)
    assert len([f for f in form.fields if f.endswith("-side")]) <= MOST_ROWS
    form.typed()


def test_the_reason_is_asked_for_where_an_action_wants_it() -> None:
    assert "reason" not in form_of().fields
    assert form_of(reason=Reason.REQUIRED).fields["reason"].required
    assert not form_of(reason=Reason.OPTIONAL).fields["reason"].required


def test_a_form_shows_what_a_record_holds() -> None:
    form = form_of(
        initial={"title": "T", "names": {"kk": "Б"}, "colours": ["red"], "rows": [{"side": "red", "name": "N"}]}
    )
    assert form["title"].value() == "T"
    assert form["names:kk"].value() == "Б"
    assert form["rows-0-name"].value() == "N"
    assert form["rows-1-name"].value() == ""
