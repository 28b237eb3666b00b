"""The words of a file, page by page. A program of its own: what it reads comes from strangers and may be made to do harm.

    python -m foedera.platform.documents.extracting PATH MEDIA_TYPE

It binds itself to so much memory and time, opens nothing but the file, and prints one JSON array for each page (a line),
beginning with whether the pages are the reader's own. It ends with 0 when all was read, 3 when it stopped at the limit of
words, and with another number and a line on the standard error when the file is damaged.
"""

from __future__ import annotations

import html.parser
import json
import re
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree
from xml.parsers import expat

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
PRINTED = 64 * 1024 * 1024
MOST_CHARACTERS = 2_000_000
MOST_PAGES = 5000
# Where a file has no pages of its own, its words are parted about so.
PORTION = 4000
ENCODINGS = ("utf-8-sig", "utf-16", "cp1251")
DAMAGED = 2
TOO_LARGE = 3
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
BLOCKS = frozenset(
    ("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
     "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul")
)  # fmt: skip
UNSEEN = frozenset(("script", "style", "template", "head", "noscript"))

# Whether the pages are the reader's own, and their words.
Pages = tuple[bool, Iterator[str]]


class Damaged(Exception):
    """The file is not what it should be; says why."""


def decoded(data: bytes) -> str:
    """A text in one of the usual encodings. Raises Damaged."""
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Damaged("the encoding of the text is not known")


def pages_of_text(path: Path) -> Pages:
    """A plain text; a form feed ends a page."""
    return paged(decoded(path.read_bytes()))


def paged(text: str) -> Pages:
    """The pages between form feeds, else portions."""
    if "\f" in text:
        return True, iter(text.split("\f"))
    return False, portions(text)


def portions(text: str) -> Iterator[str]:
    """A text in portions that end with a paragraph where one is near."""
    start = 0
    while start < len(text):
        end = start + PORTION
        if end < len(text):
            near = max(text.rfind("\n", start + PORTION // 2, end), text.rfind(" ", start + PORTION // 2, end))
            end = near + 1 if near > 0 else end
        yield text[start:end]
        start = end


class _Words(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.unseen += 1
        elif tag in BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            self.unseen = max(self.unseen - 1, 0)
        elif tag in BLOCKS:
            self.parts.append("\n")
        if tag in ("head", "body"):
            self.unseen = 0

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(data)


def pages_of_html(path: Path) -> Pages:
    """What a page of the web shows, without scripts and styles."""
    parser = _Words()
    parser.feed(decoded(path.read_bytes()))
    parser.close()
    return False, portions("".join(parser.parts))


def pages_of_pdf(path: Path) -> Pages:
    """The pages of a PDF that hold text; a scanned page holds none. Raises Damaged."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    def pages() -> Iterator[str]:
        try:
            reader = PdfReader(path)
            if reader.is_encrypted and not reader.decrypt(""):
                raise Damaged("the file asks for a password")
            for page in reader.pages:
                yield page.extract_text()
        except (
            PyPdfError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            RecursionError,
            OSError,
        ) as error:
            raise Damaged(f"the PDF cannot be read: {error}") from error

    return True, pages()


def _elements(path: Path, member: str) -> Iterator[tuple[str, ElementTree.Element]]:
    """Beginnings and ends of the elements of a member. Raises Damaged, also for a document type, in which bombs are kept."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as content:
            _refuse_document_type(content)
        with zipfile.ZipFile(path) as archive, archive.open(member) as content:
            yield from ElementTree.iterparse(content, events=("start", "end"))  # noqa: S314 - no document type, and in bounds
    except (
        zipfile.BadZipFile,
        KeyError,
        ElementTree.ParseError,
        expat.ExpatError,
        OSError,
        EOFError,
        RuntimeError,
    ) as error:
        raise Damaged(f"the document cannot be read: {error}") from error


def _refuse_document_type(content: IO[bytes]) -> None:
    head = content.read(65536)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head or "<!DOCTYPE".encode("utf-16-le") in head:
        raise Damaged("the document declares entities")


def pages_of_docx(path: Path) -> Pages:
    """The main text of a document of Word; pages where the program that wrote it kept them. Raises Damaged."""

    def step(event: str, element: ElementTree.Element) -> str:
        name = element.tag.removeprefix(WORD)
        if event == "start":
            is_page = name == "lastRenderedPageBreak" or (name == "br" and element.get(f"{WORD}type") == "page")
            return "\f" if is_page else ""
        return {"t": element.text or "", "tab": " ", "br": "\n", "p": "\n"}.get(name, "")

    parts = []
    for event, element in _elements(path, "word/document.xml"):
        parts.append(step(event, element))
        if event == "end":
            element.clear()
    return paged("".join(parts))


def pages_of_odt(path: Path) -> Pages:
    """The text of an OpenDocument; pages where the program that wrote it kept them. Raises Damaged."""
    parts: list[str] = []
    for event, element in _elements(path, "content.xml"):
        name = element.tag
        if event == "start":
            if name == f"{OFFICE}soft-page-break":
                parts.append("\f")
        elif name in (f"{OFFICE}p", f"{OFFICE}h"):
            parts.append("".join(_texts_with_pages(element)) + "\n")
            element.clear()
    return paged("".join(parts))


def _texts_with_pages(element: ElementTree.Element) -> Iterator[str]:
    """The texts below an element in reading order; tabs, spaces and line ends are elements of their own."""
    yield element.text or ""
    for child in element:
        if child.tag in (f"{OFFICE}s", f"{OFFICE}tab", f"{OFFICE}line-break"):
            yield " "
        yield from _texts_with_pages(child)
        yield child.tail or ""


READERS: dict[str, Callable[[Path], Pages]] = {
    "text/plain": pages_of_text,
    "text/html": pages_of_html,
    "application/pdf": pages_of_pdf,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": pages_of_docx,
    "application/vnd.oasis.opendocument.text": pages_of_odt,
}


def tidy(text: str) -> str:
    """Words without what cannot be stored or is only space; words parted at the end of a line are made whole."""
    text = re.sub(r"[\x00-\x08\x0e-\x1f\ud800-\udfff]", "", text.replace("\r\n", "\n"))
    text = re.sub(r"(?<=\w)[-\u00ad]\n(?=[a-zа-яё])", "", text)
    return re.sub(r"\n\s*\n+", "\n\n", re.sub(r"[^\S\n]+", " ", text)).strip()


def main(arguments: list[str]) -> int:
    """Print the pages; returns the number to end with."""
    path, media_type = Path(arguments[0]), arguments[1]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (PRINTED, PRINTED))
    left = MOST_CHARACTERS
    try:
        own, pages = READERS[media_type](path)
        sys.stdout.write(json.dumps([own]) + "\n")
        for number, page in enumerate(pages):
            words = tidy(page)[:left]
            left -= len(words)
            sys.stdout.write(json.dumps([words], ensure_ascii=False) + "\n")
            if left <= 0 or number + 1 >= MOST_PAGES:
                return TOO_LARGE
    except (Damaged, RecursionError, MemoryError) as error:
        sys.stderr.write(f"{str(error) or type(error).__name__}\n")
        return DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
