"""Files are kept by their content; a file that lies, bombs or does not fit is refused and leaves nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from foedera.platform.actions.errors import Invalid, NoSpace
from foedera.platform.documents import storing
from foedera.platform.documents.models import StoredFile
from foedera.platform.documents.storing import DOCUMENTS, TABLES, check_unpacked_size, open_stored, path_of, store

pytestmark = pytest.mark.django_db
BOTH = DOCUMENTS | TABLES


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "files"
    return tmp_path / "files"


def kept(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def archive(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return target.getvalue()


DOCX = archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"})
XLSX = archive({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<w/>"})
ODT = archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<o/>"})


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("text.txt", "Соглашение".encode(), "text/plain"),
        ("text.TXT", b"words", "text/plain"),
        ("utf16.txt", "Соглашение".encode("utf-16"), "text/plain"),
        ("cp1251.txt", "Соглашение".encode("cp1251"), "text/plain"),
        ("page.html", b"<p>words</p>", "text/html"),
        ("paper.pdf", b"%PDF-1.7\n...", "application/pdf"),
        ("paper.docx", DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("paper.odt", ODT, "application/vnd.oasis.opendocument.text"),
        ("table.xlsx", XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("table.csv", b"a,b\n1,2\n", "text/csv"),
        ("table.csv.gz", gzip.compress(b"a,b\n", mtime=0), "application/gzip"),
        ("table.jsonl", b"{}\n", "application/jsonl"),
    ],
)
def test_a_file_is_kept_by_its_content(folder: Path, name: str, content: bytes, media_type: str) -> None:
    row = store(name, io.BytesIO(content), BOTH)
    assert (row.digest, row.size, row.media_type) == (hashlib.sha256(content).hexdigest(), len(content), media_type)
    with open_stored(row) as again:
        assert again.read() == content
    assert kept(folder) == [path_of(row.digest)]


def test_the_same_content_is_kept_once(folder: Path) -> None:
    first = store("a.txt", io.BytesIO(b"words"), BOTH)
    second = store("another name.txt", iter([b"wo", b"rds"]), BOTH)
    assert first.pk == second.pk
    assert len(kept(folder)) == 1
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"", "empty"),
        ("program.exe", b"MZ", "kinds"),
        ("none", b"words", "kinds"),
        (".pdf", b"%PDF-1.7", "kinds"),
        ("paper.pdf", b"words", "not what its name says"),
        ("paper.pdf", b"PK\x03\x04", "not what its name says"),
        ("paper.docx", b"%PDF-1.7", "not what its name says"),
        ("paper.docx", XLSX, "not what its name says"),
        ("table.xlsx", DOCX, "not what its name says"),
        ("paper.odt", DOCX, "not what its name says"),
        ("paper.docx", b"PK\x03\x04 and nothing", "damaged"),
        ("paper.docx", DOCX[:-30], "damaged"),
        ("text.txt", b"\x7fELF\x00\x00", "not what its name says"),
        ("table.csv", DOCX + b"\x00", "not what its name says"),
        ("table.gz", b"no gzip", "not what its name says"),
        ("table.gz", gzip.compress(b"a,b\n" * 1000, mtime=0)[:-12], "damaged"),
        ("table.gz", gzip.compress(b"a,b\n" * 1000, mtime=0)[:20], "damaged"),
        ("table.gz", b"\x1f\x8b\x08\x00" + b"\xff" * 100, "damaged"),
        ("table.gz", gzip.compress(b"a,b\n", mtime=0)[:-4] + b"\x00\x00\x00\x09", "damaged"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_and_leaves_nothing(
    folder: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        store(name, io.BytesIO(content), BOTH)
    assert [p.field for p in refused.value.problems] == ["file"]
    assert kept(folder) == []
    assert not StoredFile.objects.exists()


def test_a_kind_that_is_not_taken_here_is_refused(folder: Path) -> None:
    with pytest.raises(Invalid, match="kinds"):
        store("table.xlsx", io.BytesIO(XLSX), DOCUMENTS)
    assert kept(folder) == []


def test_a_file_that_is_too_large_is_refused_while_it_comes(folder: Path, settings: Any) -> None:
    settings.FOEDERA_UPLOAD_LIMIT = 2 * 1024 * 1024
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(1)
            yield b"x" * 1024 * 1024

    with pytest.raises(Invalid, match="larger than 2 MiB"):
        store("text.txt", endless(), BOTH)
    assert len(sent) == 3
    assert kept(folder) == []


def test_a_zip_bomb_is_refused(folder: Path, settings: Any) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 4 * 1024 * 1024
    bomb = archive({"word/document.xml": b"\x00" * 5 * 1024 * 1024})
    assert len(bomb) < 10_000
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("paper.docx", io.BytesIO(bomb), BOTH)
    many = archive({f"word/{n}.xml": b"\x00" * 1024 * 1024 for n in range(5)})
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("paper.docx", io.BytesIO(many), BOTH)
    assert kept(folder) == []


def test_a_zip_bomb_that_lies_about_its_size_is_refused(folder: Path, settings: Any) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 4 * 1024 * 1024
    size = 6 * 1024 * 1024
    bomb = archive({"word/document.xml": b"\x00" * size})
    lying = bomb.replace(struct.pack("<L", size), struct.pack("<L", 10))
    assert lying != bomb
    with zipfile.ZipFile(io.BytesIO(lying)) as read:
        assert [m.file_size for m in read.infolist()] == [10]
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("paper.docx", io.BytesIO(lying), BOTH)
    assert kept(folder) == []


def test_members_that_overlap_are_counted_each(folder: Path, settings: Any, tmp_path: Path) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 4 * 1024 * 1024
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", b"\x00" * 1024 * 1024)
        first = made.infolist()[0]
        for n in range(10):
            again = zipfile.ZipInfo(f"word/{n}.xml")
            for name in ("compress_type", "CRC", "compress_size", "header_offset"):
                setattr(again, name, getattr(first, name))
            again.file_size = 1
            made.filelist.append(again)
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("paper.docx", io.BytesIO(target.getvalue()), BOTH)
    assert kept(folder) == []


def test_too_many_members_are_refused(folder: Path) -> None:
    with pytest.raises(Invalid, match="unpacks"):
        store("paper.docx", io.BytesIO(archive({f"word/{n}": b"" for n in range(10_001)})), BOTH)
    assert kept(folder) == []


def test_a_gzip_bomb_is_refused(folder: Path, settings: Any) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 4 * 1024 * 1024
    bomb = gzip.compress(b"\x00" * 8 * 1024 * 1024)
    assert len(bomb) < 10_000
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("table.csv.gz", io.BytesIO(bomb), BOTH)
    members = gzip.compress(b"\x00" * 1024 * 1024) * 6
    with pytest.raises(Invalid, match="more than 4 MiB"):
        store("table.csv.gz", io.BytesIO(members), BOTH)
    assert kept(folder) == []


def test_an_archive_of_the_allowed_size_is_taken(settings: Any, tmp_path: Path) -> None:
    settings.FOEDERA_UNPACKED_LIMIT = 1024 * 1024
    exactly = tmp_path / "exactly.zip"
    exactly.write_bytes(archive({"a": os.urandom(512 * 1024), "b": b"\x00" * 512 * 1024}))
    check_unpacked_size(exactly)
    stored = tmp_path / "stored.zip"
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as made:
        made.writestr("a", b"\x00" * 1024 * 1024)
    check_unpacked_size(stored)


def test_a_reader_that_fails_leaves_nothing(folder: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"words"
        raise ConnectionError("the browser went away")

    with pytest.raises(ConnectionError):
        store("text.txt", broken(), BOTH)
    assert kept(folder) == []


def test_a_database_that_fails_keeps_no_row(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_values: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(storing, "_row_of", fail)
    with pytest.raises(DatabaseError):
        store("text.txt", io.BytesIO(b"words"), BOTH)
    assert kept(folder) == []


def test_a_database_that_fails_does_not_take_away_what_was_kept_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = store("text.txt", io.BytesIO(b"words"), BOTH)

    def fail(*_values: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(storing, "_row_of", fail)
    with pytest.raises(DatabaseError):
        store("text.txt", io.BytesIO(b"words"), BOTH)
    assert kept(folder) == [path_of(row.digest)]


def test_the_database_refuses_what_is_no_digest() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(digest="../../etc/passwd", size=1, media_type="text/plain")


# A file system of 256 KiB, mounted in a name space of its own where the machine allows that; else the system's own limit.
FULL_DISK = """
import io, os, resource, signal, subprocess, sys
from pathlib import Path
folder = Path(sys.argv[1])
folder.mkdir()
mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True).returncode == 0
if not mounted:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))
import django
from django.conf import settings
django.setup()
settings.MEDIA_ROOT = folder
from foedera.platform.actions.errors import NoSpace
from foedera.platform.documents.storing import DOCUMENTS, store
try:
    store("text.txt", io.BytesIO(b"x" * 1024 * 1024), DOCUMENTS)
except NoSpace as error:
    print("refused:", error)
print("left:", [str(p) for p in folder.rglob("*") if p.is_file()])
if mounted:
    subprocess.run(["umount", str(folder)])
"""


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "small")],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "foedera.config.settings",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
        timeout=60,
    )
    assert "refused: The disk of the server is full" in done.stdout, done.stderr[-2000:]
    assert "left: []" in done.stdout


def test_another_fault_of_the_system_is_not_called_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_given: Any) -> None:
        raise PermissionError(13, "no right")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        store("text.txt", io.BytesIO(b"words"), BOTH)
    assert kept(folder) == []
    assert NoSpace.status == 507
