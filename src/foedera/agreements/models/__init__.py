"""The register: agreements with parties, texts, terms and links; ties; findings, decisions and sessions of the review."""

from .agreements import Agreement, TermFactsOfRecord
from .kinds import SIGNED_STATES, AgreementKind, CountedFrom, EndGround, InForceRule, LegalNature, State
from .parts import AgreementLink, Level, LinkKind, Notice, NoticeKind, Party, Side, Suspension, TextKind, TextVersion
from .review import Decision, Finding, FindingRule, FindingState, FollowUp, FollowUpKind, ReviewSession
from .ties import Tie, TieKind, TieState

__all__ = [
    "SIGNED_STATES",
    "Agreement",
    "AgreementKind",
    "AgreementLink",
    "CountedFrom",
    "Decision",
    "EndGround",
    "Finding",
    "FindingRule",
    "FindingState",
    "FollowUp",
    "FollowUpKind",
    "InForceRule",
    "LegalNature",
    "Level",
    "LinkKind",
    "Notice",
    "NoticeKind",
    "Party",
    "ReviewSession",
    "Side",
    "State",
    "Suspension",
    "TermFactsOfRecord",
    "TextKind",
    "TextVersion",
    "Tie",
    "TieKind",
    "TieState",
]
