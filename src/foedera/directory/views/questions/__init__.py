"""Pages of the two questions, of gaps and overlaps, the contact list and the order of precedence."""

from .contacts import CONTACT_COLUMNS, ContactsForm, contacts, precedence
from .jurisdictions import FunctionForm, jurisdictions
from .responsible import ResponsibleForm, responsible, responsible_table
from .uncovered import SHOWN_PAIRS, UncoveredForm, uncovered

__all__ = [
    "CONTACT_COLUMNS",
    "SHOWN_PAIRS",
    "ContactsForm",
    "FunctionForm",
    "ResponsibleForm",
    "UncoveredForm",
    "contacts",
    "jurisdictions",
    "precedence",
    "responsible",
    "responsible_table",
    "uncovered",
]
