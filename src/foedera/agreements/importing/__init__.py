"""Imports into the register: agreements with their parties, and ties between towns."""
