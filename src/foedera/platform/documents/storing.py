"""Keeping files by their content, and refusing those whose type lies or which unpack to too much."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from foedera.platform.actions.errors import invalid

from .models import StoredFile

PORTION = 256 * 1024
# Extension -> media type and the bytes with which such a file begins (empty: text).
TYPES: dict[str, tuple[str, bytes]] = {
    ".pdf": ("application/pdf", b"%PDF-"),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04"),
    ".odt": ("application/vnd.oasis.opendocument.text", b"PK\x03\x04"),
    ".txt": ("text/plain", b""),
    ".html": ("text/html", b""),
    ".csv": ("text/csv", b""),
    ".jsonl": ("application/jsonl", b""),
    ".gz": ("application/gzip", b"\x1f\x8b"),
}
DOCUMENTS = frozenset({".pdf", ".docx", ".odt", ".txt", ".html"})
TABLES = frozenset({".csv", ".xlsx", ".jsonl", ".gz"})


def checked_type(name: str, head: bytes, allowed: frozenset[str]) -> str:
    """The media type of a file by its name, if its first bytes agree. Raises Invalid for another or a lying type."""
    extension = Path(name).suffix.lower()
    if extension not in allowed:
        raise invalid(
            "file", _("Files of the kinds %(kinds)s are taken.") % {"kinds": ", ".join(sorted(allowed))}
        )
    media_type, magic = TYPES[extension]
    if magic and not head.startswith(magic):
        raise invalid(
            "file", _("The content of the file is not what its name says (%(kind)s).") % {"kind": extension}
        )
    if not magic and (b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise invalid(
            "file", _("The content of the file is not what its name says (%(kind)s).") % {"kind": extension}
        )
    return media_type


def check_unpacked_size(path: Path) -> None:
    """Refuse archives that unpack to more than the limit. Raises Invalid; reads no more than the limit."""
    most = settings.FOEDERA_UNPACKED_LIMIT
    too_much = _("The file unpacks to more than %(most)d MiB.") % {"most": most // 2**20}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if sum(i.file_size for i in archive.infolist()) > most or len(archive.infolist()) > 10_000:
                raise invalid("file", too_much)
    elif path.open("rb").read(2) == b"\x1f\x8b":
        total = 0
        try:
            with gzip.open(path) as unpacked:
                while portion := unpacked.read(PORTION * 4):
                    total += len(portion)
                    if total > most:
                        raise invalid("file", too_much)
        except (OSError, EOFError) as error:
            raise invalid("file", _("The compressed file is damaged.")) from error


def path_of(digest: str) -> Path:
    """Where the content with that digest lies."""
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest[2:4] / digest


def store(name: str, content: Iterator[bytes] | IO[bytes], allowed: frozenset[str]) -> StoredFile:
    """Keep a file and return its row; the same content is kept once.

    Raises Invalid when it is empty, too large, of a kind not taken, or of another kind than its name says. Nothing is left
    behind when it fails, also on a full disk (OSError).
    """
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    portions: Iterator[bytes] = (
        iter(lambda: content.read(PORTION), b"") if hasattr(content, "read") else content
    )
    digest = hashlib.sha256()
    size = 0
    head = b""
    handle, temporary = tempfile.mkstemp(dir=root, prefix="incoming-")
    try:
        with os.fdopen(handle, "wb") as target:
            for portion in portions:
                size += len(portion)
                if size > settings.FOEDERA_UPLOAD_LIMIT:
                    raise invalid(
                        "file",
                        _("The file is larger than %(most)d MiB.")
                        % {"most": settings.FOEDERA_UPLOAD_LIMIT // 2**20},
                    )
                if len(head) < 4096:
                    head += portion[:4096]
                digest.update(portion)
                target.write(portion)
            target.flush()
            os.fsync(target.fileno())
        if size == 0:
            raise invalid("file", _("The file is empty."))
        media_type = checked_type(name, head, allowed)
        check_unpacked_size(Path(temporary))
        final = path_of(digest.hexdigest())
        final.parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary, final)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    row, _made = StoredFile.objects.get_or_create(
        digest=digest.hexdigest(), defaults={"size": size, "media_type": media_type}
    )
    return row


def open_stored(row: Any) -> IO[bytes]:
    """The content of a stored file, opened for reading. Raises FileNotFoundError when the folder of files is not whole."""
    return path_of(row.digest).open("rb")
