"""Foedera: a register of interregional agreements and ties."""

__version__ = "0.1.0"
