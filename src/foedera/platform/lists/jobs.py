"""Background work of the lists: imports."""

from foedera.platform.lists.importing.job import run_import

__all__ = ["run_import"]
