"""What proposals tell others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProposalMade:
    """Somebody has proposed a change; whoever may change the record is to be told."""

    proposal: int
    record_type: str
    record_id: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class ProposalDecided:
    """A proposal was accepted or declined; who made it is to be told."""

    proposal: int
    proposer_id: int
    state: str
