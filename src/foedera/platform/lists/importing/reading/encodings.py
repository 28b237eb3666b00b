"""In which encoding is a text file? Certain signs first, then a careful comparison of the likely ones; else a clear refusal."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import IO, Final

from django.utils.translation import gettext as _

PORTION: Final = 1 << 20
SAMPLE: Final = 1 << 18

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Letters that make up nine tenths of any Russian text; a wrong Cyrillic encoding turns them into rare or capital ones.
_COMMON_CYRILLIC: Final = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжю")
_CYRILLIC: Final = ("cp1251", "koi8-r", "cp866", "iso-8859-5", "mac-cyrillic")
_WORD: Final = re.compile(r"[^\W\d_]+")


class EncodingFault(ValueError):
    """The encoding is not what was said, or cannot be told; the words say what to do."""


def detect(source: IO[bytes]) -> str:
    """The name of the encoding of a text file, for `open`. Reads the whole file once; leaves it where it ends.

    In this order: a byte order mark; every second byte that of UTF-16 without a mark; bytes that are UTF-8
    throughout; else, by the letters that come out, a Cyrillic encoding or windows-1252 (of which Latin-1 is a part). Raises
    EncodingFault for a file that is UTF-8 but for a few damaged places, and for one that makes sense in no encoding.
    """
    head = source.read(SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    wide = _without_mark(head)
    if wide:
        return wide
    sample = bytearray()
    # How many bytes stand in letters of several bytes before the first damaged place: in another encoding, next to none.
    position, damaged_at, in_letters = 0, -1, 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    for portion in _portions(head, source):
        if len(sample) < SAMPLE and not portion.isascii():
            sample += _lines_beyond_ascii(portion)
        if damaged_at < 0:
            try:
                in_letters += len(portion) - len(decoder.decode(portion))
            except UnicodeDecodeError as error:
                damaged_at = position + error.start
                before = portion[: error.start]
                in_letters += len(before) - len(before.decode("utf-8", "ignore"))
        position += len(portion)
    if damaged_at < 0:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise EncodingFault(_("The file ends in the middle of a letter: it is cut off.")) from None
        return "utf-8"
    if in_letters > 20:
        raise EncodingFault(
            _("The file is in UTF-8 but damaged at byte %(place)d. Save it again as UTF-8, or name its encoding.")
            % {"place": damaged_at + 1}
        )
    return _single_byte(bytes(sample[:SAMPLE]))


def _portions(head: bytes, source: IO[bytes]) -> Iterator[bytes]:
    yield head
    while portion := source.read(PORTION):
        yield portion


def _lines_beyond_ascii(portion: bytes) -> bytes:
    return b"\n".join(line for line in portion.split(b"\n") if not line.isascii())


def _without_mark(head: bytes) -> str:
    """UTF-16 without a mark: nearly every second byte is that of Latin (0) or Cyrillic (4) letters and signs."""
    for half, name in ((head[1::2], "utf-16-le"), (head[0::2], "utf-16-be")):
        if len(half) >= 2 and (half.count(0) + half.count(4)) * 10 > len(half) * 8 and half.count(0):
            return name
    return ""


def _single_byte(sample: bytes) -> str:
    best, best_share = "", 0.0
    for name in _CYRILLIC:
        share = _share_of_cyrillic(sample.decode(name, "replace"))
        if share > best_share:
            best, best_share = name, share
    if best_share > 0.8:
        return best
    if max(sample) >= 0x7F and not any(byte in b"\x81\x8d\x8f\x90\x9d" for byte in sample) and _reads_as_latin(sample):
        return "cp1252"
    raise EncodingFault(
        _("The encoding of the file cannot be told. Save it as UTF-8, or name its encoding in the mapping.")
    )


def _share_of_cyrillic(text: str) -> float:
    """How many of the letters beyond ASCII are common small Cyrillic ones, or capitals at the beginning of a word."""
    good = total = 0
    for word in _WORD.findall(text):
        if word.isascii():
            continue
        total += len(word)
        if any(letter.isascii() for letter in word):
            # A letter of one script amid those of another: this is not the encoding.
            continue
        shape = word[0].lower() + word[1:] if len(word) > 1 and not word.isupper() else word.lower()
        good += sum(letter in _COMMON_CYRILLIC for letter in shape)
    total += sum(not letter.isascii() and not letter.isalpha() and letter not in "«»№–—…“”„’°§\xa0" for letter in text)
    return good / total if total else 0.0


def _reads_as_latin(sample: bytes) -> bool:
    """Whether letters beyond ASCII stand in words whose other letters are ASCII, as in French, German or Portuguese."""
    inside = alone = 0
    for word in _WORD.findall(sample.decode("cp1252", "replace")):
        beyond = sum(not letter.isascii() for letter in word)
        if beyond and beyond * 2 <= len(word) + 1:
            inside += 1
        elif beyond:
            alone += 1
    return inside > alone
