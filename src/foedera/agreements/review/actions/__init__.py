"""What is done in the review: deciding a finding, finishing the step it started, merging, opening and closing a session."""

from .deciding import (
    MOST_AT_ONCE,
    BulkOutcome,
    DecidedMeanwhile,
    DecideInput,
    FindingDecided,
    decide,
    decide_many,
    digest_of,
)
from .following import DraftInput, FinishInput, MergeInput, digest_of_draft, finish_step, merge, write_draft
from .sessions import SessionInput, close_session, open_session

__all__ = [
    "MOST_AT_ONCE",
    "BulkOutcome",
    "DecideInput",
    "DecidedMeanwhile",
    "DraftInput",
    "FindingDecided",
    "FinishInput",
    "MergeInput",
    "SessionInput",
    "close_session",
    "decide",
    "decide_many",
    "digest_of",
    "digest_of_draft",
    "finish_step",
    "merge",
    "open_session",
    "write_draft",
]
