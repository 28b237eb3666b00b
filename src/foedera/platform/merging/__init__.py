"""Merging two entries of one thing: every reference moves, field by field one says which value stays, and it can be taken back."""
