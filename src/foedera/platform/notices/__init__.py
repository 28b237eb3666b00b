"""Telling people and programs what is due: inbox, e-mail, calendar feed, webhooks. Everything is computed from state."""
