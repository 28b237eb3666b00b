"""The background work of the documents: reading files for their words."""

from __future__ import annotations

import structlog
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from foedera.platform.jobs.declaring import describe

from .extracting import READERS
from .models import StoredFile
from .reading import QUEUE, read_file, read_stored_file

__all__ = ["read_missed_files", "read_stored_file"]
AT_ONCE = 200
describe(
    "documents.read_missed_files",
    _("Read the texts of files"),
    _("Reads files for the search that were not read when they were kept."),
)
describe("documents.read_file", _("Read the text of a file"), by_hand=False)
logger = structlog.get_logger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(name="documents.read_missed_files", queue=QUEUE, queueing_lock="read_missed_files")
def read_missed_files(timestamp: int) -> int:
    """Reads files that nobody asked for (kept before there was a search), oldest first, and returns how many they were."""
    del timestamp
    missed = list(StoredFile.objects.filter(media_type__in=list(READERS), text__isnull=True).order_by("pk")[:AT_ONCE])
    for file in missed:
        try:
            read_file(file)
        except FileNotFoundError:
            logger.warning("the folder of files is not whole", file=file.pk)
    return len(missed)
