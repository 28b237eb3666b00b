"""Tags: short words that people put on any record, for themselves, for their body, for everyone."""
