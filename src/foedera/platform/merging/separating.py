"""The taking back of merges, registered once for all record types."""

from foedera.platform.lists.bulk.access import WORKERS

from .actions import register_separating

SEPARATE = register_separating(WORKERS)
