"""Every write of the accounts: one function per business verb."""

from .delegating import lend_role, take_back_role
from .elevating import end_elevation, log_request, switch_on, tell_answer
from .locking import count_failure, forget_failures, locked_until
from .opening import close_reading, open_reading
from .people import (
    end_duty,
    give_duty,
    make_administrator,
    make_known_outside,
    make_person,
    set_active,
    set_identity,
    set_password,
)
from .sessions import end_other_sessions, end_session, note_presence
from .tokens import keeps_service_tokens, make_service_token, make_token, revoke_service_token, revoke_token

__all__ = [
    "close_reading",
    "count_failure",
    "end_duty",
    "end_elevation",
    "end_other_sessions",
    "end_session",
    "forget_failures",
    "give_duty",
    "keeps_service_tokens",
    "lend_role",
    "locked_until",
    "log_request",
    "make_administrator",
    "make_known_outside",
    "make_person",
    "make_service_token",
    "make_token",
    "note_presence",
    "open_reading",
    "revoke_service_token",
    "revoke_token",
    "set_active",
    "set_identity",
    "set_password",
    "switch_on",
    "take_back_role",
    "tell_answer",
]
