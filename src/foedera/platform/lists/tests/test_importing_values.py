"""The quick checks of an import give what the schema of forms and API gives, for every kind of column."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from foedera.platform.lists.description import Choice, Column, Kind, Reference
from foedera.platform.lists.importing.values import ValueFault, check_of
from foedera.platform.lists.inputs import input_model

CHOICES = (Choice("trade", "Trade"), Choice("culture", "Culture"), Choice("x-1", "One"))
COLUMNS = [
    Column(name="text", label="Text", max_length=20),
    Column(name="long", label="Long", kind=Kind.LONG_TEXT),
    Column(name="needed", label="Needed", required=True, max_length=20),
    Column(name="number", label="Number", kind=Kind.INTEGER),
    Column(name="bounded", label="Bounded", kind=Kind.INTEGER, minimum=3, maximum=12),
    Column(name="truth", label="Truth", kind=Kind.BOOLEAN),
    Column(name="day", label="Day", kind=Kind.DATE),
    Column(name="partial", label="Partial", kind=Kind.PARTIAL_DATE),
    Column(name="choice", label="Choice", kind=Kind.CHOICE, choices=lambda: CHOICES),
    Column(name="choices", label="Choices", kind=Kind.CHOICES, choices=lambda: CHOICES),
    Column(
        name="reference",
        label="Reference",
        kind=Kind.REFERENCE,
        reference=Reference(model="directory.Body", keys=("number",), label="name"),
    ),
]
SCHEMAS = {c.name: input_model(f"{c.name.title()}Input", [c]) for c in COLUMNS}
CHECKS = {c.name: check_of(c) for c in COLUMNS}

_TYPED = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "yes",
            "No",
            "TRUE",
            "f",
            "1",
            "0",
            "on",
            "unknown",
            "maybe",
            "trade",
            "Trade",
            "trade, culture",
            "trade,trade,",
            "x-1",
        ]
    ),
    st.dates().map(str),
    st.integers(-5, 99_999_999_999).map(str),
    st.floats(allow_nan=False, width=32).map(str),
    st.from_regex(r"[0-3]?\d[./-][01]?\d[./-]\d{4}", fullmatch=True),
    st.from_regex(r"\d{4}(-\d\d?(-\d\d?)?)?", fullmatch=True),
    st.from_regex(r"\s?(\d{1,2} )?(March|марта|mars|Mai) \d{4}\s?", fullmatch=True),
)


def by_schema(name: str, text: str) -> Any:
    """What forms and the API make of a text; ValueFault when they refuse it."""
    try:
        return getattr(SCHEMAS[name].model_validate({name: text}), name)
    except ValidationError as error:
        raise ValueFault(str(error)) from error


def outcome(make: Any, *given: Any) -> tuple[bool, Any]:
    try:
        return True, make(*given)
    except ValueFault:
        return False, None


@pytest.mark.parametrize("name", [c.name for c in COLUMNS])
@settings(deadline=None)
@given(text=_TYPED)
@example(text="")
@example(text=" padded ")
@example(text="a\x00b")
@example(text="x" * 21)
@example(text="1897-02-30")
@example(text="2020-1-1")
@example(text="20200101")
@example(text="1_000")
@example(text="٣")
@example(text="12.0")
@example(text="-0")
@example(text="2147483648")
@example(text="=1+1")
def test_the_quick_way_equals_the_schema(name: str, text: str) -> None:
    assert outcome(CHECKS[name], text) == outcome(by_schema, name, text)


def test_the_words_of_a_refusal_are_plain() -> None:
    with pytest.raises(ValueFault, match="that month has no day 30"):
        CHECKS["partial"]("1897-02-30")
    with pytest.raises(ValueFault, match="Enter a whole number"):
        CHECKS["number"]("twelve")
    with pytest.raises(ValueFault, match="too long"):
        CHECKS["text"]("x" * 21)
    with pytest.raises(ValueFault, match="cannot be stored"):
        CHECKS["text"]("a\x00b")


def test_child_rows_cannot_be_filled_from_a_text() -> None:
    with pytest.raises(TypeError):
        check_of(Column(name="rows", label="Rows", kind=Kind.ROWS))
