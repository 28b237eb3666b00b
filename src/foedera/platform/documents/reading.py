"""Files are read for their words in the background, each once: what it holds never changes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import structlog
from django.db import connection, transaction
from procrastinate.contrib.django import app

from .extracting import DAMAGED, READERS, SECONDS, TOO_LARGE
from .models import FilePage, FileText, Outcome, StoredFile
from .storing import path_of

QUEUE = "documents"
# The program ends itself after so many seconds of work; this is for one that waits.
PATIENCE = SECONDS * 2
SOURCE = Path(__file__).resolve().parents[3]
logger = structlog.get_logger(__name__)

VECTORS = """
UPDATE platform_documents_filepage SET vector = foedera_words(words, 'D') WHERE file_id = %s AND words <> '';
UPDATE platform_documents_filetext t SET vector = foedera_whole(''::tsvector, (
    SELECT array_agg(CASE WHEN t.pages > 100 THEN strip(p.vector) ELSE p.vector END ORDER BY p.position)
    FROM platform_documents_filepage p WHERE p.file_id = t.file_id AND p.vector IS NOT NULL))
WHERE t.file_id = %s;
INSERT INTO platform_search_searchword (word, folded)
SELECT k.word, foedera_fold(k.word) FROM (
    SELECT DISTINCT w.word FROM platform_documents_filepage p,
    regexp_split_to_table(replace(lower(p.words), 'ё', 'е'), '[^[:alpha:]]+') AS w(word)
    WHERE p.file_id = %s AND length(w.word) BETWEEN 3 AND 40 OFFSET 0
) k WHERE NOT EXISTS (SELECT FROM platform_search_searchword n WHERE n.word = k.word);
"""


def read_later(file: StoredFile) -> None:
    """Ask for a file to be read, in the present transaction. A file that was read or that holds no text is left alone."""
    if file.media_type in READERS and not FileText.objects.filter(file=file).exists():
        read_stored_file.defer(file_id=file.pk)


def read_file(file: StoredFile) -> FileText:
    """Read a file for its words now, unless it was read before, and return what came of it.

    Raises FileNotFoundError when the folder of files is not whole, so that the job is tried again.
    """
    there = FileText.objects.filter(file=file).first()
    if there is not None:
        return there
    outcome, reason, paged, pages = _extract(path_of(file.digest), file.media_type)
    with transaction.atomic():
        # Two workers may have read the same file; the second finds it done.
        text, made = FileText.objects.get_or_create(
            file=file, defaults={"outcome": outcome, "reason": reason[:300], "pages": len(pages), "paged": paged}
        )
        if made:
            FilePage.objects.bulk_create(
                [FilePage(file=file, position=n, words=words) for n, words in enumerate(pages, 1) if words],
                batch_size=200,
            )
            with connection.cursor() as cursor:
                cursor.execute(VECTORS, [file.pk] * 3)
    return text


def _extract(path: Path, media_type: str) -> tuple[str, str, bool, list[str]]:
    if not path.is_file():
        raise FileNotFoundError(path)
    command = [sys.executable, "-m", "foedera.platform.documents.extracting", str(path), media_type]
    environment = {"PYTHONPATH": str(SOURCE), "PATH": os.environ.get("PATH", ""), "PYTHONIOENCODING": "utf-8"}
    with tempfile.TemporaryFile() as printed:
        try:
            done = subprocess.run(
                command,
                stdout=printed,
                stderr=subprocess.PIPE,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
                env=environment,
            )
        except subprocess.TimeoutExpired:
            return Outcome.DAMAGED, "reading it takes too long", False, []
        printed.seek(0)
        lines: list[list[Any]] = [json.loads(line) for line in printed if line.endswith(b"\n")]
    if done.returncode not in (0, TOO_LARGE):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        ended = said[-1] if said and done.returncode == DAMAGED else f"the reading ended with {done.returncode}"
        return Outcome.DAMAGED, ended, False, []
    pages = [str(page) for (page,) in lines[1:]]
    if not any(pages):
        return Outcome.EMPTY, "", bool(lines and lines[0][0]), []
    outcome = Outcome.TOO_LARGE if done.returncode == TOO_LARGE else Outcome.READ
    return outcome, "", bool(lines[0][0]), pages


@app.task(name="documents.read_file", queue=QUEUE)
def read_stored_file(file_id: int) -> None:
    """Reads one file. Running it again changes nothing."""
    file = StoredFile.objects.filter(pk=file_id).first()
    if file is None:
        return
    text = read_file(file)
    logger.debug("a file was read", file=file_id, outcome=text.outcome, pages=text.pages, reason=text.reason)
