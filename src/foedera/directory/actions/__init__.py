"""Every write of the directory: one function per business verb, registered as an action."""

from .bodies import prepare_change, prepare_create
from .formats import prepare_format_change, prepare_format_create
from .jurisdictions import ASSIGN, END_JURISDICTION
from .posts import ADD_POST, APPOINT, CHANGE_POST, CLOSE_POST, END_HOLDER

__all__ = [
    "ADD_POST",
    "APPOINT",
    "ASSIGN",
    "CHANGE_POST",
    "CLOSE_POST",
    "END_HOLDER",
    "END_JURISDICTION",
    "prepare_change",
    "prepare_create",
    "prepare_format_change",
    "prepare_format_create",
]
