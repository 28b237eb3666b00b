"""Files are read for their words page by page; what is damaged or made to do harm is said to be, and nothing else comes of it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typst
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob
from pypdf import PdfReader, PdfWriter

from foedera.platform.documents import extracting
from foedera.platform.documents.jobs import read_missed_files
from foedera.platform.documents.models import FilePage, FileText, Outcome, StoredFile
from foedera.platform.documents.reading import read_file, read_later, read_stored_file
from foedera.platform.documents.storing import DOCUMENTS, path_of, store
from foedera.platform.search.models import SearchWord

pytestmark = pytest.mark.django_db
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OFFICE = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'


def archive(**members: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_", "."), content)
    return made.getvalue()


def docx(body: str, head: str = "") -> bytes:
    return archive(
        word__document_xml=f'<?xml version="1.0"?>{head}<w:document {WORD}><w:body>{body}</w:body></w:document>'
    )


def odt(body: str) -> bytes:
    return archive(
        content_xml=f"<office:document-content {OFFICE}><office:body>{body}</office:body></office:document-content>"
    )


def pdf() -> bytes:
    source = b'Article 1. Trade in amber. #pagebreak() #set text(lang: "ru") \n\xd0\xa1\xd1\x82\xd0\xb0\xd1\x82\xd1\x8c\xd1\x8f 2.'
    made: bytes = typst.compile(source, format="pdf")
    return made


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("a secret")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def read(name: str, content: bytes) -> tuple[FileText, list[tuple[int, str]]]:
    text = read_file(store(name, io.BytesIO(content), DOCUMENTS))
    return text, list(FilePage.objects.filter(file=text.file).order_by("position").values_list("position", "words"))


@pytest.mark.parametrize(
    ("name", "content", "paged", "pages"),
    [
        ("a.txt", "Статья 1. Мёд.\fСтатья 2.".encode(), True, [(1, "Статья 1. Мёд."), (2, "Статья 2.")]),
        ("a.txt", "Статья 1.".encode("cp1251"), False, [(1, "Статья 1.")]),
        ("a.txt", "Статья 1.".encode("utf-16"), False, [(1, "Статья 1.")]),
        ("a.txt", "дого-\r\nвор,  и\x00ное".encode().replace(b"\x00", b""), False, [(1, "договор, иное")]),
        (
            "a.html",
            b"<html><head><title>no</title><script>no()</script></head><body><p>One</p><style>no</style><p>T&amp;wo <b>th</b>ree</body>",
            False,
            [(1, "One\n\nT&wo three")],
        ),
        (
            "a.docx",
            docx(
                "<w:p><w:r><w:t>One </w:t><w:t>two</w:t></w:r></w:p><w:p><w:r><w:lastRenderedPageBreak/><w:t>Three</w:t></w:r></w:p>"
            ),
            True,
            [(1, "One two"), (2, "Three")],
        ),
        (
            "a.odt",
            odt(
                "<text:h>Head</text:h><text:p>One<text:s/>two<text:span> three</text:span></text:p>"
                "<text:soft-page-break/><text:p>Four</text:p>"
            ),
            True,
            [(1, "Head\nOne two three"), (2, "Four")],
        ),
        ("a.pdf", pdf(), True, [(1, "Article 1. Trade in amber."), (2, "Статья 2.")]),
    ],
)
def test_words_come_page_by_page(name: str, content: bytes, paged: bool, pages: list[tuple[int, str]]) -> None:
    text, found = read(name, content)
    assert (text.outcome, text.paged, text.pages) == ("read", paged, len(pages))
    assert found == pages
    assert text.reason == ""


def test_long_texts_without_pages_are_parted_between_words() -> None:
    words = " ".join(f"слово{n}" for n in range(3000))
    text, found = read("a.txt", words.encode())
    assert not text.paged
    assert " ".join(part for _n, part in found) == words
    assert all(len(part) <= extracting.PORTION for _n, part in found)
    assert SearchWord.objects.filter(word="слово").count() == 1


BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("name", "content", "outcome", "reason"),
    [
        ("a.pdf", b"%PDF-1.7 and nothing", "damaged", "PDF cannot be read"),
        ("a.pdf", pdf()[:-300], "damaged", ""),
        ("a.pdf", locked_pdf(), "damaged", "password"),
        ("a.docx", docx("<w:p><w:r><w:t>&b;</w:t></w:r></w:p>", BOMB), "damaged", "entities"),
        ("a.docx", docx("<w:p>"), "damaged", "cannot be read"),
        ("a.docx", archive(word__other_xml="<a/>"), "damaged", "cannot be read"),
        ("a.odt", odt("<text:p>" * 100_000), "damaged", ""),
        ("a.txt", b"\x98\xff\xfe\x98", "damaged", "encoding"),
        ("a.txt", b"  \n ", "empty", ""),
        ("a.html", b"<script>only()</script>", "empty", ""),
    ],
)
def test_what_cannot_be_read_is_said(name: str, content: bytes, outcome: str, reason: str) -> None:
    text, found = read(name, content)
    if (text.outcome, name) == ("read", "a.pdf"):
        pytest.skip("the reader repairs such a file")
    assert text.outcome == outcome
    assert reason in text.reason
    assert found == []
    assert text.vector is None


def test_a_text_without_end_is_read_as_far_as_the_limit() -> None:
    text, found = read("a.txt", ("договор " * (extracting.MOST_CHARACTERS // 7)).encode())
    assert text.outcome == Outcome.TOO_LARGE
    assert sum(len(words) for _n, words in found) <= extracting.MOST_CHARACTERS


def test_a_file_is_read_once_and_in_the_background() -> None:
    file = store("a.txt", io.BytesIO(b"Article 1."), DOCUMENTS)
    read_later(file)
    assert ProcrastinateJob.objects.filter(task_name="documents.read_file", args={"file_id": file.pk}).count() == 1
    read_stored_file(file.pk)
    read_stored_file(file.pk)
    read_later(file)
    read_stored_file(10**9)
    assert FilePage.objects.filter(file=file).count() == 1
    assert ProcrastinateJob.objects.filter(task_name="documents.read_file").count() == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT vector @@ foedera_query('articles') FROM platform_documents_filetext WHERE file_id = %s", [file.pk]
        )
        assert cursor.fetchone() == (True,)


def test_missed_files_are_read_and_missing_ones_wait(settings: Any) -> None:
    missed = store("a.txt", io.BytesIO(b"Missed"), DOCUMENTS)
    gone = store("b.txt", io.BytesIO(b"Gone"), DOCUMENTS)
    table = StoredFile.objects.create(digest="0" * 64, size=3, media_type="text/csv")
    path_of(gone.digest).unlink()
    assert read_missed_files(0) == 2
    assert set(FileText.objects.values_list("file", flat=True)) == {missed.pk}
    assert not FileText.objects.filter(file=table).exists()
    with pytest.raises(FileNotFoundError):
        read_file(gone)


def test_the_reading_process_is_bound(tmp_path: Path) -> None:
    assert extracting.MEMORY <= 2**30
    assert extracting.SECONDS <= 60
    assert list(extracting.portions("")) == []
    assert extracting.tidy("a\ud800b\x0c") == "ab"
