"""Pages of the review: the desk, the next steps, the sessions and their protocols."""

from .desk import decide_finding, decide_selected, desk, finding, run
from .sessions import protocol, session, session_close, session_open, sessions
from .steps import step, step_draft, step_finish, step_merge, steps

__all__ = [
    "decide_finding",
    "decide_selected",
    "desk",
    "finding",
    "protocol",
    "run",
    "session",
    "session_close",
    "session_open",
    "sessions",
    "step",
    "step_draft",
    "step_finish",
    "step_merge",
    "steps",
]
