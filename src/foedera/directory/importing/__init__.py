"""Imports into the directory: bodies, such as the embassies and consulates of all states."""
