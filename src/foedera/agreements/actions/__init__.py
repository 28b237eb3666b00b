"""Every write of the register: one function per business verb, registered as an action."""

from .constraints import AgreementChanged, AgreementsMade
from .making import MOST_AT_ONCE, prepare_change, prepare_create, prepare_create_many
from .procedure import (
    ACTIVITY_COLUMNS,
    AGREEMENT_REFERENCE,
    END_COLUMNS,
    LINK_COLUMNS,
    NOTICE_COLUMNS,
    PARTS,
    REMOVE_LINK_COLUMNS,
    RESUME_COLUMNS,
    SUSPEND_COLUMNS,
    WITHDRAW_NOTICE_COLUMNS,
    Parts,
    parts_of,
    register_steps,
)
from .texts import TEXT_COLUMNS, add_text, words_of_file
from .ties import _settle_tie, prepare_tie_change, prepare_tie_create, register_tie_steps

__all__ = [
    "ACTIVITY_COLUMNS",
    "AGREEMENT_REFERENCE",
    "END_COLUMNS",
    "LINK_COLUMNS",
    "MOST_AT_ONCE",
    "NOTICE_COLUMNS",
    "PARTS",
    "REMOVE_LINK_COLUMNS",
    "RESUME_COLUMNS",
    "SUSPEND_COLUMNS",
    "TEXT_COLUMNS",
    "WITHDRAW_NOTICE_COLUMNS",
    "AgreementChanged",
    "AgreementsMade",
    "Parts",
    "_settle_tie",
    "add_text",
    "parts_of",
    "prepare_change",
    "prepare_create",
    "prepare_create_many",
    "prepare_tie_change",
    "prepare_tie_create",
    "register_steps",
    "register_tie_steps",
    "words_of_file",
]
