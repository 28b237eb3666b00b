"""Reminders: on a record, for a day, for oneself or a colleague."""
