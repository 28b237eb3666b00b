"""Both languages are complete: every word that the program says stands in a Russian catalogue, with its places and plurals."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import django.conf
import polib
import pytest
from babel.messages.extract import extract
from django.utils.translation.template import templatize

from foedera.config.installation import PACKAGE, PROJECT
from foedera.config.translations import catalogues

# How the program marks words, and which arguments are context, singular and plural.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACES = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)\}")


@dataclass(frozen=True)
class Said:
    """Words in the source: where, in which context, and their plural if they count something."""

    where: str
    context: str
    words: str
    plural: str


def _source(file: Path) -> bytes:
    text = file.read_text(encoding="utf-8")
    return (text if file.suffix == ".py" else templatize(text, origin=str(file))).encode()


@cache
def said() -> tuple[Said, ...]:
    """Everything that the program's code and templates mark for translation."""
    files = [f for suffix in ("py", "html", "txt") for f in PACKAGE.rglob(f"*.{suffix}")]
    found = []
    for file in sorted(files):
        parts = file.relative_to(PACKAGE).parts
        if "tests" in parts or (file.suffix != ".py" and "templates" not in parts):
            continue
        options = {"encoding": "utf-8"}
        for line, message, _notes, context in extract(
            "python", io.BytesIO(_source(file)), keywords=KEYWORDS, options=options
        ):
            words, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            if words:
                found.append(Said(f"{file.relative_to(PROJECT)}:{line}", context or "", words, plural))
    return tuple(found)


def _ours() -> Iterator[polib.POEntry]:
    for file in catalogues():
        if file.parts[-3] == "ru":
            yield from polib.pofile(str(file))


@cache
def russian() -> dict[tuple[str, str], polib.POEntry]:
    """Entries of our catalogues, and below them of Django's own, by context and words."""
    known: dict[tuple[str, str], polib.POEntry] = {}
    django_folder = Path(django.conf.__file__).parent / "locale" / "ru" / "LC_MESSAGES" / "django.mo"
    for entry in [*_ours(), *polib.mofile(str(django_folder))]:
        known.setdefault((entry.msgctxt or "", entry.msgid), entry)
    return known


def places(text: str) -> set[str]:
    return {match.group(0) for match in PLACES.finditer(text.replace("%%", ""))}


def test_there_is_something_to_translate() -> None:
    assert len(said()) > 500
    assert any(s.where.endswith(".html:1") or ".html:" in s.where for s in said())


def test_everything_said_has_a_russian_translation() -> None:
    missing = {
        (s.context, s.words): s.where
        for s in said()
        if (entry := russian().get((s.context, s.words))) is None or not (entry.msgstr or entry.msgstr_plural)
    }
    told = "\n".join(
        f"{where}: {context + ' | ' if context else ''}{words}" for (context, words), where in missing.items()
    )
    assert not missing, f"{len(missing)} without translation:\n{told}"


def test_every_count_has_all_its_russian_plurals() -> None:
    faults = [
        f"{s.where}: {s.words}"
        for s in said()
        if s.plural
        and (entry := russian().get((s.context, s.words))) is not None
        and (len(entry.msgstr_plural) < 3 or not all(entry.msgstr_plural.values()))
    ]
    assert not faults, "\n".join(faults)


def test_places_for_values_are_the_same_in_both_languages() -> None:
    faults = []
    for entry in _ours():
        wanted = places(entry.msgid) | places(entry.msgid_plural or "")
        for form in [entry.msgstr] if entry.msgstr else entry.msgstr_plural.values():
            if form and not (places(form) <= wanted and (entry.msgid_plural or places(form) == wanted)):
                faults.append(f"{entry.msgid} -> {form}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("catalogue", [c for c in catalogues() if c.parts[-3] == "ru"], ids=lambda c: c.parts[-5])
def test_a_catalogue_is_tidy(catalogue: Path) -> None:
    entries = polib.pofile(str(catalogue))
    keys = [(e.msgctxt, e.msgid) for e in entries]
    assert not {k for k in keys if keys.count(k) > 1}, "said twice"
    assert not [e.msgid for e in entries if e.fuzzy or e.obsolete], "fuzzy or no longer said"
    assert not [e.msgid for e in entries if "!" in e.msgstr], "nobody is shouted at"
    # Django merges all catalogues into one, so they must count alike.
    assert entries.metadata["Plural-Forms"].startswith("nplurals=3;")


def test_no_two_catalogues_say_the_same_words_differently() -> None:
    first: dict[tuple[str, str], str] = {}
    faults = []
    for entry in _ours():
        words = entry.msgstr or "|".join(entry.msgstr_plural.values())
        known = first.setdefault((entry.msgctxt or "", entry.msgid), words)
        if known != words:
            faults.append(f"{entry.msgid}: {known} / {words}")
    assert not faults, "\n".join(faults)
