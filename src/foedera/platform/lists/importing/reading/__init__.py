"""Reading files as tables: a header and numbered rows of texts, one at a time."""

from .tables import FileFault, Row, RowFault, Table, open_table

__all__ = ["FileFault", "Row", "RowFault", "Table", "open_table"]
