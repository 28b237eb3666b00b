"""Bulk steps: records chosen from a list, one step for all of them, first looked at and then carried out or undone."""
