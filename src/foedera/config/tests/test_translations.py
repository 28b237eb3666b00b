"""Catalogues become what Django reads, or a clear refusal."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from foedera.config.translations import TranslationError, catalogues, compile_catalogues

RUSSIAN = "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
DAYS = """
msgid "%(n)s day"
msgid_plural "%(n)s days"
msgstr[0] "%(n)s день"
msgstr[1] "%(n)s дня"
msgstr[2] "%(n)s дней"

#, fuzzy
msgid "Guess"
msgstr "Догадка"
"""


def catalogue(root: Path, package: str, body: str, rule: str = RUSSIAN) -> Path:
    file = root / package / "locale" / "ru" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: ru\\n"\n"Plural-Forms: {rule}\\n"\n'
    file.write_text(head + body, encoding="utf-8")
    return file


def test_plural_forms_come_out_right_and_guesses_do_not_come_out(tmp_path: Path) -> None:
    file = catalogue(tmp_path, "one", DAYS)
    assert compile_catalogues(catalogues(tmp_path)) == [file.with_suffix(".mo")]
    with file.with_suffix(".mo").open("rb") as stream:
        russian = gettext.GNUTranslations(stream)
    words = {n: russian.ngettext("%(n)s day", "%(n)s days", n).split()[-1] for n in (1, 2, 5, 11, 21, 22, 112)}
    assert words == {1: "день", 2: "дня", 5: "дней", 11: "дней", 21: "день", 22: "дня", 112: "дней"}
    assert russian.gettext("Guess") == "Guess"


def test_two_plural_rules_for_one_language_are_refused(tmp_path: Path) -> None:
    catalogue(tmp_path, "one", DAYS)
    other = catalogue(tmp_path, "two", "", "nplurals=2; plural=(n != 1);")
    with pytest.raises(TranslationError, match="plural rule") as raised:
        compile_catalogues(catalogues(tmp_path))
    assert str(other) in str(raised.value)


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    file = catalogue(tmp_path, "one", 'msgid "a"\nbogus "b"\n')
    with pytest.raises(TranslationError, match="one/locale/ru") as raised:
        compile_catalogues([file])
    assert str(file) in str(raised.value)
    assert not file.with_suffix(".mo").exists()


def test_the_catalogues_of_the_house_can_be_compiled_together() -> None:
    files = catalogues()
    assert [file.with_suffix(".mo") for file in files] == compile_catalogues(files)
