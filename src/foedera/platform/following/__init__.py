"""Following records and lists: being told what changes, and being reminded."""
