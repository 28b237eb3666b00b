"""Compiles the .po catalogues of all packages to the .mo files that Django reads, without a system gettext."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

SOURCE = Path(__file__).resolve().parents[1]


class TranslationError(Exception):
    """A catalogue that cannot be compiled, with file and line."""


def catalogues(root: Path = SOURCE) -> list[Path]:
    """All .po files below a folder, sorted."""
    return sorted(root.glob("**/locale/*/LC_MESSAGES/*.po"))


def compile_catalogues(files: list[Path]) -> list[Path]:
    """Writes the .mo file beside each .po file and returns those written.

    Fuzzy entries stay untranslated. Django merges the catalogues of all packages into one, with one plural rule per
    language: catalogues of a language that state different rules would take each other's forms, so they are refused.

    Raises TranslationError, which names the file.
    """
    rules: dict[str, tuple[str, Path]] = {}
    written: list[Path] = []
    for file in files:
        language = file.parts[-3]
        try:
            with file.open("rb") as stream:
                catalogue = read_po(stream, locale=language.partition("@")[0], abort_invalid=True)
        except (PoFileError, UnicodeDecodeError, ValueError) as error:
            raise TranslationError(f"{file}: {error}") from error
        rule = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr}"
        first_rule, first = rules.setdefault(language, (rule, file))
        if rule != first_rule:
            raise TranslationError(f"{file}: the plural rule differs from that of {first}: {rule} against {first_rule}")
        target, part = file.with_suffix(".mo"), file.with_suffix(".mo.part")
        with part.open("wb") as stream:
            write_mo(stream, catalogue)
        os.replace(part, target)
        written.append(target)
    return written


def main() -> None:
    try:
        compile_catalogues(catalogues())
    except TranslationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
