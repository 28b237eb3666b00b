"""Notes that people write on records: beside the facts, never instead of them."""
