"""Search over every record type and the texts of files: one index, written by the database in the transaction of the change."""
