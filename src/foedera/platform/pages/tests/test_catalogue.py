"""The Russian catalogue of the pages holds every word that the templates and the code say."""

import io
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

PAGES = Path(__file__).resolve().parent.parent
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def _said() -> set[tuple[str | None, str]]:
    said: set[tuple[str | None, str]] = set()
    sources = [(path, path.read_text()) for path in PAGES.rglob("*.py") if "tests" not in path.parts]
    sources += [(path, templatize(path.read_text(), origin=str(path))) for path in PAGES.rglob("templates/**/*.html")]
    for _path, text in sources:
        for _line, message, _comments, context in extract(
            "python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
        ):
            first = message if isinstance(message, str) else message[0]
            if first:
                said.add((context, first))
    return said


def test_russian_is_complete_and_holds_nothing_stale() -> None:
    catalogue = polib.pofile(str(PAGES / "locale/ru/LC_MESSAGES/django.po"))
    held = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    assert set(held) == _said()
    for entry in catalogue:
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        assert all(forms), entry.msgid
        assert not entry.fuzzy, entry.msgid
        assert not any("!" in form for form in forms), entry.msgid
