"""Journeys through a running register in a real browser."""
