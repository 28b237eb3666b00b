"""Starts the house: settings, addresses, embedded PostgreSQL, command line."""
