"""Every word of the term engine and of partial dates exists in Russian, with the same places to fill."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po

import foedera.agreements
from foedera.platform.records import partial_dates

ROOM = Path(foedera.agreements.__path__[0])
CATALOGUE = ROOM / "locale/ru/LC_MESSAGES/django.po"
KEYWORDS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2)}


def words() -> list[str]:
    """Return all translatable texts of the engine and of partial dates."""
    found: set[str] = set()
    for _file, _line, text, _comments, _context in extract_from_dir(
        str(ROOM / "terms"), method_map=[("**.py", "python")], keywords=KEYWORDS
    ):
        found.add(text if isinstance(text, str) else text[0])
    for _line, text, _comments, _context in extract_from_file("python", partial_dates.__file__, keywords=KEYWORDS):
        found.add(text if isinstance(text, str) else text[0])
    return sorted(found)


@pytest.fixture(scope="module")
def russian() -> dict[str, list[str]]:
    """Return the Russian forms of each text, by its English singular."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="ru")
    forms: dict[str, list[str]] = {}
    for message in catalogue:
        identity = message.id if isinstance(message.id, str) else message.id[0]
        given = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        forms[identity] = [] if message.fuzzy else [str(form) for form in given]
    return forms


@pytest.mark.parametrize("text", words())
def test_there_is_a_russian_text_with_the_same_places(text: str, russian: dict[str, list[str]]) -> None:
    assert russian[text]
    for translated in russian[text]:
        assert translated
        assert sorted(re.findall(r"%\(\w+\)[sd]", translated)) == sorted(re.findall(r"%\(\w+\)[sd]", text))
        assert "!" not in translated
