"""Tests that cross rooms: architecture, rights, budgets, languages, the API, faults, and journeys in a browser."""
