"""Addresses of pages, made from patterns that are worked out once: a record's page names three dozen."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from django.urls import reverse

# What Django leaves unquoted in an address.
SAFE = "!$&'()*+,;=~:@"


def address(name: str, *arguments: str) -> str:
    """As Django's `reverse`, for arguments that are words without a slash. Raises NoReverseMatch."""
    return _pattern(name, len(arguments)).format(*(quote(argument, safe=SAFE) for argument in arguments))


@cache
def _pattern(name: str, arguments: int) -> str:
    marks = [f"~{position}~" for position in range(arguments)]
    found = reverse(name, args=marks).replace("{", "{{").replace("}", "}}")
    for position, mark in enumerate(marks):
        found = found.replace(mark, f"{{{position}}}")
    return found
