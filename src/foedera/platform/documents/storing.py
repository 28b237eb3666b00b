"""Keeping files by their content, and refusing those whose type lies or which unpack to too much."""

from __future__ import annotations

import errno
import gzip
import hashlib
import logging
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from foedera.platform.access.asking import keeps_file
from foedera.platform.actions.errors import NoSpace, invalid

from .models import StoredFile

logger = logging.getLogger(__name__)
# What an archive of the kind holds.
MEMBERS = {".docx": "word/", ".xlsx": "xl/", ".odt": "content.xml"}
PORTION = 256 * 1024
MOST_MEMBERS = 10_000
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
        raise invalid("file", _("Files of the kinds %(kinds)s are taken.") % {"kinds": ", ".join(sorted(allowed))})
    media_type, magic = TYPES[extension]
    if magic and not head.startswith(magic):
        raise invalid("file", _("The content of the file is not what its name says (%(kind)s).") % {"kind": extension})
    if not magic and (b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise invalid("file", _("The content of the file is not what its name says (%(kind)s).") % {"kind": extension})
    return media_type


def check_unpacked_size(path: Path) -> None:
    """Refuse archives that unpack to more than the limit. Raises Invalid; reads no more than the limit."""
    most = settings.FOEDERA_UNPACKED_LIMIT
    too_much = _("The file unpacks to more than %(most)d MiB.") % {"most": most // 2**20}
    with path.open("rb") as content:
        head = content.read(4)
    if head == b"PK\x03\x04":
        if _unpacked_size_of_zip(path, most) > most:
            raise invalid("file", too_much)
    elif head.startswith(b"\x1f\x8b"):
        total = 0
        try:
            with gzip.open(path) as unpacked:
                while portion := unpacked.read(PORTION * 4):
                    total += len(portion)
                    if total > most:
                        raise invalid("file", too_much)
        except (OSError, EOFError, zlib.error) as error:
            raise invalid("file", _("The compressed file is damaged.")) from error


def _check_members(path: Path, extension: str) -> None:
    """Refuse an archive that is no document of its kind: a spreadsheet named .docx. Raises Invalid."""
    if extension not in MEMBERS:
        return
    with zipfile.ZipFile(path) as archive:
        if not any(n.startswith(MEMBERS[extension]) for n in archive.namelist()):
            raise invalid(
                "file", _("The content of the file is not what its name says (%(kind)s).") % {"kind": extension}
            )


def _unpacked_size_of_zip(path: Path, most: int) -> int:
    """How many bytes the members of an archive unpack to; more than `most` as soon as that is known.

    They are unpacked and counted, for the sizes that an archive states may lie. Raises Invalid for a damaged archive.
    """
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            members = archive.infolist()
            stated = sum(max(m.file_size, 0) for m in members)
            if stated > most or len(members) > MOST_MEMBERS:
                return most + 1
            total = 0
            for member in members:
                raw.seek(member.header_offset)
                header = raw.read(30)
                if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
                    raise zipfile.BadZipFile
                name_length, extra_length = struct.unpack("<HH", header[26:30])
                raw.seek(name_length + extra_length, os.SEEK_CUR)
                if member.compress_type == zipfile.ZIP_DEFLATED:
                    total += _inflated_size(raw, member.compress_size, most - total)
                else:
                    total += member.compress_size
                if total > most:
                    return total
            return total
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError, zlib.error) as error:
        raise invalid("file", _("The compressed file is damaged.")) from error


def _inflated_size(raw: IO[bytes], packed: int, most: int) -> int:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    total = 0
    while packed > 0 and not inflater.eof:
        portion = raw.read(min(packed, PORTION))
        if not portion:
            raise EOFError
        packed -= len(portion)
        while portion and not inflater.eof:
            total += len(inflater.decompress(portion, PORTION * 4))
            if total > most:
                return total
            portion = inflater.unconsumed_tail
    return total


def path_of(digest: str) -> Path:
    """Where the content with that digest lies."""
    return Path(settings.MEDIA_ROOT) / digest[:2] / digest[2:4] / digest


def store(name: str, content: Iterator[bytes] | IO[bytes], allowed: frozenset[str]) -> StoredFile:
    """Keep a file and return its row; the same content is kept once.

    Raises Invalid when it is empty, too large, of a kind not taken, or of another kind than its name says, and NoSpace
    when the disk is full. Nothing is left behind when it fails.
    """
    try:
        return _store(name, content, allowed)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            logger.error("no space for a file", exc_info=error)
            raise NoSpace(
                _("The disk of the server is full; nothing was kept. Tell the administrator and try again later.")
            ) from error
        raise


def _store(name: str, content: Iterator[bytes] | IO[bytes], allowed: frozenset[str]) -> StoredFile:
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    portions: Iterator[bytes] = iter(lambda: content.read(PORTION), b"") if hasattr(content, "read") else content
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
                        _("The file is larger than %(most)d MiB.") % {"most": settings.FOEDERA_UPLOAD_LIMIT // 2**20},
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
        _check_members(Path(temporary), Path(name).suffix.lower())
        final = path_of(digest.hexdigest())
        final.parent.mkdir(parents=True, exist_ok=True)
        # The row first: when the database refuses, no file is left; when the folder does, the row is taken back.
        with transaction.atomic():
            row = _row_of(digest.hexdigest(), size, media_type)
            os.replace(temporary, final)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return row


def open_stored(row: Any) -> IO[bytes]:
    """The content of a stored file, opened for reading. Raises FileNotFoundError when the folder of files is not whole."""
    return path_of(row.digest).open("rb")


def _row_of(digest: str, size: int, media_type: str) -> StoredFile:
    """The row of a content that was brought, made when it is new. Whose else it is does not show (see `access`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT foedera_keep_file(%s, %s, %s)", [digest, size, media_type])
        key = int(cursor.fetchone()[0])
    keeps_file(key)
    return StoredFile.objects.get(pk=key)
