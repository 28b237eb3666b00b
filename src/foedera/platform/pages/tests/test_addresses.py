"""Addresses from kept patterns are those that Django makes."""

from __future__ import annotations

import pytest
from django.urls import NoReverseMatch, reverse
from hypothesis import given
from hypothesis import strategies as st

from foedera.platform.pages.addresses import address

WORDS = st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(WORDS, WORDS)
def test_any_words_are_written_as_django_writes_them(number: str, verb: str) -> None:
    assert address("agreements:step", number, verb) == reverse("agreements:step", args=[number, verb])
    assert address("agreements:record", number) == reverse("agreements:record", args=[number])


def test_without_arguments() -> None:
    assert address("agreements:list") == reverse("agreements:list") == "/agreements/"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(NoReverseMatch):
        address("agreements:nowhere")
